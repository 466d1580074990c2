package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.DepthwiseCode.Operation;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Pools of pixels side by side in machine code for AVX-512, on the arrays where they are: the functions of a
 * convolution in which each channel has a filter of its own, without the filter. Whatever they touch is checked here
 * before the call; see {@link MachineTiles}.
 */
public final class MachinePools {
    /** What sums are given for what maxima find; they leave it alone. */
    private static final short[] NOTHING_FOUND = new short[1];

    private static final long[] NOTHING = {};

    private final MemorySegment sums;
    private final MemorySegment maxima;

    MachinePools(MemorySegment sums, MemorySegment maxima) {
        this.sums = sums;
        this.maxima = maxima;
    }

    static MachinePools of(Convention convention, ExecutableMemory memory) throws ExecutableMemory.RefusedException {
        return new MachinePools(
                memory.holding(DepthwiseCode.pool(convention, Operation.ADD)),
                memory.holding(DepthwiseCode.pool(convention, Operation.MAX)));
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
            MachineDepthwise.CALL.invokeExact(
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
                    (long) channels / MachineDepthwise.BLOCK,
                    (1L << channels % MachineDepthwise.BLOCK) - 1,
                    MemorySegment.ofArray(places),
                    MemorySegment.ofArray(NOTHING),
                    0L,
                    0L,
                    0L,
                    MemorySegment.ofArray(NOTHING),
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
