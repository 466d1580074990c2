package dev.lathe.tokenizers.model;

import org.jspecify.annotations.Nullable;

/** Cuts words into tokens. Thread-safe. */
public interface Model {
    /** Takes the tokens of a word, in order. */
    interface Sink {
        /**
         * Takes one token.
         *
         * @param from where in the text it starts, and {@code to} where it ends
         * @param text what it reads, where that is not the vocabulary's word of this id
         */
        void token(int id, int from, int to, @Nullable String text);
    }

    /**
     * Cuts a part of a text, which is not empty.
     *
     * @throws dev.lathe.ir.diag.LatheException if it has something unknown, and the vocabulary no token for that
     */
    void tokenize(char[] text, int from, int to, Sink sink);

    /** The words and their ids. */
    Vocabulary vocabulary();
}
