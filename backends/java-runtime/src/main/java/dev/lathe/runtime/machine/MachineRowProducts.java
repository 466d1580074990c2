package dev.lathe.runtime.machine;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Objects;

/**
 * Products of one row with a matrix whose rows are read where they lie, in machine code: for so few rows that no time
 * is left to pack the matrix. Whatever they touch is checked here before the call; see {@link MachineTiles}.
 */
public final class MachineRowProducts {
    /** Elements of a call at most, since no garbage is collected meanwhile: some microseconds. */
    private static final int LONGEST = 1 << 16;

    private static final int LANES = Assembler.Form.EVEX.lanes;

    /** See {@link RowProductCode} for the arguments. */
    private static final MethodHandle CALL = MachineSparse.handle(3, 7);

    private final MemorySegment dots;
    private final MemorySegment sums;

    MachineRowProducts(MemorySegment dots, MemorySegment sums) {
        this.dots = dots;
        this.sums = sums;
    }

    static MachineRowProducts of(Convention convention, ExecutableMemory memory)
            throws ExecutableMemory.RefusedException {
        return new MachineRowProducts(
                memory.holding(RowProductCode.dots(convention)), memory.holding(RowProductCode.sums(convention)));
    }

    /**
     * {@code y[r] = Σ a[i] * b[r][i]} over {@code n} elements.
     *
     * @param b the matrix, from {@code bAt} on, of which rows are {@code stride} apart
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void dots(float[] a, int aAt, float[] b, int bAt, int stride, int rows, int n, float[] y, int yAt) {
        check(b, bAt, stride, rows, n);
        Objects.checkFromIndexSize(aAt, n, a.length);
        Objects.checkFromIndexSize(yAt, rows, y.length);
        int most = most(n);
        for (int row = 0; row < rows; row += most) {
            int count = Math.min(most, rows - row);
            call(dots, b, bAt + row * stride, y, yAt + row, a, aAt, n, count, stride);
        }
    }

    /**
     * {@code y[i] = Σ a[r] * b[r][i]} over the rows, in their order.
     *
     * @param b the matrix, from {@code bAt} on, of which rows are {@code stride} apart
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void sums(float[] a, int aAt, float[] b, int bAt, int stride, int rows, int n, float[] y, int yAt) {
        check(b, bAt, stride, rows, n);
        Objects.checkFromIndexSize(aAt, rows, a.length);
        Objects.checkFromIndexSize(yAt, n, y.length);
        Arrays.fill(y, yAt, yAt + n, 0);
        int most = most(n);
        for (int row = 0; row < rows; row += most) {
            int count = Math.min(most, rows - row);
            call(sums, b, bAt + row * stride, y, yAt, a, aAt + row, n, count, stride);
        }
    }

    private static int most(int n) {
        return Math.max(1, LONGEST / Math.max(1, n));
    }

    private static void check(float[] b, int bAt, int stride, int rows, int n) {
        Objects.checkFromIndexSize(0, stride, Integer.MAX_VALUE);
        Objects.checkFromIndexSize(0, rows, Integer.MAX_VALUE);
        Objects.checkFromIndexSize(0, n, Integer.MAX_VALUE);
        if (rows > 0) {
            Objects.checkFromIndexSize(bAt, (rows - 1L) * stride + n, (long) b.length);
        }
    }

    private static void call(
            MemorySegment function,
            float[] b,
            int bAt,
            float[] y,
            int yAt,
            float[] a,
            int aAt,
            int n,
            int rows,
            int stride) {
        try {
            CALL.invokeExact(
                    function,
                    MemorySegment.ofArray(b),
                    MemorySegment.ofArray(y),
                    MemorySegment.ofArray(a),
                    4L * bAt,
                    4L * yAt,
                    4L * aAt,
                    (long) n / LANES,
                    (1L << n % LANES) - 1,
                    (long) rows,
                    4L * stride);
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }
}
