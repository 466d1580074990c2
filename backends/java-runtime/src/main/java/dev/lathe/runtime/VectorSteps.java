package dev.lathe.runtime;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Every second, third or fourth float of a row, on vectors, and the other way round, rows as such floats. Lane {@code
 * i} of a result is lane {@code i * step % W} of vector {@code i * step / W} of the row, so one shuffle serves all of
 * these, and a mask tells which lanes are of which.
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

    /** Lane {@code i} of vector {@code k} of rows that are joined has element {@code (k * W + i) / rows} of its row. */
    private static final VectorShuffle<Float> LOW_OF_2 = VectorShuffle.fromOp(F, i -> i / 2);

    private static final VectorShuffle<Float> HIGH_OF_2 = VectorShuffle.fromOp(F, i -> (W + i) / 2);
    private static final VectorShuffle<Float> LOW_OF_3 = VectorShuffle.fromOp(F, i -> i / 3);
    private static final VectorShuffle<Float> MIDDLE_OF_3 = VectorShuffle.fromOp(F, i -> (W + i) / 3);
    private static final VectorShuffle<Float> HIGH_OF_3 = VectorShuffle.fromOp(F, i -> (2 * W + i) / 3);
    private static final VectorMask<Float> SECOND_OF_2 = row(2, 0, 1);
    private static final VectorMask<Float> LOW_SECOND_OF_3 = row(3, 0, 1);
    private static final VectorMask<Float> LOW_THIRD_OF_3 = row(3, 0, 2);
    private static final VectorMask<Float> MIDDLE_SECOND_OF_3 = row(3, 1, 1);
    private static final VectorMask<Float> MIDDLE_THIRD_OF_3 = row(3, 1, 2);
    private static final VectorMask<Float> HIGH_SECOND_OF_3 = row(3, 2, 1);
    private static final VectorMask<Float> HIGH_THIRD_OF_3 = row(3, 2, 2);

    private VectorSteps() {}

    private static VectorMask<Float> row(int rows, int vector, int row) {
        boolean[] lanes = new boolean[W];
        for (int i = 0; i < W; i++) {
            lanes[i] = (vector * W + i) % rows == row;
        }
        return VectorMask.fromArray(F, lanes, 0);
    }

    /**
     * Joins two or three rows: {@code y[yAt + i * rows + r] = x[at + r * step + i]}.
     *
     * @return how many of {@code n} elements of each row are done: those of whole vectors
     */
    static int join(int rows, int n, float[] x, int at, int step, float[] y, int yAt) {
        int i = 0;
        if (rows == 2) {
            for (int to = yAt; i <= n - W; i += W, to += 2 * W) {
                FloatVector a = FloatVector.fromArray(F, x, at + i);
                FloatVector b = FloatVector.fromArray(F, x, at + step + i);
                a.rearrange(LOW_OF_2).blend(b.rearrange(LOW_OF_2), SECOND_OF_2).intoArray(y, to);
                a.rearrange(HIGH_OF_2)
                        .blend(b.rearrange(HIGH_OF_2), SECOND_OF_2)
                        .intoArray(y, to + W);
            }
        } else {
            for (int to = yAt; i <= n - W; i += W, to += 3 * W) {
                FloatVector a = FloatVector.fromArray(F, x, at + i);
                FloatVector b = FloatVector.fromArray(F, x, at + step + i);
                FloatVector c = FloatVector.fromArray(F, x, at + 2 * step + i);
                a.rearrange(LOW_OF_3)
                        .blend(b.rearrange(LOW_OF_3), LOW_SECOND_OF_3)
                        .blend(c.rearrange(LOW_OF_3), LOW_THIRD_OF_3)
                        .intoArray(y, to);
                a.rearrange(MIDDLE_OF_3)
                        .blend(b.rearrange(MIDDLE_OF_3), MIDDLE_SECOND_OF_3)
                        .blend(c.rearrange(MIDDLE_OF_3), MIDDLE_THIRD_OF_3)
                        .intoArray(y, to + W);
                a.rearrange(HIGH_OF_3)
                        .blend(b.rearrange(HIGH_OF_3), HIGH_SECOND_OF_3)
                        .blend(c.rearrange(HIGH_OF_3), HIGH_THIRD_OF_3)
                        .intoArray(y, to + 2 * W);
            }
        }
        return i;
    }

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
