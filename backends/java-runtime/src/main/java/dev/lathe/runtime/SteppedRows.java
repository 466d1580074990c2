package dev.lathe.runtime;

/** Rows of elements that lie a constant step apart, made contiguous. */
final class SteppedRows {
    private SteppedRows() {}

    /** {@code y[yAt + r * n + i] = x[at + r * rowStep + i * step]} for {@code rows} rows of {@code n} elements. */
    static void copy(int rows, float[] x, int at, int rowStep, int step, int n, float[] y, int yAt) {
        int inside = Machine.VECTOR && step > 1 && step <= VectorSteps.MOST && rowStep >= 0 ? rows : 0;
        while (inside > 0 && at + (inside - 1L) * rowStep + (n + VectorSteps.W) * (long) step > x.length) {
            inside--; // a vector would reach over the end
        }
        if (inside > 0) {
            VectorSteps.pick(inside, x, at, rowStep, step, n, y, yAt);
        }
        for (int r = inside; r < rows; r++) {
            for (int i = 0, from = at + r * rowStep, to = yAt + r * n; i < n; i++, from += step) {
                y[to + i] = x[from];
            }
        }
    }
}
