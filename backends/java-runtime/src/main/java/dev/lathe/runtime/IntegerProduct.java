package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineTiles;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Products with a matrix of small integers on tiles of bytes, four times as fast as on tiles of floats. They take the
 * place of those where the left operand has integers of a range of 255, too, and no sum of magnitudes is above 2²⁴:
 * then floats hold every sum on the way, so both give the same bits. What the operand holds is seen from its numbers,
 * as it is with weights, so a jar says nothing of it and runs on any machine.
 *
 * <p>With {@code x = u + least} and {@code w = v + shift}, where {@code u} is a byte without sign and {@code v} one
 * with a sign, {@code Σ x w = Σ u v + shift Σ u + least Σ w}: the tile sums the first, each row starts from the second
 * and each column from the third.
 */
final class IntegerProduct {
    /** The largest sum of magnitudes that is exact in floats, whatever the order. */
    private static final int LIMIT = 1 << 24;
    /** How many elements are looked at before all are. */
    private static final int SAMPLE = 16;
    /** How many elements are looked at before it counts what they are. */
    private static final int BLOCK = 1024;

    private static final float[] NONE = {};

    private final MachineTiles tiles;
    private final PackedMatrix matrix;
    private boolean isKnown;
    private @Nullable IntegerMatrix integers;
    private int[] init = {};
    private int least;

    private IntegerProduct(MachineTiles tiles, PackedMatrix matrix) {
        this.tiles = tiles;
        this.matrix = matrix;
    }

    /** Null if there are no such tiles, or the matrix is not one of integers. */
    static @Nullable IntegerProduct of(PackedMatrix matrix) {
        MachineTiles tiles = matrix.mayBeIntegers() ? Machine.byteTiles(matrix.width) : null;
        return tiles == null ? null : new IntegerProduct(tiles, matrix);
    }

    /** Whether tiles do more to their sums than to store them. */
    boolean hasEnds() {
        return tiles.hasEnds();
    }

    /** Whether some of {@code n} elements are integers, so that it is worth to look at the others. */
    static boolean isLikely(float[] x, int at, int n) {
        for (int i = 0; i < Math.min(n, SAMPLE); i++) {
            if (x[at + i] != (int) x[at + i]) {
                return false;
            }
        }
        return n > 0;
    }

    /** Whether all of {@code n} elements are integers of 32 bits; a negative zero counts as one. */
    static boolean areIntegers(float[] x, int at, int n) {
        for (int i = at, end = at + n; i < end; ) {
            int wrong = 0;
            for (int last = Math.min(end, i + BLOCK); i < last; i++) {
                wrong |= x[i] == (int) x[i] ? 0 : 1;
            }
            if (wrong != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Prepares products with left operands whose elements are integers from {@code newLeast} to {@code greatest}.
     * False if these may be none of such tiles.
     */
    boolean prepare(float newLeast, float greatest) {
        float magnitude = Math.max(Math.abs(newLeast), Math.abs(greatest));
        if (!(greatest - newLeast <= 255) || !(magnitude <= LIMIT) || newLeast != (int) newLeast) {
            return false;
        }
        if (!isKnown) {
            integers = matrix.integers();
            isKnown = true;
        }
        IntegerMatrix m = integers;
        long most = (long) magnitude;
        if (m == null || most * m.magnitude + m.biasMagnitude > LIMIT) {
            return false;
        }
        if (init.length == 0 || least != (int) newLeast) {
            least = (int) newLeast;
            init = init.length == 0 ? new int[m.sums.length] : init;
            for (int j = 0; j < init.length; j++) {
                init[j] = m.bias[j] + least * m.sums[j];
            }
        }
        return true;
    }

    /** How many bytes a row of the left operand has. */
    static int stride(PackedMatrix matrix) {
        return Math.ceilDiv(matrix.rows(), 4) * 4;
    }

    /** What each of {@code rows} rows of bytes starts from. */
    void starts(byte[] bytes, int at, int rows, int[] starts, int startsAt) {
        int shift = integers == null ? 0 : integers.shift;
        if (shift == 0) {
            Arrays.fill(starts, startsAt, startsAt + rows, 0);
            return;
        }
        int length = matrix.rows();
        int stride = stride(matrix);
        for (int r = 0; r < rows; r++) {
            int sum = 0;
            for (int i = at + r * stride, end = i + length; i < end; i++) {
                sum += bytes[i] & 255;
            }
            starts[startsAt + r] = shift * sum;
        }
    }

    /**
     * A panel's columns of {@code rows} rows, in tiles that differ by one in height at most: a low one would wait for
     * its sums.
     *
     * @param bytes the rows, from {@code at} on
     * @param starts what they start from, from {@code startsAt} on
     * @param column the first column of the panel
     * @param end what is done to each result before it is stored; null for nothing
     * @param addendAt where what {@code end} adds to the first row and column is
     */
    void multiply(
            int rows,
            byte[] bytes,
            int at,
            int[] starts,
            int startsAt,
            int column,
            float[] c,
            int cAt,
            int cStride,
            int columns,
            @Nullable TileEnd end,
            int addendAt) {
        IntegerMatrix m = integers;
        if (m == null) {
            throw new IllegalStateException("not prepared");
        }
        int stride = 4 * m.quads;
        int addendStride = end == null ? 0 : end.addendStride;
        int count = Math.ceilDiv(rows, tiles.maxRows());
        for (int row = 0; row < rows; count--) {
            int n = Math.ceilDiv(rows - row, count);
            tiles.multiplyBytes(
                    n,
                    bytes,
                    at + row * stride,
                    stride,
                    m.quads,
                    m.codes,
                    column * stride,
                    init,
                    column,
                    starts,
                    startsAt + row,
                    c,
                    cAt + row * cStride,
                    cStride,
                    columns,
                    end == null ? null : end.addend,
                    addendAt + row * addendStride,
                    addendStride,
                    end == null ? null : end.function,
                    end == null ? NONE : end.constants,
                    end == null ? NONE : end.numbers,
                    end == null ? 0 : end.numbersAt(column),
                    end == null ? Float.NEGATIVE_INFINITY : end.least,
                    end == null ? Float.POSITIVE_INFINITY : end.greatest);
            row += n;
        }
    }
}
