package dev.lathe.tokenizers.text;

import java.util.Arrays;

/**
 * Writes a text anew, character by character. Each new character says how it relates to the old ones: 0 replaces the
 * next, 1 is inserted after the last that was replaced, and -n replaces the next and drops n more.
 */
public final class Rewriter {
    private final AlignedText text;
    private final int to;
    private int at;
    private char[] out;
    private int[] starts;
    private int[] ends;
    private int n;

    /** Rewrites all of a text, after {@code dropped} characters that are left out. */
    public Rewriter(AlignedText text, int dropped) {
        this(text, text.rewriteFrom(), text.length(), dropped);
    }

    Rewriter(AlignedText text, int from, int to, int dropped) {
        this.text = text;
        this.to = to;
        int capacity = text.length() + 16;
        this.out = new char[capacity];
        this.starts = new int[capacity];
        this.ends = new int[capacity];
        for (int i = 0; i < from; i++) {
            append(text.chars()[i], text.start(i), text.end(i));
        }
        this.at = from;
        skip(dropped);
    }

    private void skip(int characters) {
        for (int i = 0; i < characters && at < to; i++) {
            at += Character.charCount(text.codePointAt(at));
        }
    }

    /** Writes one character. */
    public void put(int codePoint, int change) {
        int start;
        int end;
        if (change > 0) {
            start = at == 0 ? text.origin() : text.start(at - 1);
            end = at == 0 ? text.origin() : text.end(at - 1);
        } else {
            int old = Math.min(at, text.length() - 1);
            start = text.start(old);
            end = text.end(old);
            skip(1 - change);
        }
        if (Character.isBmpCodePoint(codePoint)) {
            append((char) codePoint, start, end);
        } else {
            append(Character.highSurrogate(codePoint), start, end);
            append(Character.lowSurrogate(codePoint), start, end);
        }
    }

    private void append(char c, int start, int end) {
        if (n == out.length) {
            int capacity = Math.toIntExact(Math.min(Integer.MAX_VALUE - 8L, 2L * n + 16));
            out = Arrays.copyOf(out, capacity);
            starts = Arrays.copyOf(starts, capacity);
            ends = Arrays.copyOf(ends, capacity);
        }
        out[n] = c;
        starts[n] = start;
        ends[n] = end;
        n++;
    }

    /** Makes the text what was written. */
    public void finish() {
        for (int i = to; i < text.length(); i++) {
            append(text.chars()[i], text.start(i), text.end(i));
        }
        text.become(out, n, starts, ends);
    }
}
