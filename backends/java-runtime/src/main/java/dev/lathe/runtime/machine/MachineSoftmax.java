package dev.lathe.runtime.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The softmax of rows in machine code, fast from the first call on. Whatever it touches is checked here before the
 * call; see {@link MachineTiles}.
 */
public final class MachineSoftmax {
    /** Elements of a call at most, since no garbage is collected meanwhile: some microseconds. */
    private static final int LONGEST = 1 << 16;

    private static final int LANES = Assembler.Form.EVEX.lanes;
    private static final int FOUR = 4;

    /** See {@link SoftmaxCode} for the arguments. */
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.ADDRESS),
                    Linker.Option.critical(true));

    private final MemorySegment plain;
    private final MemorySegment masked;

    private MachineSoftmax(MemorySegment plain, MemorySegment masked) {
        this.plain = plain;
        this.masked = masked;
    }

    static MachineSoftmax of(Convention convention, ExecutableMemory memory) throws ExecutableMemory.RefusedException {
        return new MachineSoftmax(
                memory.holding(SoftmaxCode.write(convention, false)),
                memory.holding(SoftmaxCode.write(convention, true)));
    }

    /**
     * {@code y[r]} is the softmax of {@code factor * x[r] + mask[r]}, of {@code n} elements.
     *
     * @param rows how many; those of {@code x} are {@code xStride} apart, and so on
     * @param mask null for none
     * @param exp the exponential
     * @param constants those of {@code exp}
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void rows(
            int rows,
            int n,
            float[] x,
            int xAt,
            int xStride,
            float factor,
            float @Nullable [] mask,
            int maskAt,
            int maskStride,
            float[] y,
            int yAt,
            int yStride,
            MachineFunction exp,
            float[] constants) {
        if (rows == 0 || n == 0) {
            return;
        }
        Objects.checkFromIndexSize(xAt, MachineTiles.extent(rows, xStride, n), x.length);
        Objects.checkFromIndexSize(yAt, MachineTiles.extent(rows, yStride, n), y.length);
        exp.check(constants);
        long[] entries = exp.entries();
        float[] added = x;
        if (mask != null) {
            Objects.checkFromIndexSize(maskAt, MachineTiles.extent(rows, maskStride, n), mask.length);
            added = mask;
        }
        MemorySegment code = mask == null ? plain : masked;
        int most = Math.max(1, LONGEST / n);
        for (int row = 0; row < rows; row += most) {
            int from = xAt + row * xStride;
            int to = yAt + row * yStride;
            int other = maskAt + row * maskStride;
            try {
                CALL.invokeExact(
                        code,
                        MemorySegment.ofArray(x),
                        MemorySegment.ofArray(y),
                        MemorySegment.ofArray(added),
                        4L * from,
                        4L * to,
                        4L * other,
                        (long) n / LANES,
                        (1L << n % LANES) - 1,
                        (long) Math.min(most, rows - row),
                        4L * xStride,
                        4L * yStride,
                        4L * maskStride,
                        (long) Float.floatToRawIntBits(factor),
                        (long) Float.floatToRawIntBits(Float.NEGATIVE_INFINITY),
                        (long) Float.floatToRawIntBits(1f),
                        entries[1],
                        entries[FOUR],
                        MemorySegment.ofArray(constants));
            } catch (Throwable e) {
                throw MachineTiles.unexpected(e);
            }
        }
    }
}
