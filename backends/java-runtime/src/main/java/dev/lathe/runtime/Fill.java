package dev.lathe.runtime;

import java.util.Arrays;

/** One element in many places. */
final class Fill {
    private Fill() {}

    /** {@code y[yAt + i] = x[xAt]} for {@code n} places; both are arrays of one primitive type. */
    static void run(Object x, int xAt, Object y, int yAt, int n) {
        if (n == 0) {
            return;
        }
        switch (y) {
            case float[] a -> Arrays.fill(a, yAt, yAt + n, ((float[]) x)[xAt]);
            case double[] a -> Arrays.fill(a, yAt, yAt + n, ((double[]) x)[xAt]);
            case long[] a -> Arrays.fill(a, yAt, yAt + n, ((long[]) x)[xAt]);
            case int[] a -> Arrays.fill(a, yAt, yAt + n, ((int[]) x)[xAt]);
            case short[] a -> Arrays.fill(a, yAt, yAt + n, ((short[]) x)[xAt]);
            case byte[] a -> Arrays.fill(a, yAt, yAt + n, ((byte[]) x)[xAt]);
            default -> throw new IllegalStateException("no elements in " + y.getClass());
        }
    }
}
