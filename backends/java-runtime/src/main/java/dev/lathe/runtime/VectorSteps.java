package dev.lathe.runtime;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Every second, third or fourth float of a row, on vectors. Lane {@code i} of a result is lane {@code i * step % W} of
 * vector {@code i * step / W} of the row, so one shuffle serves all of these, and a mask tells which lanes are of
 * which.
 */
final class VectorSteps {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final int W = F.length();
    /** The longest step. */
    static final int MOST = 4;

    private static final VectorShuffle<Float> BY_2 = VectorShuffle.fromOp(F, i -> 2 * i % W);
    private static final VectorShuffle<Float> BY_3 = VectorShuffle.fromOp(F, i -> 3 * i % W);
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.fromOp(F, i -> 4 * i % W);
    private static final VectorMask<Float> SECOND_BY_2 = lanes(2, 1);
    private static final VectorMask<Float> SECOND_BY_3 = lanes(3, 1);
    private static final VectorMask<Float> THIRD_BY_3 = lanes(3, 2);
    private static final VectorMask<Float> SECOND_BY_4 = lanes(4, 1);
    private static final VectorMask<Float> THIRD_BY_4 = lanes(4, 2);
    private static final VectorMask<Float> FOURTH_BY_4 = lanes(4, 3);

    private VectorSteps() {}

    private static VectorMask<Float> lanes(int step, int vector) {
        boolean[] lanes = new boolean[W];
        for (int i = 0; i < W; i++) {
            lanes[i] = i * step / W == vector;
        }
        return VectorMask.fromArray(F, lanes, 0);
    }

    /**
     * {@code y[yAt + r * n + i] = x[at + r * rowStep + i * step]} for {@code rows} rows of {@code n} elements. Vectors
     * reach up to {@code step * W} elements over the last one.
     */
    static void pick(int rows, float[] x, int at, int rowStep, int step, int n, float[] y, int yAt) {
        VectorMask<Float> rest = F.indexInRange(n / W * W, n);
        boolean isPart = n % W != 0;
        for (int r = 0, row = at, to = yAt; r < rows; r++, row += rowStep, to += n) {
            int from = row;
            int i = 0;
            switch (step) {
                case 2 -> {
                    for (; i < n; i += W, from += 2 * W) {
                        FloatVector v = FloatVector.fromArray(F, x, from).rearrange(BY_2);
                        v = v.blend(FloatVector.fromArray(F, x, from + W).rearrange(BY_2), SECOND_BY_2);
                        if (isPart && i > n - W) {
                            v.intoArray(y, to + i, rest);
                        } else {
                            v.intoArray(y, to + i);
                        }
                    }
                }
                case 3 -> {
                    for (; i < n; i += W, from += 3 * W) {
                        FloatVector v = FloatVector.fromArray(F, x, from).rearrange(BY_3);
                        v = v.blend(FloatVector.fromArray(F, x, from + W).rearrange(BY_3), SECOND_BY_3);
                        v = v.blend(FloatVector.fromArray(F, x, from + 2 * W).rearrange(BY_3), THIRD_BY_3);
                        if (isPart && i > n - W) {
                            v.intoArray(y, to + i, rest);
                        } else {
                            v.intoArray(y, to + i);
                        }
                    }
                }
                default -> {
                    for (; i < n; i += W, from += 4 * W) {
                        FloatVector v = FloatVector.fromArray(F, x, from).rearrange(BY_4);
                        v = v.blend(FloatVector.fromArray(F, x, from + W).rearrange(BY_4), SECOND_BY_4);
                        v = v.blend(FloatVector.fromArray(F, x, from + 2 * W).rearrange(BY_4), THIRD_BY_4);
                        v = v.blend(FloatVector.fromArray(F, x, from + 3 * W).rearrange(BY_4), FOURTH_BY_4);
                        if (isPart && i > n - W) {
                            v.intoArray(y, to + i, rest);
                        } else {
                            v.intoArray(y, to + i);
                        }
                    }
                }
            }
        }
    }
}
