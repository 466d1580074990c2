package dev.lathe.runtime.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Rounds floats to brain floats in machine code, as tiles of these take them. Whatever it touches is checked here
 * before the call; see {@link MachineTiles}.
 */
public final class MachineRounding {
    /** Elements of a call at most, since no garbage is collected meanwhile: some microseconds. */
    private static final int LONGEST = 1 << 17;

    private static final int LANES = Assembler.Form.EVEX.lanes;

    /** See {@link RoundingCode} for the arguments. */
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.critical(true));

    private final MemorySegment code;

    private MachineRounding(MemorySegment code) {
        this.code = code;
    }

    static MachineRounding of(Convention convention, ExecutableMemory memory) throws ExecutableMemory.RefusedException {
        return new MachineRounding(memory.holding(RoundingCode.write(convention)));
    }

    /**
     * {@code y[yAt + r * yStride + i]} is the brain float that is nearest to {@code x[xAt + r * xStride + i]}, of two
     * the one with an even last bit; what is too small for a normal number is zero. Behind an odd number {@code n} of
     * them comes a zero.
     *
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void round(int rows, float[] x, int xAt, int xStride, int n, short[] y, int yAt, int yStride) {
        if (rows == 0 || n == 0) {
            return;
        }
        Objects.checkFromIndexSize(xAt, MachineTiles.extent(rows, xStride, n), x.length);
        Objects.checkFromIndexSize(yAt, MachineTiles.extent(rows, yStride, n + 1L & ~1L), y.length);
        int most = Math.max(1, LONGEST / n);
        for (int row = 0; row < rows; row += most) {
            call(Math.min(most, rows - row), x, xAt + row * xStride, xStride, n, y, yAt + row * yStride, yStride);
        }
    }

    private void call(int rows, float[] x, int xAt, int xStride, int n, short[] y, int yAt, int yStride) {
        int rest = n % LANES;
        try {
            CALL.invokeExact(
                    code,
                    MemorySegment.ofArray(x),
                    MemorySegment.ofArray(y),
                    4L * xAt,
                    2L * yAt,
                    (long) n / LANES,
                    (long) rows,
                    (1L << rest) - 1,
                    (1L << Math.ceilDiv(rest, 2)) - 1,
                    4L * xStride,
                    2L * yStride);
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }
}
