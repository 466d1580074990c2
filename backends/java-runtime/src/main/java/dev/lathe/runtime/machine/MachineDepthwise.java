package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Convolution in which each channel has a filter of its own, in machine code for AVX-512: pixels side by side, on the
 * arrays where they are. Whatever it touches is checked here before the call; see {@link MachineTiles}.
 */
public final class MachineDepthwise {
    /** Channels of a block. */
    private static final int BLOCK = 2 * Form.EVEX.lanes;

    /** See {@link DepthwiseCode} for the arguments. */
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.ofVoid(
                            ValueLayout.ADDRESS,
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
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.critical(true));

    private final MemorySegment plain;
    private final MemorySegment bounded;

    MachineDepthwise(MemorySegment plain, MemorySegment bounded) {
        this.plain = plain;
        this.bounded = bounded;
    }

    static MachineDepthwise of(Convention convention, ExecutableMemory memory)
            throws ExecutableMemory.RefusedException {
        return new MachineDepthwise(
                memory.holding(DepthwiseCode.write(convention, false)),
                memory.holding(DepthwiseCode.write(convention, true)));
    }

    /**
     * {@code y[p * channels + c] = start[c] + Σ x[places[t] + p * step + c] * filter[t * channels + c]} over taps
     * {@code t}, in this order and rounded once a tap, for all channels {@code c} of pixels {@code p}.
     *
     * @param pixels how many, one at least
     * @param step elements from the window of a pixel to that of the next
     * @param places where the taps of the first pixel are
     * @param taps how many of these there are
     * @param filter from {@code filterAt} on
     * @param channels how many, one at least
     * @param start a value for each channel, from the beginning
     * @param y the result, from {@code yAt} on
     * @param least what results are not below, if they are numbers; no negative zero
     * @param greatest what they are not above; no zero
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void multiply(
            int pixels,
            float[] x,
            int step,
            int[] places,
            int taps,
            float[] filter,
            int filterAt,
            int channels,
            float[] start,
            float[] y,
            int yAt,
            float least,
            float greatest) {
        Objects.checkIndex(0, pixels);
        Objects.checkIndex(0, channels);
        Objects.checkFromIndexSize(0, taps, places.length);
        Objects.checkFromIndexSize(0, step, Integer.MAX_VALUE);
        int first = x.length;
        int last = 0;
        for (int t = 0; t < taps; t++) {
            first = Math.min(first, places[t]);
            last = Math.max(last, places[t]);
        }
        if (taps > 0) {
            Objects.checkFromIndexSize(first, 0L, x.length);
            Objects.checkFromIndexSize(last, (pixels - 1L) * step + channels, x.length);
        }
        Objects.checkFromIndexSize(filterAt, (long) taps * channels, filter.length);
        Objects.checkFromIndexSize(0, channels, start.length);
        Objects.checkFromIndexSize(yAt, (long) pixels * channels, y.length);
        boolean isBounded = least > Float.NEGATIVE_INFINITY || greatest < Float.POSITIVE_INFINITY;
        MemorySegment code = isBounded ? bounded : plain;
        try {
            CALL.invokeExact(
                    code,
                    MemorySegment.ofArray(x),
                    MemorySegment.ofArray(filter),
                    MemorySegment.ofArray(start),
                    MemorySegment.ofArray(y),
                    4L * step,
                    (long) taps,
                    4L * filterAt,
                    0L,
                    4L * yAt,
                    4L * channels,
                    (long) pixels,
                    (long) channels / BLOCK,
                    (1L << channels % BLOCK) - 1,
                    MemorySegment.ofArray(places),
                    0L,
                    (long) Float.floatToRawIntBits(least),
                    (long) Float.floatToRawIntBits(greatest),
                    (long) Float.floatToRawIntBits(least == 0 ? 0f : -0f));
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }
}
