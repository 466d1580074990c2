package dev.lathe.tokenizers.pretokenizer;

import dev.lathe.tokenizers.regex.Matches;

/** What becomes of the delimiters where a text is cut. Of {@code a-b--c}, with the delimiter {@code -}: */
enum Behavior {
    /** {@code a b c}. */
    Removed,
    /** {@code a - b - - c}. */
    Isolated,
    /** {@code a- b- - c}. */
    MergedWithPrevious,
    /** {@code a -b - -c}. */
    MergedWithNext,
    /** {@code a - b -- c}. */
    Contiguous;

    /**
     * Cuts {@code start} to {@code end} at the matches.
     *
     * @param inverted whether the delimiters are what stands between the matches
     */
    void cut(Matches matches, boolean inverted, int start, int end, Pieces parts) {
        int[] bounds = matches.bounds();
        int count = matches.count();
        if (this == Removed || this == Isolated) {
            int at = start;
            for (int m = 0; m < count; m++) {
                put(at, bounds[2 * m], inverted, parts);
                put(bounds[2 * m], bounds[2 * m + 1], !inverted, parts);
                at = bounds[2 * m + 1];
            }
            put(at, end, inverted, parts);
            return;
        }
        Segments segments = new Segments(matches, inverted, start, end);
        switch (this) {
            case Contiguous -> contiguous(segments, parts);
            case MergedWithPrevious -> withPrevious(segments, parts);
            default -> withNext(segments, parts);
        }
    }

    private void put(int from, int to, boolean delimiter, Pieces parts) {
        if (!delimiter || this == Isolated) {
            parts.add(from, to, Pieces.NONE);
        }
    }

    private static void contiguous(Segments all, Pieces parts) {
        boolean before = false;
        int open = -1;
        for (int s = 0; s < all.count; s++) {
            if (open < 0) {
                open = all.from[s];
            } else if (all.delimiter[s] != before) {
                parts.add(open, all.from[s], Pieces.NONE);
                open = all.from[s];
            }
            before = all.delimiter[s];
        }
        close(open, all, parts);
    }

    private static void withPrevious(Segments all, Pieces parts) {
        boolean before = false;
        int open = -1;
        for (int s = 0; s < all.count; s++) {
            if (open < 0) {
                open = all.from[s];
            } else if (!all.delimiter[s] || before) {
                parts.add(open, all.from[s], Pieces.NONE);
                open = all.from[s];
            }
            before = all.delimiter[s];
        }
        close(open, all, parts);
    }

    private static void close(int open, Segments all, Pieces parts) {
        if (open >= 0) {
            parts.add(open, all.to[all.count - 1], Pieces.NONE);
        }
    }

    private static void withNext(Segments all, Pieces parts) {
        // A delimiter joins what follows, unless that is a delimiter.
        int open = -1;
        for (int s = 0; s < all.count; s++) {
            if (open < 0) {
                open = all.from[s];
            }
            boolean joins = all.delimiter[s] && s + 1 < all.count && !all.delimiter[s + 1];
            if (!joins) {
                parts.add(open, all.to[s], Pieces.NONE);
                open = -1;
            }
        }
    }

    /** What a text is made of, delimiters and the rest, in order. */
    private static final class Segments {
        final int[] from;
        final int[] to;
        final boolean[] delimiter;
        int count;

        Segments(Matches matches, boolean inverted, int start, int end) {
            int most = 2 * matches.count() + 1;
            from = new int[most];
            to = new int[most];
            delimiter = new boolean[most];
            int at = start;
            for (int m = 0; m < matches.count(); m++) {
                int matchStart = matches.bounds()[2 * m];
                if (at != matchStart) {
                    add(at, matchStart, inverted);
                }
                at = matches.bounds()[2 * m + 1];
                add(matchStart, at, !inverted);
            }
            if (at != end) {
                add(at, end, inverted);
            }
        }

        private void add(int start, int end, boolean isDelimiter) {
            from[count] = start;
            to[count] = end;
            delimiter[count++] = isDelimiter;
        }
    }
}
