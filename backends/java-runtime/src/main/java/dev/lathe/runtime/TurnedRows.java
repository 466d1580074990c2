package dev.lathe.runtime;

/**
 * Turns over some rows of a matrix on the Vector API, so that what they hold in one column lies side by side. One
 * object for each worker.
 */
final class TurnedRows {
    private static final int TOGETHER = VectorColumns.W;

    private final int[] starts = new int[TOGETHER];
    private final float[] square = new float[TOGETHER * TOGETHER];

    /**
     * Turns over {@code n} rows of {@code depth} elements.
     *
     * @param n at most {@link VectorColumns#ROWS}; what other rows of the result hold is left open
     * @param out takes the elements of each column, from {@code to} on, {@link VectorColumns#ROWS} apart
     */
    void turn(float[] a, int at, int n, int depth, float[] out, int to) {
        for (int first = 0; first < n; first += TOGETHER) {
            if (n - first > TOGETHER / 4) {
                for (int r = 0; r < TOGETHER; r++) {
                    // The last row again where there are no more: what comes out for it is not stored.
                    starts[r] = at + Math.min(first + r, n - 1) * depth;
                }
                VectorColumns.turnIn(a, starts, depth, out, to + first, square);
            } else {
                for (int r = first; r < n; r++) {
                    for (int i = 0, x = at + r * depth, y = to + r; i < depth; i++, x++, y += VectorColumns.ROWS) {
                        out[y] = a[x];
                    }
                }
            }
        }
    }
}
