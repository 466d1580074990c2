package dev.lathe.tokenizers.regex;

import java.util.Arrays;

/** Where a pattern matches, in order and without overlap. */
public final class Matches {
    private int[] bounds = new int[32];
    private int count;

    void add(int from, int to) {
        if (2 * count + 2 > bounds.length) {
            bounds = Arrays.copyOf(bounds, Math.multiplyExact(2, bounds.length));
        }
        bounds[2 * count] = from;
        bounds[2 * count + 1] = to;
        count++;
    }

    /** How many matches there are. */
    public int count() {
        return count;
    }

    /** Where match {@code i} starts, at 2i, and where it ends, at 2i + 1. */
    public int[] bounds() {
        return bounds;
    }
}
