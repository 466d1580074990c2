package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineSparse;
import dev.lathe.runtime.machine.MachineTurn;
import org.jspecify.annotations.Nullable;

/**
 * Rows of a matrix as columns of another: {@code y[to + i * toStep + r] = x[at + r * step + i]}. In machine code for
 * elements of 32 bits and narrower ones, if this machine has some; else in squares that stay in the cache.
 */
final class MatrixTranspose {
    private static final boolean VECTORS = Machine.VECTOR && VectorColumns.AVAILABLE;
    private static final int SQUARE = 16;
    /** Elements of a row from which on machine code takes it. */
    private static final int SHORTEST = 4;

    private final @Nullable MachineSparse machine = Machine.sparse();
    private final @Nullable MachineTurn narrow = Machine.turn();

    /** Both are arrays of one primitive type; no stride that machine code sees is negative. */
    void run(int rows, int n, Object x, int at, int step, Object y, int to, int toStep) {
        boolean suits = machine != null && up(step, toStep) && rows >= machine.lanes() && n >= SHORTEST;
        if (suits && machine != null && x instanceof float[] f) {
            machine.turn(rows, f, at, step, n, (float[]) y, to, toStep);
        } else if (suits && machine != null && x instanceof int[] i) {
            machine.turn(rows, i, at, step, n, (int[]) y, to, toStep);
        } else if (narrow != null
                && x instanceof byte[] b
                && MachineTurn.suits(rows, n, Byte.BYTES)
                && up(step, toStep)) {
            narrow.turn(rows, b, at, step, n, (byte[]) y, to, toStep);
        } else if (narrow != null
                && x instanceof short[] s
                && MachineTurn.suits(rows, n, Short.BYTES)
                && up(step, toStep)) {
            narrow.turn(rows, s, at, step, n, (short[]) y, to, toStep);
        } else if (x instanceof float[] f && VECTORS && machine == null && rows >= VectorColumns.W) {
            onVectors(rows, n, f, at, step, (float[]) y, to, toStep);
        } else {
            inSquares(rows, n, x, at, step, y, to, toStep);
        }
    }

    private static boolean up(int step, int toStep) {
        return step >= 0 && toStep >= 0;
    }

    private static void onVectors(int rows, int n, float[] x, int at, int step, float[] y, int to, int toStep) {
        int w = VectorColumns.W;
        float[] block = new float[w * w];
        int wholeRows = rows - rows % w;
        int whole = n - n % w;
        for (int i = 0; i < whole; i += w) {
            for (int r = 0; r < wholeRows; r += w) {
                VectorColumns.turn(x, at + r * step + i, step, y, to + i * toStep + r, toStep, block);
            }
        }
        inSquares(rows, n - whole, x, at + whole, step, y, to + whole * toStep, toStep);
        inSquares(rows - wholeRows, whole, x, at + wholeRows * step, step, y, to + wholeRows, toStep);
    }

    private static void inSquares(int rows, int n, Object x, int at, int step, Object y, int to, int toStep) {
        for (int i = 0; i < n; i += SQUARE) {
            int length = Math.min(SQUARE, n - i);
            switch (x) {
                case float[] a -> square(rows, length, a, at + i, step, (float[]) y, to + i * toStep, toStep);
                case int[] a -> square(rows, length, a, at + i, step, (int[]) y, to + i * toStep, toStep);
                case long[] a -> square(rows, length, a, at + i, step, (long[]) y, to + i * toStep, toStep);
                case double[] a -> square(rows, length, a, at + i, step, (double[]) y, to + i * toStep, toStep);
                case short[] a -> square(rows, length, a, at + i, step, (short[]) y, to + i * toStep, toStep);
                case byte[] a -> square(rows, length, a, at + i, step, (byte[]) y, to + i * toStep, toStep);
                default -> throw new IllegalStateException("no copy of " + x.getClass());
            }
        }
    }

    private static void square(int rows, int n, float[] x, int at, int step, float[] y, int to, int toStep) {
        for (int r = 0; r < rows; r++, at += step, to++) {
            for (int i = 0, q = to; i < n; i++, q += toStep) {
                y[q] = x[at + i];
            }
        }
    }

    private static void square(int rows, int n, int[] x, int at, int step, int[] y, int to, int toStep) {
        for (int r = 0; r < rows; r++, at += step, to++) {
            for (int i = 0, q = to; i < n; i++, q += toStep) {
                y[q] = x[at + i];
            }
        }
    }

    private static void square(int rows, int n, long[] x, int at, int step, long[] y, int to, int toStep) {
        for (int r = 0; r < rows; r++, at += step, to++) {
            for (int i = 0, q = to; i < n; i++, q += toStep) {
                y[q] = x[at + i];
            }
        }
    }

    private static void square(int rows, int n, double[] x, int at, int step, double[] y, int to, int toStep) {
        for (int r = 0; r < rows; r++, at += step, to++) {
            for (int i = 0, q = to; i < n; i++, q += toStep) {
                y[q] = x[at + i];
            }
        }
    }

    private static void square(int rows, int n, short[] x, int at, int step, short[] y, int to, int toStep) {
        for (int r = 0; r < rows; r++, at += step, to++) {
            for (int i = 0, q = to; i < n; i++, q += toStep) {
                y[q] = x[at + i];
            }
        }
    }

    private static void square(int rows, int n, byte[] x, int at, int step, byte[] y, int to, int toStep) {
        for (int r = 0; r < rows; r++, at += step, to++) {
            for (int i = 0, q = to; i < n; i++, q += toStep) {
                y[q] = x[at + i];
            }
        }
    }
}
