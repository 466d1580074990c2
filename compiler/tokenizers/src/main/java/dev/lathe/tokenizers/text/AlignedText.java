package dev.lathe.tokenizers.text;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A text under normalization. Each UTF-16 unit knows the part of the original text that it came from. Positions are
 * units; both halves of a surrogate pair have the alignment of the pair.
 *
 * <p>A text may be a slice of a longer one: {@link #origin} is where in the original it starts. Not thread-safe.
 */
public final class AlignedText {
    private char[] chars;
    private int length;
    /** Where the original of each unit starts and ends; null while unit {@code i} is the original's unit origin + i. */
    private int @Nullable [] starts;

    private int @Nullable [] ends;
    private final int origin;

    private AlignedText(char[] chars, int length, int origin) {
        this.chars = chars;
        this.length = length;
        this.origin = origin;
    }

    /** A whole text. A surrogate without its other half is U+FFFD from here on. */
    public static AlignedText of(String text) {
        char[] chars = text.toCharArray();
        for (int i = 0; i < chars.length; i++) {
            char c = chars[i];
            if (Character.isSurrogate(c)) {
                if (Character.isHighSurrogate(c) && i + 1 < chars.length && Character.isLowSurrogate(chars[i + 1])) {
                    i++;
                } else {
                    chars[i] = '\ufffd';
                }
            }
        }
        return new AlignedText(chars, chars.length, 0);
    }

    /** The units; only the first {@link #length} count, and only this class and its rewriters change them. */
    public char[] chars() {
        return chars;
    }

    public int length() {
        return length;
    }

    /** Where in the original text this one starts. */
    public int origin() {
        return origin;
    }

    /** Where the original of the unit at {@code i} starts. */
    public int start(int i) {
        if (starts != null) {
            return starts[i];
        }
        return origin + (Character.isLowSurrogate(chars[i]) ? i - 1 : i);
    }

    /** Where the original of the unit at {@code i} ends. */
    public int end(int i) {
        if (ends != null) {
            return ends[i];
        }
        return origin + i + (Character.isHighSurrogate(chars[i]) ? 2 : 1);
    }

    public int codePointAt(int i) {
        char c = chars[i];
        return Character.isHighSurrogate(c) && i + 1 < length ? Character.toCodePoint(c, chars[i + 1]) : c;
    }

    /** A copy of a part. Its origin is where that of its first unit is. */
    public AlignedText slice(int from, int to) {
        char[] part = Arrays.copyOfRange(chars, from, to);
        AlignedText slice = new AlignedText(part, part.length, start(from));
        if (starts != null && ends != null) {
            slice.starts = Arrays.copyOfRange(starts, from, to);
            slice.ends = Arrays.copyOfRange(ends, from, to);
        }
        return slice;
    }

    /** Whether all units are below {@code limit}. */
    public boolean isBelow(int limit) {
        for (int i = 0; i < length; i++) {
            if (chars[i] >= limit) {
                return false;
            }
        }
        return true;
    }

    /**
     * Where a rewrite of the whole text begins. What stands before is aligned with nothing: a normalizer inserted it
     * before the first character, and the reference leaves such characters alone.
     */
    int rewriteFrom() {
        if (starts == null || ends == null) {
            return 0;
        }
        for (int i = 0; i < length; i++) {
            if (starts[i] != ends[i]) {
                return i;
            }
        }
        return length;
    }

    /** Whether a rewrite of the whole text rewrites all of it, so that what changes nothing may be left out. */
    public boolean isWhole() {
        return starts == null || rewriteFrom() == 0;
    }

    /** Replaces units by as many others of the same characters' size; only where {@link #isWhole}. */
    public void set(int i, char c) {
        chars[i] = c;
    }

    /** Takes over what a rewriter or replacement made. */
    void become(char[] newChars, int newLength, int[] newStarts, int[] newEnds) {
        chars = newChars;
        length = newLength;
        starts = newStarts;
        ends = newEnds;
    }

    /**
     * Replaces parts by one text.
     *
     * @param matches where each part starts and ends, in order
     */
    public void replace(int[] matches, int count, String content) {
        if (count == 0) {
            return;
        }
        long size = length + (long) count * content.length();
        int most = Math.toIntExact(Math.min(size, Integer.MAX_VALUE - 8L));
        char[] out = new char[most];
        int[] outStarts = new int[most];
        int[] outEnds = new int[most];
        int n = 0;
        int done = 0;
        for (int m = 0; m < count; m++) {
            int from = matches[2 * m];
            int to = matches[2 * m + 1];
            n = copy(done, from, out, outStarts, outEnds, n);
            int start = to == 0 ? origin : start(to - 1);
            int end = to == 0 ? origin : end(to - 1);
            for (int i = 0; i < content.length(); i++) {
                out[n] = content.charAt(i);
                outStarts[n] = start;
                outEnds[n] = end;
                n++;
            }
            done = to;
        }
        n = copy(done, length, out, outStarts, outEnds, n);
        become(out, n, outStarts, outEnds);
    }

    private int copy(int from, int to, char[] out, int[] outStarts, int[] outEnds, int n) {
        for (int i = from; i < to; i++) {
            out[n] = chars[i];
            outStarts[n] = start(i);
            outEnds[n] = end(i);
            n++;
        }
        return n;
    }

    /** Inserts text at the start, aligned with the first character; nothing if the text is empty. */
    public void prepend(String prefix) {
        if (length == 0) {
            return;
        }
        int first = codePointAt(0);
        Rewriter rewriter = new Rewriter(this, 0, Character.charCount(first), 0);
        for (int i = 0; i < prefix.length(); ) {
            int c = prefix.codePointAt(i);
            rewriter.put(c, i == 0 ? 0 : 1);
            i += Character.charCount(c);
        }
        rewriter.put(first, 1);
        rewriter.finish();
    }

    /** {@link #writeBytes}, of a text alone. */
    public AlignedText withBytes() {
        writeBytes();
        return this;
    }

    /**
     * Writes each byte of the UTF-8 form as one character of the {@link ByteAlphabet}.
     *
     * @return where each unit of the old text is in the new one, and the new length; null if all stay where they are
     */
    public int @Nullable [] writeBytes() {
        int size = 0;
        for (int i = 0; i < length; i++) {
            char c = chars[i];
            size += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        if (size == length) {
            for (int i = 0; i < length; i++) {
                chars[i] = ByteAlphabet.of(chars[i]);
            }
            return null;
        }
        char[] out = new char[size];
        int[] outStarts = new int[size];
        int[] outEnds = new int[size];
        int[] places = new int[length + 1];
        int n = 0;
        for (int i = 0; i < length; i++) {
            int c = codePointAt(i);
            int bytes = ByteAlphabet.size(c);
            places[i] = n;
            int start = start(i);
            int end = end(i);
            for (int b = 0; b < bytes; b++) {
                out[n] = ByteAlphabet.character(c, b);
                outStarts[n] = start;
                outEnds[n] = end;
                n++;
            }
            if (bytes == 4) {
                i++;
                places[i] = n;
            }
        }
        places[length] = n;
        become(out, n, outStarts, outEnds);
        return places;
    }

    /** Joins texts of one original, in order. */
    public static AlignedText joined(AlignedText[] parts, int count) {
        int size = 0;
        for (int p = 0; p < count; p++) {
            size = Math.addExact(size, parts[p].length);
        }
        char[] out = new char[size];
        int[] outStarts = new int[size];
        int[] outEnds = new int[size];
        int n = 0;
        for (int p = 0; p < count; p++) {
            n = parts[p].copy(0, parts[p].length, out, outStarts, outEnds, n);
        }
        AlignedText all = new AlignedText(out, size, 0);
        all.starts = outStarts;
        all.ends = outEnds;
        return all;
    }

    @Override
    public String toString() {
        return new String(chars, 0, length);
    }
}
