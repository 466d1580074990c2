package dev.lathe.runtime;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Joins rows of floats with others, with the bits of {@link JoinedElements}. The JIT makes no vectors of such loops,
 * since both may be parts of one array.
 */
final class VectorJoins {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final int W = F.length();

    private VectorJoins() {}

    /** {@code y = y + x}, element by element. */
    static void add(float[] x, int at, float[] y, int to, int n) {
        int i = 0;
        for (; i <= n - W; i += W) {
            FloatVector.fromArray(F, y, to + i)
                    .add(FloatVector.fromArray(F, x, at + i))
                    .intoArray(y, to + i);
        }
        if (i < n) {
            VectorMask<Float> m = F.indexInRange(i, n);
            FloatVector.fromArray(F, y, to + i, m)
                    .add(FloatVector.fromArray(F, x, at + i, m))
                    .intoArray(y, to + i, m);
        }
    }

    /** {@code y = y * x}, element by element. */
    static void multiply(float[] x, int at, float[] y, int to, int n) {
        int i = 0;
        for (; i <= n - W; i += W) {
            FloatVector.fromArray(F, y, to + i)
                    .mul(FloatVector.fromArray(F, x, at + i))
                    .intoArray(y, to + i);
        }
        if (i < n) {
            VectorMask<Float> m = F.indexInRange(i, n);
            FloatVector.fromArray(F, y, to + i, m)
                    .mul(FloatVector.fromArray(F, x, at + i, m))
                    .intoArray(y, to + i, m);
        }
    }

    /** {@code y = min(y, x)}, element by element. */
    static void least(float[] x, int at, float[] y, int to, int n) {
        int i = 0;
        for (; i <= n - W; i += W) {
            FloatVector.fromArray(F, y, to + i)
                    .min(FloatVector.fromArray(F, x, at + i))
                    .intoArray(y, to + i);
        }
        if (i < n) {
            VectorMask<Float> m = F.indexInRange(i, n);
            FloatVector.fromArray(F, y, to + i, m)
                    .min(FloatVector.fromArray(F, x, at + i, m))
                    .intoArray(y, to + i, m);
        }
    }

    /** {@code y = max(y, x)}, element by element. */
    static void greatest(float[] x, int at, float[] y, int to, int n) {
        int i = 0;
        for (; i <= n - W; i += W) {
            FloatVector.fromArray(F, y, to + i)
                    .max(FloatVector.fromArray(F, x, at + i))
                    .intoArray(y, to + i);
        }
        if (i < n) {
            VectorMask<Float> m = F.indexInRange(i, n);
            FloatVector.fromArray(F, y, to + i, m)
                    .max(FloatVector.fromArray(F, x, at + i, m))
                    .intoArray(y, to + i, m);
        }
    }
}
