package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.DepthwiseCode.End;
import dev.lathe.runtime.machine.DepthwiseCode.Operation;
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
 * Convolution in which each channel has a filter of its own, and pools, in machine code for AVX-512: pixels side by
 * side, on the arrays where they are. Whatever it touches is checked here before the call; see {@link MachineTiles}.
 */
public final class MachineDepthwise {
    /** What sums are given for what maxima find; they leave it alone. */
    private static final short[] NOTHING_FOUND = new short[1];
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
                            ValueLayout.ADDRESS,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.ADDRESS,
                            ValueLayout.ADDRESS),
                    Linker.Option.critical(true));

    private static final long[] NO_FUNCTION = {};

    private final Map<End, MemorySegment> code;
    private final MemorySegment sums;
    private final MemorySegment maxima;

    /** {@code code} is of convolutions. */
    MachineDepthwise(Map<End, MemorySegment> code, MemorySegment sums, MemorySegment maxima) {
        this.code = code;
        this.sums = sums;
        this.maxima = maxima;
    }

    static MachineDepthwise of(Convention convention, ExecutableMemory memory)
            throws ExecutableMemory.RefusedException {
        Map<End, MemorySegment> code = new EnumMap<>(End.class);
        for (End end : End.values()) {
            code.put(end, memory.holding(DepthwiseCode.write(convention, Operation.MULTIPLY_ADD, end)));
        }
        return new MachineDepthwise(
                code,
                memory.holding(DepthwiseCode.write(convention, Operation.ADD, End.NOTHING)),
                memory.holding(DepthwiseCode.write(convention, Operation.MAX, End.NOTHING)));
    }

    /**
     * The sum of {@code start} and the products of filter and image at the taps that a pixel sees, in this order and
     * rounded once a tap, for all channels of the pixels of all runs.
     *
     * @param x the image, from {@code xAt} on
     * @param filter {@code [taps, channels]}, from the beginning
     * @param start a value for each channel, from the beginning
     * @param y the result, from {@code yAt} on
     * @param function what sums become, and then no bounds cut them; null for none
     * @param constants those of {@code function}; any array without one
     * @param least what results are not below, if they are numbers; no negative zero
     * @param greatest what they are not above; no zero
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void multiply(
            PixelRuns runs,
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
                    4L * xAt,
                    0L,
                    4L * yAt,
                    4L * runs.channels,
                    0L,
                    (long) runs.channels / BLOCK,
                    (1L << runs.channels % BLOCK) - 1,
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

    /**
     * {@code y[p * yStep + c] = start[c] + Σ x[places[t] + p * step + c]} over taps {@code t}, in this order, for all
     * channels {@code c} of pixels {@code p}.
     *
     * @param pixels how many, one at least
     * @param step elements from the window of a pixel to that of the next
     * @param places where the taps of the first pixel are
     * @param taps how many of these there are
     * @param channels how many, one at least
     * @param start a value for each channel, from the beginning
     * @param y the result, from {@code yAt} on
     * @param yStep elements from the result of a pixel to that of the next, as many as channels at least
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void add(
            int pixels,
            float[] x,
            int step,
            int[] places,
            int taps,
            int channels,
            float[] start,
            float[] y,
            int yAt,
            int yStep) {
        pool(sums, pixels, x, step, places, taps, channels, start, y, yAt, yStep, NOTHING_FOUND);
    }

    /**
     * As {@link #add}, with the greatest of numbers instead of sums.
     *
     * @param found room for a number that is not zero if an element is NaN; then results are not what they should be
     */
    public void max(
            int pixels,
            float[] x,
            int step,
            int[] places,
            int taps,
            int channels,
            float[] start,
            float[] y,
            int yAt,
            int yStep,
            short[] found) {
        Objects.checkIndex(0, found.length);
        pool(maxima, pixels, x, step, places, taps, channels, start, y, yAt, yStep, found);
    }

    private static void pool(
            MemorySegment function,
            int pixels,
            float[] x,
            int step,
            int[] places,
            int taps,
            int channels,
            float[] start,
            float[] y,
            int yAt,
            int yStep,
            short[] found) {
        check(pixels, x, step, places, taps, channels);
        Objects.checkFromIndexSize(0, channels, start.length);
        Objects.checkFromIndexSize(0, channels, yStep);
        Objects.checkFromIndexSize(yAt, (pixels - 1L) * yStep + channels, y.length);
        try {
            CALL.invokeExact(
                    function,
                    MemorySegment.ofArray(x),
                    MemorySegment.ofArray(start),
                    MemorySegment.ofArray(start),
                    MemorySegment.ofArray(y),
                    4L * step,
                    (long) taps,
                    0L,
                    0L,
                    4L * yAt,
                    4L * yStep,
                    (long) pixels,
                    (long) channels / BLOCK,
                    (1L << channels % BLOCK) - 1,
                    MemorySegment.ofArray(places),
                    MemorySegment.ofArray(NO_FUNCTION),
                    0L,
                    0L,
                    0L,
                    MemorySegment.ofArray(NO_FUNCTION),
                    MemorySegment.ofArray(found));
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }

    /** Throws if windows of pixels lie outside of an array. */
    private static void check(int pixels, float[] x, int step, int[] places, int taps, int channels) {
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
    }
}
