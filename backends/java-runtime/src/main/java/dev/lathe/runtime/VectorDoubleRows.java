package dev.lathe.runtime;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** Sums of rows of doubles on vectors, which the JIT does not make: rows may be parts of one array. */
final class VectorDoubleRows {
    private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;
    private static final int W = D.length();

    private VectorDoubleRows() {}

    /** {@code y = 0 + x * weight + other * otherWeight}. */
    static void two(
            double[] x,
            int first,
            double weight,
            double[] other,
            int second,
            double otherWeight,
            int n,
            double[] y,
            int to) {
        int i = 0;
        for (; i <= n - W; i += W) {
            DoubleVector.fromArray(D, x, first + i)
                    .mul(weight)
                    .add(0.0)
                    .add(DoubleVector.fromArray(D, other, second + i).mul(otherWeight))
                    .intoArray(y, to + i);
        }
        if (i < n) {
            VectorMask<Double> m = D.indexInRange(i, n);
            DoubleVector.fromArray(D, x, first + i, m)
                    .mul(weight)
                    .add(0.0)
                    .add(DoubleVector.fromArray(D, other, second + i, m).mul(otherWeight))
                    .intoArray(y, to + i, m);
        }
    }

    /** {@code y = y + x * weight}. */
    static void add(double[] x, int from, double weight, int n, double[] y, int to) {
        int i = 0;
        for (; i <= n - W; i += W) {
            DoubleVector.fromArray(D, y, to + i)
                    .add(DoubleVector.fromArray(D, x, from + i).mul(weight))
                    .intoArray(y, to + i);
        }
        if (i < n) {
            VectorMask<Double> m = D.indexInRange(i, n);
            DoubleVector.fromArray(D, y, to + i, m)
                    .add(DoubleVector.fromArray(D, x, from + i, m).mul(weight))
                    .intoArray(y, to + i, m);
        }
    }

    /**
     * {@code row = row - factor * top} from column {@code from} to {@code to - 1}, and in those others that share a
     * vector with one of these. Rows have room for whole vectors.
     */
    static void subtract(double factor, double[] top, double[] row, int from, int to) {
        for (int j = from / W * W; j < to; j += W) {
            DoubleVector.fromArray(D, row, j)
                    .sub(DoubleVector.fromArray(D, top, j).mul(factor))
                    .intoArray(row, j);
        }
    }
}
