package dev.lathe.tokenizers.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of words seen lately, a bounded number of them: a word replaces another that has its place. Threads may
 * share it without a lock, since entries are immutable, and one that is lost is only worked out again.
 */
final class WordCache {
    private static final int LONGEST = 48;
    private static final int BITS = 14;

    /** A word, and its tokens as a {@link TokenBuffer} has them. */
    private record Entry(int hash, char[] word, int[] tokens) {}

    private final @Nullable Entry[] entries = new Entry[1 << BITS];

    /** Cuts a word, in the form of a {@link TokenBuffer}. */
    interface Cut {
        int[] tokens(char[] text, int from, int to);
    }

    /** Sends the tokens of a word, which are worked out if they are not known. */
    void send(char[] text, int from, int to, Model.Sink sink, Cut cut) {
        if (to - from > LONGEST) {
            TokenBuffer.send(cut.tokens(text, from, to), from, sink);
            return;
        }
        int hash = hash(text, from, to);
        int[] tokens = get(hash, text, from, to);
        if (tokens == null) {
            tokens = cut.tokens(text, from, to);
            put(hash, text, from, to, tokens);
        }
        TokenBuffer.send(tokens, from, sink);
    }

    private static int hash(char[] text, int from, int to) {
        int hash = to - from;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + text[i];
        }
        return hash * 0x9e3779b9;
    }

    /** The tokens of a word; null if they are not known. */
    private int @Nullable [] get(int hash, char[] text, int from, int to) {
        Entry entry = entries[hash >>> 32 - BITS];
        return entry != null && entry.hash == hash && Arrays.equals(entry.word, 0, entry.word.length, text, from, to)
                ? entry.tokens
                : null;
    }

    private void put(int hash, char[] text, int from, int to, int[] tokens) {
        entries[hash >>> 32 - BITS] = new Entry(hash, Arrays.copyOfRange(text, from, to), tokens);
    }
}
