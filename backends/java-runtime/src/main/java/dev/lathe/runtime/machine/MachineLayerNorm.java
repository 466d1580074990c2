package dev.lathe.runtime.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * The layer normalization of rows in machine code, fast from the first call on. Whatever it touches is checked here
 * before the call; see {@link MachineTiles}.
 */
public final class MachineLayerNorm {
    /** Elements of a call at most, since no garbage is collected meanwhile: some microseconds. */
    private static final int LONGEST = 1 << 16;

    private static final int LANES = Assembler.Form.EVEX.lanes;

    /** See {@link LayerNormCode} for the arguments. */
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
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

    private MachineLayerNorm(MemorySegment code) {
        this.code = code;
    }

    static MachineLayerNorm of(Convention convention, ExecutableMemory memory)
            throws ExecutableMemory.RefusedException {
        return new MachineLayerNorm(memory.holding(LayerNormCode.write(convention)));
    }

    /**
     * Rows of {@code n} elements, one behind the other, with mean 0 and variance 1, times {@code scale} and plus
     * {@code bias}, which have an element for each of a row; {@code y} may be {@code x}.
     *
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void rows(
            int rows,
            int n,
            float[] x,
            int xAt,
            float epsilon,
            float[] scale,
            int scaleAt,
            float[] bias,
            int biasAt,
            float[] y,
            int yAt) {
        if (rows == 0 || n == 0) {
            return;
        }
        Objects.checkFromIndexSize(xAt, (long) rows * n, x.length);
        Objects.checkFromIndexSize(yAt, (long) rows * n, y.length);
        Objects.checkFromIndexSize(scaleAt, n, scale.length);
        Objects.checkFromIndexSize(biasAt, n, bias.length);
        int most = Math.max(1, LONGEST / n);
        for (int row = 0; row < rows; row += most) {
            int from = xAt + row * n;
            int to = yAt + row * n;
            try {
                CALL.invokeExact(
                        code,
                        MemorySegment.ofArray(x),
                        MemorySegment.ofArray(y),
                        MemorySegment.ofArray(scale),
                        4L * from,
                        4L * to,
                        4L * scaleAt,
                        MemorySegment.ofArray(bias),
                        4L * biasAt,
                        (long) n / LANES,
                        (1L << n % LANES) - 1,
                        (long) Math.min(most, rows - row),
                        4L * n,
                        (long) Float.floatToRawIntBits(n),
                        (long) Float.floatToRawIntBits(epsilon),
                        (long) Float.floatToRawIntBits(1f));
            } catch (Throwable e) {
                throw MachineTiles.unexpected(e);
            }
        }
    }
}
