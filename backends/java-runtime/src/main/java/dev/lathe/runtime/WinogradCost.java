package dev.lathe.runtime;

/**
 * What a convolution with 3 × 3 windows costs each way, in cycles of a core that starts two vectors of multiply-adds in
 * each: the products, the transforms, and the loading of filters that a level-2 cache does not hold. The figures are
 * from measurements; which way is the best changes little with the machine.
 */
record WinogradCost(double direct, double two, double four) {
    /** What reading windows where they are costs beside a plain product, and copying those at the border. */
    private static final double WINDOWS = 1.1;
    /** Rows that a tile of fewer takes as long as: it waits for the columns. */
    private static final int LEAST_ROWS = 6;
    /** Bytes of filters that stay in a level-2 cache. */
    private static final long CACHE = 1 << 20;
    /** Bytes that come from further away in a cycle. */
    private static final double BYTES = 4;
    /** How many times faster direct products are in brain floats; transformed ones would be too inexact in these. */
    private static final double BRAIN_FLOATS = 1.7;
    /** A vector of channels of a square, on its way to the points and back. */
    private static final double TRANSFORM_TWO = 55;

    private static final double TRANSFORM_FOUR = 150;
    /** What the other way must save. */
    private static final double WORTHWHILE = 0.9;

    static WinogradCost of(SlidingWindow window, WinogradFilters filters) {
        PackedMatrix b = filters.direct;
        long pixels = (long) window.outRows() * window.outWidth;
        double direct = WINDOWS * product(pixels, 1, 9, b) / (b.rounded() == null ? 1 : BRAIN_FLOATS);
        return new WinogradCost(
                direct, transformed(2, TRANSFORM_TWO, window, b), transformed(4, TRANSFORM_FOUR, window, b));
    }

    private static double transformed(int m, double transform, SlidingWindow window, PackedMatrix b) {
        long squares = (long) window.batch * Math.ceilDiv(window.outHeight, m) * Math.ceilDiv(window.outWidth, m);
        double lanes = b.width / 2.0;
        double vectors = Math.ceil(b.depth / lanes) + Math.ceil(b.columns / lanes);
        long points = (m + 2L) * (m + 2);
        boolean fits = points * b.depth * b.panels() * b.width <= Integer.MAX_VALUE;
        return fits ? product(squares, points, 1, b) + squares * vectors * transform : Double.POSITIVE_INFINITY;
    }

    /** Of {@code points} products of {@code rows} rows with filters of {@code taps} taps. */
    private static double product(long rows, long points, long taps, PackedMatrix b) {
        double steps = (double) points * taps * b.depth * b.panels();
        double bytes = 4 * steps * b.width;
        double loads = bytes > CACHE ? bytes / BYTES : 0;
        return rows == 0 ? 0 : Math.max(steps * Math.max(rows, LEAST_ROWS), loads);
    }

    /** Results on a side of a square, or 0 for the direct way. */
    int best() {
        double least = Math.min(two, four);
        return least >= WORTHWHILE * direct ? 0 : four <= two ? 4 : 2;
    }
}
