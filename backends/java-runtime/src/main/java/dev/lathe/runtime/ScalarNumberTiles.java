package dev.lathe.runtime;

import java.util.Arrays;

/** {@link NumberTiles} without the Vector API: rows of the right operand, which the JIT makes vectors of. */
final class ScalarNumberTiles extends NumberTiles {
    private static final int WIDTH = 256;

    @Override
    int width() {
        return WIDTH;
    }

    @Override
    int rowsToPack() {
        return Integer.MAX_VALUE;
    }

    @Override
    void multiply(
            int rows,
            int depth,
            int n,
            Object a,
            int aAt,
            Object b,
            int bAt,
            int bStride,
            Object c,
            int cAt,
            int cStride) {
        for (int row = 0; row < rows; row++) {
            int from = aAt + row * depth;
            int to = cAt + row * cStride;
            switch (c) {
                case double[] y -> {
                    Arrays.fill(y, to, to + n, 0);
                    for (int i = 0; i < depth; i++) {
                        add(((double[]) a)[from + i], (double[]) b, bAt + i * bStride, n, y, to);
                    }
                }
                case int[] y -> {
                    Arrays.fill(y, to, to + n, 0);
                    for (int i = 0; i < depth; i++) {
                        add(((int[]) a)[from + i], (int[]) b, bAt + i * bStride, n, y, to);
                    }
                }
                case long[] y -> {
                    Arrays.fill(y, to, to + n, 0);
                    for (int i = 0; i < depth; i++) {
                        add(((long[]) a)[from + i], (long[]) b, bAt + i * bStride, n, y, to);
                    }
                }
                default -> throw new IllegalStateException("no products of " + c.getClass());
            }
        }
    }

    /** {@code y += x * b}. */
    static void add(double x, double[] b, int bAt, int n, double[] y, int yAt) {
        for (int j = 0; j < n; j++) {
            y[yAt + j] += x * b[bAt + j];
        }
    }

    private static void add(int x, int[] b, int bAt, int n, int[] y, int yAt) {
        for (int j = 0; j < n; j++) {
            y[yAt + j] += x * b[bAt + j];
        }
    }

    private static void add(long x, long[] b, int bAt, int n, long[] y, int yAt) {
        for (int j = 0; j < n; j++) {
            y[yAt + j] += x * b[bAt + j];
        }
    }
}
