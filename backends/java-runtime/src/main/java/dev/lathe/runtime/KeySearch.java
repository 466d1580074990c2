package dev.lathe.runtime;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Makes integers of floats that have their order, and looks for small ones. */
interface KeySearch {

    /** The fastest on this machine. */
    static KeySearch best() {
        return Machine.VECTOR ? new Vectors() : new Scalars();
    }

    /** {@code keys[i]} is the order of {@code x[at + i]}, as {@link OrderedElements} says, with bits flipped. */
    void order(float[] x, int at, int n, int flip, int[] keys);

    /** The smallest of the first {@code n} keys; the largest integer if there are none. */
    int smallest(int[] keys, int n);

    /** The first place from {@code from} on with a key less than {@code bound}; {@code n} if there is none before. */
    int below(int[] keys, int from, int n, int bound);

    /** Without vectors. */
    final class Scalars implements KeySearch {
        @Override
        public void order(float[] x, int at, int n, int flip, int[] keys) {
            for (int i = 0; i < n; i++) {
                keys[i] = OrderedElements.ordered(Float.floatToRawIntBits(x[at + i])) ^ flip;
            }
        }

        @Override
        public int smallest(int[] keys, int n) {
            int least = Integer.MAX_VALUE;
            for (int i = 0; i < n; i++) {
                least = Math.min(least, keys[i]);
            }
            return least;
        }

        @Override
        public int below(int[] keys, int from, int n, int bound) {
            int i = from;
            while (i < n && keys[i] >= bound) {
                i++;
            }
            return i;
        }
    }

    /** On vectors; what is behind the last whole one is done without. */
    final class Vectors implements KeySearch {
        private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
        private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
        private static final int W = I.length();
        private final Scalars scalars = new Scalars();

        @Override
        public void order(float[] x, int at, int n, int flip, int[] keys) {
            int i = 0;
            for (; i <= n - W; i += W) {
                IntVector bits = FloatVector.fromArray(F, x, at + i).reinterpretAsInts();
                IntVector magnitude = bits.and(Integer.MAX_VALUE);
                VectorMask<Integer> nan = magnitude.compare(VectorOperators.GT, 0x7f800000);
                magnitude
                        .blend(magnitude.neg(), bits.compare(VectorOperators.LT, 0))
                        .blend(Integer.MAX_VALUE, nan)
                        .lanewise(VectorOperators.XOR, flip)
                        .intoArray(keys, i);
            }
            for (; i < n; i++) {
                keys[i] = OrderedElements.ordered(Float.floatToRawIntBits(x[at + i])) ^ flip;
            }
        }

        @Override
        public int smallest(int[] keys, int n) {
            IntVector least = IntVector.broadcast(I, Integer.MAX_VALUE);
            int i = 0;
            for (; i <= n - W; i += W) {
                least = least.min(IntVector.fromArray(I, keys, i));
            }
            int all = least.reduceLanes(VectorOperators.MIN);
            for (; i < n; i++) {
                all = Math.min(all, keys[i]);
            }
            return all;
        }

        @Override
        public int below(int[] keys, int from, int n, int bound) {
            int i = from;
            for (; i <= n - W; i += W) {
                VectorMask<Integer> found = IntVector.fromArray(I, keys, i).compare(VectorOperators.LT, bound);
                if (found.anyTrue()) {
                    return i + found.firstTrue();
                }
            }
            return scalars.below(keys, i, n, bound);
        }
    }
}
