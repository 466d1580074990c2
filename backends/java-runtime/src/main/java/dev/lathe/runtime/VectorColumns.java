package dev.lathe.runtime;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The innermost loops of products with {@link SparseColumns}: a vector holds one column of several rows, so that an
 * element of the matrix multiplies all of them, wherever it stands in its column. The left operand and the sums are
 * turned over for that, in blocks of as many rows and columns as a vector has lanes.
 */
final class VectorColumns {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final int W = F.length();
    /** Whether the loops are written for vectors of this length. */
    static final boolean AVAILABLE = W == 4 || W == 8 || W == 16;
    /** Rows of the left operand that are multiplied at a time: two vectors. */
    static final int ROWS = 2 * W;

    private static final VectorShuffle<Float> UP_1 = VectorShuffle.iota(F, W - 1, 1, true);
    private static final VectorShuffle<Float> UP_2 = VectorShuffle.iota(F, W - 2, 1, true);
    private static final VectorShuffle<Float> UP_4 = VectorShuffle.iota(F, W - 4 % W, 1, true);
    private static final VectorShuffle<Float> UP_8 = VectorShuffle.iota(F, W - 8 % W, 1, true);
    private static final VectorShuffle<Float> DOWN_1 = VectorShuffle.iota(F, 1, 1, true);
    private static final VectorShuffle<Float> DOWN_2 = VectorShuffle.iota(F, 2, 1, true);
    private static final VectorShuffle<Float> DOWN_4 = VectorShuffle.iota(F, 4, 1, true);
    private static final VectorShuffle<Float> DOWN_8 = VectorShuffle.iota(F, 8, 1, true);
    private static final VectorMask<Float> HIGH_1 = VectorMask.fromArray(F, lanesWithBit(1), 0);
    private static final VectorMask<Float> HIGH_2 = VectorMask.fromArray(F, lanesWithBit(2), 0);
    private static final VectorMask<Float> HIGH_4 = VectorMask.fromArray(F, lanesWithBit(4), 0);
    private static final VectorMask<Float> HIGH_8 = VectorMask.fromArray(F, lanesWithBit(8), 0);

    private VectorColumns() {}

    private static boolean[] lanesWithBit(int bit) {
        boolean[] lanes = new boolean[W];
        for (int i = 0; i < W; i++) {
            lanes[i] = (i & bit) != 0;
        }
        return lanes;
    }

    /**
     * Adds four columns of the matrix times the left operand to their sums, in the order of the rows of the matrix.
     *
     * @param a the left operand turned over: {@link #ROWS} elements for each column of it, from {@code aAt} on
     * @param places which columns of {@code a} the elements meet: one for each of the four in turn, see
     *     {@link SparseColumns#places}
     * @param values these elements
     * @param from the first of them
     * @param to where they end
     * @param sums the sums of each column of the result, {@link #ROWS} of them
     * @param c0 where those of the first column start, and so on
     */
    static void add(
            float[] a,
            int aAt,
            char[] places,
            float[] values,
            int from,
            int to,
            float[] sums,
            int c0,
            int c1,
            int c2,
            int c3) {
        FloatVector s00 = FloatVector.fromArray(F, sums, c0);
        FloatVector s01 = FloatVector.fromArray(F, sums, c0 + W);
        FloatVector s10 = FloatVector.fromArray(F, sums, c1);
        FloatVector s11 = FloatVector.fromArray(F, sums, c1 + W);
        FloatVector s20 = FloatVector.fromArray(F, sums, c2);
        FloatVector s21 = FloatVector.fromArray(F, sums, c2 + W);
        FloatVector s30 = FloatVector.fromArray(F, sums, c3);
        FloatVector s31 = FloatVector.fromArray(F, sums, c3 + W);
        for (int i = from; i < to; i += 4) {
            int p = aAt + ROWS * places[i];
            FloatVector w = FloatVector.broadcast(F, values[i]);
            s00 = w.fma(FloatVector.fromArray(F, a, p), s00);
            s01 = w.fma(FloatVector.fromArray(F, a, p + W), s01);
            p = aAt + ROWS * places[i + 1];
            w = FloatVector.broadcast(F, values[i + 1]);
            s10 = w.fma(FloatVector.fromArray(F, a, p), s10);
            s11 = w.fma(FloatVector.fromArray(F, a, p + W), s11);
            p = aAt + ROWS * places[i + 2];
            w = FloatVector.broadcast(F, values[i + 2]);
            s20 = w.fma(FloatVector.fromArray(F, a, p), s20);
            s21 = w.fma(FloatVector.fromArray(F, a, p + W), s21);
            p = aAt + ROWS * places[i + 3];
            w = FloatVector.broadcast(F, values[i + 3]);
            s30 = w.fma(FloatVector.fromArray(F, a, p), s30);
            s31 = w.fma(FloatVector.fromArray(F, a, p + W), s31);
        }
        s00.intoArray(sums, c0);
        s01.intoArray(sums, c0 + W);
        s10.intoArray(sums, c1);
        s11.intoArray(sums, c1 + W);
        s20.intoArray(sums, c2);
        s21.intoArray(sums, c2 + W);
        s30.intoArray(sums, c3);
        s31.intoArray(sums, c3 + W);
    }

    /** Sets {@link #ROWS} sums. */
    static void fill(float[] sums, int at, float value) {
        FloatVector v = FloatVector.broadcast(F, value);
        v.intoArray(sums, at);
        v.intoArray(sums, at + W);
    }

    /**
     * Turns over {@code n} columns of {@link #W} rows.
     *
     * @param x holds the rows
     * @param starts where each starts
     * @param out takes a vector for each column, from {@code at} on, {@link #ROWS} apart
     * @param block room for a block
     */
    static void turnIn(float[] x, int[] starts, int n, float[] out, int at, float[] block) {
        int k = 0;
        for (; k <= n - W; k += W, at += W * ROWS) {
            for (int i = 0; i < W; i += 4) {
                int p0 = starts[i] + k;
                int p1 = starts[i + 1] + k;
                int p2 = starts[i + 2] + k;
                int p3 = starts[i + 3] + k;
                begin(x, p0, p1, p2, p3, block, i * W);
            }
            for (int i = 0; i < 4; i++) {
                finish(block, i * W, out, at + i * ROWS, 4 * ROWS);
            }
        }
        for (; k < n; k++, at += ROWS) {
            for (int i = 0; i < W; i++) {
                block[i] = x[starts[i] + k];
            }
            FloatVector.fromArray(F, block, 0).intoArray(out, at);
        }
    }

    /**
     * Turns a block of columns over, and stores what is wanted of it.
     *
     * @param sums the columns: a vector of rows for each, from {@code at} on, {@link #ROWS} apart
     * @param rows the wanted rows, from 1 to {@link #W}
     * @param columns the wanted columns, from 1 to {@link #W}
     * @param c takes the rows, from {@code cAt} on, {@code cStride} apart
     * @param block room for two blocks
     */
    static void turnOut(float[] sums, int at, int rows, int columns, float[] c, int cAt, int cStride, float[] block) {
        for (int i = 0; i < W; i += 4) {
            int p = at + i * ROWS;
            begin(sums, p, p + ROWS, p + 2 * ROWS, p + 3 * ROWS, block, i * W);
        }
        if (rows == W && columns == W) {
            for (int i = 0; i < 4; i++) {
                finish(block, i * W, c, cAt + i * cStride, 4 * cStride);
            }
            return;
        }
        for (int i = 0; i < 4; i++) {
            finish(block, i * W, block, W * W + i * W, 4 * W);
        }
        for (int r = 0; r < rows; r++) {
            System.arraycopy(block, (W + r) * W, c, cAt + r * cStride, columns);
        }
    }

    /** Turns a square of as many rows over as a vector has lanes; {@code block} is room for it. */
    static void turn(float[] x, int at, int step, float[] y, int to, int toStep, float[] block) {
        for (int i = 0; i < W; i += 4) {
            int p = at + i * step;
            begin(x, p, p + step, p + 2 * step, p + 3 * step, block, i * W);
        }
        for (int i = 0; i < 4; i++) {
            finish(block, i * W, y, to + i * toStep, 4 * toStep);
        }
    }

    // A block is turned over by exchanging, for each bit of the numbers of its rows, what is off the diagonal between
    // the rows that differ in this bit: the lowest two bits on the way into the block, the others on the way out.

    private static void begin(float[] x, int p0, int p1, int p2, int p3, float[] block, int to) {
        FloatVector u0 = FloatVector.fromArray(F, x, p0);
        FloatVector u1 = FloatVector.fromArray(F, x, p1);
        FloatVector u2 = FloatVector.fromArray(F, x, p2);
        FloatVector u3 = FloatVector.fromArray(F, x, p3);
        FloatVector v = u0.blend(u1.rearrange(UP_1), HIGH_1);
        u1 = u0.rearrange(DOWN_1).blend(u1, HIGH_1);
        u0 = v;
        v = u2.blend(u3.rearrange(UP_1), HIGH_1);
        u3 = u2.rearrange(DOWN_1).blend(u3, HIGH_1);
        u2 = v;
        u0.blend(u2.rearrange(UP_2), HIGH_2).intoArray(block, to);
        u1.blend(u3.rearrange(UP_2), HIGH_2).intoArray(block, to + W);
        u0.rearrange(DOWN_2).blend(u2, HIGH_2).intoArray(block, to + 2 * W);
        u1.rearrange(DOWN_2).blend(u3, HIGH_2).intoArray(block, to + 3 * W);
    }

    private static void finish(float[] block, int from, float[] out, int at, int stride) {
        FloatVector u0 = FloatVector.fromArray(F, block, from);
        if (W == 4) {
            u0.intoArray(out, at);
            return;
        }
        FloatVector u1 = FloatVector.fromArray(F, block, from + 4 * W);
        FloatVector v = u0.blend(u1.rearrange(UP_4), HIGH_4);
        u1 = u0.rearrange(DOWN_4).blend(u1, HIGH_4);
        if (W == 8) {
            v.intoArray(out, at);
            u1.intoArray(out, at + stride);
            return;
        }
        FloatVector u2 = FloatVector.fromArray(F, block, from + 8 * W);
        FloatVector u3 = FloatVector.fromArray(F, block, from + 12 * W);
        u0 = v;
        v = u2.blend(u3.rearrange(UP_4), HIGH_4);
        u3 = u2.rearrange(DOWN_4).blend(u3, HIGH_4);
        u0.blend(v.rearrange(UP_8), HIGH_8).intoArray(out, at);
        u1.blend(u3.rearrange(UP_8), HIGH_8).intoArray(out, at + stride);
        u0.rearrange(DOWN_8).blend(v, HIGH_8).intoArray(out, at + 2 * stride);
        u1.rearrange(DOWN_8).blend(u3, HIGH_8).intoArray(out, at + 3 * stride);
    }
}
