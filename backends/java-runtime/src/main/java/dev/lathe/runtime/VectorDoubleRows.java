package dev.lathe.runtime;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/** The loops of {@link WeightedRows} on vectors, which the JIT does not make: rows may be parts of one array. */
final class VectorWeightedRows {
    private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;
    private static final int W = D.length();

    private VectorWeightedRows() {}

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
}
