package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.DepthwiseCode.End;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Convolution in which each channel has a filter of its own, in machine code for AVX-512: pixels side by side, on the
 * arrays where they are, for windows of which each line has the same taps. Whatever it touches is checked here before
 * the call; see {@link MachineTiles}.
 */
public final class MachineDepthwise {
    /** Channels of a block; tasks with some of the channels best have whole ones. */
    public static final int BLOCK = 2 * Form.EVEX.lanes;

    /** See {@link DepthwiseCode} for the arguments. */
    static final MethodHandle CALL = Linker.nativeLinker()
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
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS),
                    Linker.Option.critical(true));

    private static final long[] NO_FUNCTION = {};

    private final TapLine line;
    private final Map<End, MemorySegment> code;

    MachineDepthwise(TapLine line, Map<End, MemorySegment> code) {
        this.line = line;
        this.code = code;
    }

    static MachineDepthwise of(TapLine line, Convention convention, ExecutableMemory memory)
            throws ExecutableMemory.RefusedException {
        Map<End, MemorySegment> code = new EnumMap<>(End.class);
        for (End end : End.values()) {
            code.put(end, memory.holding(DepthwiseCode.convolution(convention, end, line)));
        }
        return new MachineDepthwise(line, code);
    }

    /**
     * The sum of {@code start} and the products of filter and image at the taps that a pixel sees, in this order and
     * rounded once a tap, for some channels of the pixels of all runs.
     *
     * @param channel the first of these channels
     * @param channels how many
     * @param x the image, from {@code xAt} on
     * @param filter {@code [taps, channels]}, from the beginning
     * @param start a value for each channel, from the beginning
     * @param y the result, from {@code yAt} on
     * @param function what sums become, and then no bounds cut them; null for none
     * @param constants those of {@code function}; any array without one
     * @param least what results are not below, if they are numbers; no negative zero
     * @param greatest what they are not above; no zero
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     * @throws IllegalArgumentException if the runs are of other lines
     */
    public void multiply(
            PixelRuns runs,
            int channel,
            int channels,
            float[] x,
            int xAt,
            float[] filter,
            float[] start,
            float[] y,
            int yAt,
            @Nullable MachineFunction function,
            float[] constants,
            float least,
            float greatest) {
        if (!runs.line.equals(line)) {
            throw new IllegalArgumentException("runs of " + runs.line + " for " + line);
        }
        Objects.checkFromIndexSize(channel, channels, runs.channels);
        Objects.checkFromToIndex(xAt + runs.imageFrom, xAt + runs.imageTo, (long) x.length);
        Objects.checkFromIndexSize(0, runs.filterTo, (long) filter.length);
        Objects.checkFromIndexSize(0, runs.channels, start.length);
        Objects.checkFromIndexSize(yAt, runs.resultTo, (long) y.length);
        boolean isBounded = least > Float.NEGATIVE_INFINITY || greatest < Float.POSITIVE_INFINITY;
        if (function != null) {
            function.check(constants);
        }
        End end = function != null ? End.FUNCTION : isBounded ? End.BOUNDS : End.NOTHING;
        long[] entries = function != null ? function.entries() : NO_FUNCTION;
        try {
            CALL.invokeExact(
                    Objects.requireNonNull(code.get(end)),
                    MemorySegment.ofArray(x),
                    MemorySegment.ofArray(filter),
                    MemorySegment.ofArray(start),
                    MemorySegment.ofArray(y),
                    4L * runs.step,
                    (long) runs.count,
                    4L * (xAt + channel),
                    4L * channel,
                    4L * (yAt + channel),
                    4L * runs.channels,
                    Math.max(1, runs.filterTo / runs.channels),
                    (long) channels / BLOCK,
                    (1L << channels % BLOCK) - 1,
                    MemorySegment.ofArray(runs.places),
                    MemorySegment.ofArray(runs.runs),
                    (long) Float.floatToRawIntBits(least),
                    (long) Float.floatToRawIntBits(greatest),
                    (long) Float.floatToRawIntBits(least == 0 ? 0f : -0f),
                    MemorySegment.ofArray(entries),
                    MemorySegment.ofArray(constants));
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }
}
