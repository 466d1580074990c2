package dev.lathe.runtime;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * {@link WidePrimitives} on vectors, with four accumulators; the last few elements follow one by one. As {@link
 * VectorPrimitives} does, this calls nothing but the Vector API, and adds lanes in an order of its own.
 */
final class VectorWidePrimitives extends WidePrimitives {
    private static final VectorSpecies<Double> D = DoubleVector.SPECIES_PREFERRED;
    private static final int W = D.length();
    /** As many floats, or, where there are no vectors of so few, more. */
    private static final VectorSpecies<Float> F =
            VectorSpecies.of(float.class, VectorShape.forBitSize(Math.max(64, Float.SIZE * W)));

    private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    private static final int INTEGERS = I.length();

    private static final VectorShuffle<Double> BY_1 = VectorShuffle.iota(D, 1, 1, true);
    private static final VectorShuffle<Double> BY_2 = VectorShuffle.iota(D, 2, 1, true);
    private static final VectorShuffle<Double> BY_4 = VectorShuffle.iota(D, 4, 1, true);

    @Override
    double sum(double[] x, int at, int n) {
        DoubleVector s = DoubleVector.zero(D);
        DoubleVector s1 = s;
        DoubleVector s2 = s;
        DoubleVector s3 = s;
        int i = 0;
        for (; i <= n - 4 * W; i += 4 * W) {
            s = s.add(DoubleVector.fromArray(D, x, at + i));
            s1 = s1.add(DoubleVector.fromArray(D, x, at + i + W));
            s2 = s2.add(DoubleVector.fromArray(D, x, at + i + 2 * W));
            s3 = s3.add(DoubleVector.fromArray(D, x, at + i + 3 * W));
        }
        s = s.add(s1).add(s2.add(s3));
        s = W > 1 ? s.add(s.rearrange(BY_1)) : s;
        s = W > 2 ? s.add(s.rearrange(BY_2)) : s;
        s = W > 4 ? s.add(s.rearrange(BY_4)) : s;
        for (int k = 8; k < W; k *= 2) {
            s = s.add(s.rearrange(VectorShuffle.iota(D, k, 1, true)));
        }
        double sum = s.lane(0);
        for (; i < n; i++) {
            sum += x[at + i];
        }
        return sum;
    }

    @Override
    double sum(float[] x, int at, int n) {
        DoubleVector s = DoubleVector.zero(D);
        DoubleVector s1 = s;
        DoubleVector s2 = s;
        DoubleVector s3 = s;
        int i = 0;
        for (; i <= n - 4 * W && F.length() == W; i += 4 * W) {
            FloatVector a = FloatVector.fromArray(F, x, at + i);
            FloatVector b = FloatVector.fromArray(F, x, at + i + W);
            FloatVector c = FloatVector.fromArray(F, x, at + i + 2 * W);
            FloatVector d = FloatVector.fromArray(F, x, at + i + 3 * W);
            s = s.add(a.convertShape(VectorOperators.F2D, D, 0));
            s1 = s1.add(b.convertShape(VectorOperators.F2D, D, 0));
            s2 = s2.add(c.convertShape(VectorOperators.F2D, D, 0));
            s3 = s3.add(d.convertShape(VectorOperators.F2D, D, 0));
        }
        s = s.add(s1).add(s2.add(s3));
        s = W > 1 ? s.add(s.rearrange(BY_1)) : s;
        s = W > 2 ? s.add(s.rearrange(BY_2)) : s;
        s = W > 4 ? s.add(s.rearrange(BY_4)) : s;
        for (int k = 8; k < W; k *= 2) {
            s = s.add(s.rearrange(VectorShuffle.iota(D, k, 1, true)));
        }
        double sum = s.lane(0);
        for (; i < n; i++) {
            sum += x[at + i];
        }
        return sum;
    }

    @Override
    double max(double[] x, int at, int n) {
        DoubleVector m = DoubleVector.broadcast(D, Double.NEGATIVE_INFINITY);
        DoubleVector m1 = m;
        DoubleVector m2 = m;
        DoubleVector m3 = m;
        int i = 0;
        for (; i <= n - 4 * W; i += 4 * W) {
            m = m.max(DoubleVector.fromArray(D, x, at + i));
            m1 = m1.max(DoubleVector.fromArray(D, x, at + i + W));
            m2 = m2.max(DoubleVector.fromArray(D, x, at + i + 2 * W));
            m3 = m3.max(DoubleVector.fromArray(D, x, at + i + 3 * W));
        }
        double max = m.max(m1).max(m2.max(m3)).reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            max = Math.max(max, x[at + i]);
        }
        return max;
    }

    @Override
    double min(double[] x, int at, int n) {
        DoubleVector m = DoubleVector.broadcast(D, Double.POSITIVE_INFINITY);
        DoubleVector m1 = m;
        DoubleVector m2 = m;
        DoubleVector m3 = m;
        int i = 0;
        for (; i <= n - 4 * W; i += 4 * W) {
            m = m.min(DoubleVector.fromArray(D, x, at + i));
            m1 = m1.min(DoubleVector.fromArray(D, x, at + i + W));
            m2 = m2.min(DoubleVector.fromArray(D, x, at + i + 2 * W));
            m3 = m3.min(DoubleVector.fromArray(D, x, at + i + 3 * W));
        }
        double min = m.min(m1).min(m2.min(m3)).reduceLanes(VectorOperators.MIN);
        for (; i < n; i++) {
            min = Math.min(min, x[at + i]);
        }
        return min;
    }

    @Override
    int max(int[] x, int at, int n) {
        IntVector m = IntVector.broadcast(I, Integer.MIN_VALUE);
        IntVector m1 = m;
        IntVector m2 = m;
        IntVector m3 = m;
        int i = 0;
        for (; i <= n - 4 * INTEGERS; i += 4 * INTEGERS) {
            m = m.max(IntVector.fromArray(I, x, at + i));
            m1 = m1.max(IntVector.fromArray(I, x, at + i + INTEGERS));
            m2 = m2.max(IntVector.fromArray(I, x, at + i + 2 * INTEGERS));
            m3 = m3.max(IntVector.fromArray(I, x, at + i + 3 * INTEGERS));
        }
        int max = m.max(m1).max(m2.max(m3)).reduceLanes(VectorOperators.MAX);
        for (; i < n; i++) {
            max = Math.max(max, x[at + i]);
        }
        return max;
    }

    @Override
    int min(int[] x, int at, int n) {
        IntVector m = IntVector.broadcast(I, Integer.MAX_VALUE);
        IntVector m1 = m;
        IntVector m2 = m;
        IntVector m3 = m;
        int i = 0;
        for (; i <= n - 4 * INTEGERS; i += 4 * INTEGERS) {
            m = m.min(IntVector.fromArray(I, x, at + i));
            m1 = m1.min(IntVector.fromArray(I, x, at + i + INTEGERS));
            m2 = m2.min(IntVector.fromArray(I, x, at + i + 2 * INTEGERS));
            m3 = m3.min(IntVector.fromArray(I, x, at + i + 3 * INTEGERS));
        }
        int min = m.min(m1).min(m2.min(m3)).reduceLanes(VectorOperators.MIN);
        for (; i < n; i++) {
            min = Math.min(min, x[at + i]);
        }
        return min;
    }
}
