package dev.lathe.passes.statistics;

import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * A symmetric matrix <i>H</i> as <i>RᵀR</i>, <i>R</i> lower triangular. Then <i>eᵀHe = |Re|²</i>, and entry <i>k</i> of
 * <i>Re</i> depends on no more than the first <i>k + 1</i> numbers of <i>e</i>: who chooses them one after the other
 * can make up with each for what those before it did.
 *
 * @param rows of <i>R</i>; row {@code k} has the {@code k + 1} entries up to the diagonal, which is positive
 * @param damping what was added to the diagonal of <i>H</i>
 */
public record Cholesky(double[][] rows, double damping) {
    /** What {@link #of(int, Entries)} adds to the diagonal first, as a share of its mean. */
    private static final double FIRST = 0.01;

    /** How often it is doubled: by then the diagonal is all there is. */
    private static final int TRIES = 100;

    private static final int PARALLEL = 256;

    /** Gives the entries of a symmetric matrix. */
    @FunctionalInterface
    public interface Entries {
        double at(int i, int j);
    }

    /**
     * Factors a matrix that is nearly positive definite: a share of its mean is added to its diagonal, which is
     * doubled until that is enough.
     *
     * @throws IllegalArgumentException if the matrix has numbers that are not finite
     */
    public static Cholesky of(int size, Entries matrix) {
        return of(size, FIRST, matrix);
    }

    /** As the other, with {@code first} times the mean of the diagonal added to it at first. */
    public static Cholesky of(int size, double first, Entries matrix) {
        double mean = IntStream.range(0, size).mapToDouble(i -> matrix.at(i, i)).sum() / Math.max(1, size);
        double damping = mean > 0 ? first * mean : 1;
        for (int i = 0; i < TRIES; i++) {
            double[][] h = new double[size][];
            for (int k = 0; k < size; k++) {
                h[k] = new double[k + 1];
                for (int j = 0; j <= k; j++) {
                    h[k][j] = matrix.at(k, j);
                }
                h[k][k] += damping;
            }
            if (factor(h)) {
                return new Cholesky(h, damping);
            }
            damping *= 2;
        }
        throw new IllegalArgumentException("a matrix of " + size + " rows has numbers that are not finite");
    }

    /** Replaces <i>b</i> by the <i>x</i> with <i>RᵀRx = b</i>. */
    public void solve(double[] b) {
        for (int i = b.length - 1; i >= 0; i--) {
            b[i] /= rows[i][i];
            for (int j = 0; j < i; j++) {
                b[j] -= rows[i][j] * b[i];
            }
        }
        for (int i = 0; i < b.length; i++) {
            for (int j = 0; j < i; j++) {
                b[i] -= rows[i][j] * b[j];
            }
            b[i] /= rows[i][i];
        }
    }

    /** Replaces the lower half of <i>H</i> by <i>R</i>, from the last row on; false if it is not positive definite. */
    private static boolean factor(double[][] h) {
        for (int k = h.length - 1; k >= 0; k--) {
            double[] row = h[k];
            double pivot = Math.sqrt(row[k]);
            if (!(pivot > 0 && pivot < Double.POSITIVE_INFINITY)) {
                return false;
            }
            for (int i = 0; i <= k; i++) {
                row[i] /= pivot;
            }
            each(k, j -> {
                double[] other = h[j];
                double factor = row[j];
                for (int i = 0; i <= j; i++) {
                    other[i] -= factor * row[i];
                }
            });
        }
        return true;
    }

    private static void each(int count, IntConsumer action) {
        IntStream all = IntStream.range(0, count);
        (count < PARALLEL ? all : all.parallel()).forEach(action);
    }
}
