package dev.lathe.runtime;

/**
 * What a convolution with 3 × 3 windows costs each way, in cycles of a core that starts two vectors of multiply-adds in
 * each: the products, the transforms, and the loading of filters. The figures are from measurements; which way is the
 * best changes little with the machine.
 */
public record WinogradCost(double direct, double two, double four) {
    /** What reading windows where they are costs beside a plain product, and copying those at the border. */
    private static final double WINDOWS = 1.1;
    /** Rows that a tile of fewer takes as long as: it waits for the columns. */
    private static final int LEAST_ROWS = 6;
    /** Bytes of filters that come in a cycle from where those of all layers are, while tiles fetch the next panel. */
    private static final double BYTES = 7;
    /** How many times faster direct products are in brain floats; transformed ones would be too inexact in these. */
    private static final double BRAIN_FLOATS = 1.7;
    /** A vector of channels of a square, on its way to the points and back. */
    private static final double TRANSFORM_TWO = 80;

    private static final double TRANSFORM_FOUR = 290;
    /** What the other way must save. */
    private static final double WORTHWHILE = 0.9;

    static WinogradCost of(SlidingWindow window, WinogradFilters filters) {
        PackedMatrix b = filters.direct;
        WinogradCost floats = of(window.batch, window.outHeight, window.outWidth, b.depth, b.columns, b.width);
        return b.rounded() == null ? floats : new WinogradCost(floats.direct / BRAIN_FLOATS, floats.two, floats.four);
    }

    /**
     * The costs for images of a result, with filters of so many channels and columns.
     *
     * @param width the columns of a panel of filters, which are two vectors
     */
    public static WinogradCost of(long batch, long outHeight, long outWidth, long depth, long columns, long width) {
        Filters filters = new Filters(depth, columns, width);
        double direct = WINDOWS * filters.product(batch * outHeight * outWidth, 1, 9);
        return new WinogradCost(
                direct,
                filters.transformed(2, TRANSFORM_TWO, batch, outHeight, outWidth),
                filters.transformed(4, TRANSFORM_FOUR, batch, outHeight, outWidth));
    }

    private record Filters(long depth, long columns, long width) {
        private long panels() {
            return Math.ceilDiv(columns, width);
        }

        double transformed(int m, double transform, long batch, long outHeight, long outWidth) {
            long squares = batch * Math.ceilDiv(outHeight, m) * Math.ceilDiv(outWidth, m);
            double lanes = width / 2.0;
            double vectors = Math.ceil(depth / lanes) + Math.ceil(columns / lanes);
            long points = (m + 2L) * (m + 2);
            boolean fits = points * depth * panels() * width <= Integer.MAX_VALUE;
            return fits ? product(squares, points, 1) + squares * vectors * transform : Double.POSITIVE_INFINITY;
        }

        /** Of {@code points} products of {@code rows} rows with filters of {@code taps} taps. */
        double product(long rows, long points, long taps) {
            double steps = (double) points * taps * depth * panels();
            double loads = 4 * steps * width / BYTES;
            return rows == 0 ? 0 : Math.max(steps * Math.max(rows, LEAST_ROWS), loads);
        }
    }

    /** Results on a side of a square, or 0 for the direct way. */
    public int best() {
        double least = Math.min(two, four);
        return least >= WORTHWHILE * direct ? 0 : four <= two ? 4 : 2;
    }
}
