package dev.lathe.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Elements that are floats of type bf16, the upper halves of floats, in the order in which tiles of brain floats read
 * them: those of two rows are side by side, for each column in one integer, the upper row in its lower half. An odd
 * last row has zeros beside it.
 *
 * @param pairs the integers, panel after panel
 * @param rows how many a panel has
 */
record BrainElements(Primitives primitives, int[] pairs, int rows, int width) implements NarrowElements {
    private static final int UPPER = 0xffff_0000;
    private static final int INFINITY = 0x7f80_0000;
    private static final int QUIET = 0x40_0000;

    /**
     * The same as {@code floats}, panels of {@code rows} rows of this {@code width}; null if bf16 does not hold them.
     */
    static @Nullable BrainElements of(float[] floats, int rows, int width) {
        for (float x : floats) {
            if ((Float.floatToRawIntBits(x) & ~UPPER) != 0) {
                return null;
            }
        }
        return rounded(floats, rows, width);
    }

    /** Those next to {@code floats}, panels of {@code rows} rows of this {@code width}. */
    static BrainElements rounded(float[] floats, int rows, int width) {
        int panels = rows == 0 ? 0 : floats.length / rows / width;
        int[] pairs = new int[panels * pairs(rows) * width];
        for (int panel = 0, to = 0; panel < panels; panel++) {
            for (int row = 0; row < rows; row += 2, to += width) {
                pair(floats, (panel * rows + row) * width, row + 1 < rows, width, pairs, to);
            }
        }
        return new BrainElements(Primitives.best(), pairs, rows, width);
    }

    private static void pair(float[] x, int at, boolean hasNext, int width, int[] pairs, int to) {
        for (int j = 0; j < width; j++) {
            pairs[to + j] = round(x[at + j]) >>> Short.SIZE;
        }
        for (int j = 0; hasNext && j < width; j++) {
            pairs[to + j] |= round(x[at + width + j]);
        }
    }

    /** The bits of the nearest float whose lower half is zero, of two the one with an even last bit. */
    private static int round(float x) {
        int bits = Float.floatToRawIntBits(x);
        boolean isNaN = (bits & Integer.MAX_VALUE) > INFINITY;
        return (isNaN ? bits | QUIET : bits + 0x7fff + (bits >>> Short.SIZE & 1)) & UPPER;
    }

    /** Pairs of so many rows. */
    static int pairs(int rows) {
        return rows / 2 + rows % 2;
    }

    /** Where the pairs of a panel begin. */
    int at(int panel) {
        return panel * pairs(rows) * width;
    }

    @Override
    public long bytes() {
        return 4L * pairs.length;
    }

    /** As it says there; {@code row} is even. */
    @Override
    public void widen(int panel, int row, int n, float[] room) {
        primitives.widenPairs(pairs, at(panel) + row / 2 * width, n, width, room);
    }

    /** As it says there; {@code row} is even. */
    @Override
    public void multiply(int panel, int row, int n, float[] a, int aAt, Tiles tiles, float[] room, float[] sums) {
        widen(panel, row, n, room);
        tiles.multiply(1, a, aAt, n, n, room, 0, sums, 0, sums, 0, width, width);
    }
}
