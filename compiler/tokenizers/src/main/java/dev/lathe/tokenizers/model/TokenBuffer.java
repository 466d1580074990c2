package dev.lathe.tokenizers.model;

import java.util.Arrays;

/** Tokens of one word under way: for each its id, and where in the word it starts and ends. */
final class TokenBuffer {
    private int[] tokens = new int[24];
    private int size;

    void add(int id, int start, int end) {
        if (size + 3 > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.multiplyExact(2, tokens.length));
        }
        tokens[size++] = id;
        tokens[size++] = start;
        tokens[size++] = end;
    }

    int[] toArray() {
        return Arrays.copyOf(tokens, size);
    }

    /** Hands tokens on, of a word that starts at {@code from}. */
    static void send(int[] tokens, int from, Model.Sink sink) {
        for (int i = 0; i < tokens.length; i += 3) {
            sink.token(tokens[i], from + tokens[i + 1], from + tokens[i + 2], null);
        }
    }
}
