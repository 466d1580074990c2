package dev.lathe.runtime.machine;

import java.util.stream.IntStream;

/**
 * Taps of a window that lie side by side, for which one function of {@link MachineDepthwise} is written: an element of
 * the image is loaded once for all pixels that see it at one of these taps.
 *
 * <p>Columns are places of the image a step apart: pixel {@code p} sees tap {@code t} in column
 * {@code p * stride + t * dilation}.
 *
 * @param taps how many, from 1 to {@link #MOST_TAPS}
 * @param stride columns from a pixel to the next, one at least
 * @param dilation columns from a tap to the next, one at least
 */
public record TapLine(int taps, int stride, int dilation) {
    /** A single tap, which works for all windows. */
    public static final TapLine ONE = new TapLine(1, 1, 1);

    private static final int MOST_TAPS = 9;
    /** Columns that the pixels of a run see at most. */
    private static final int MOST_COLUMNS = 26;
    /** Pixels whose sums are in registers, at most. */
    private static final int MOST_PIXELS = 8;
    /** Vectors for the sums of pixels and for the filter's taps, of one vector of channels. */
    private static final int VECTORS = 13;

    public TapLine {
        if (taps < 1 || stride < 1 || dilation < 1 || !fits(taps, stride, dilation)) {
            throw new IllegalArgumentException("no function for " + taps + " taps, " + stride + ", " + dilation);
        }
    }

    /** All taps of a kernel's row, if there can be a function for so many; else {@link #ONE}. */
    public static TapLine of(int kernelWidth, int stride, int dilation) {
        return kernelWidth > 1 && fits(kernelWidth, stride, dilation)
                ? new TapLine(kernelWidth, stride, dilation)
                : ONE;
    }

    private static boolean fits(int taps, int stride, int dilation) {
        return taps <= MOST_TAPS
                && stride <= MOST_COLUMNS
                && dilation <= MOST_COLUMNS
                && columns(pixels(taps), taps, stride, dilation) <= MOST_COLUMNS;
    }

    /** Pixels whose sums are in registers at a time; of a run with borders, the most there may be. */
    public int pixels() {
        return pixels(taps);
    }

    private static int pixels(int taps) {
        return Math.min(MOST_PIXELS, VECTORS - taps);
    }

    /** The columns from the first that so many pixels see to the last. */
    public int columns(int pixels) {
        return columns(pixels, taps, stride, dilation);
    }

    private static int columns(int pixels, int taps, int stride, int dilation) {
        return (pixels - 1) * stride + (taps - 1) * dilation + 1;
    }

    /** Which of {@code pixels} sees a column at tap {@code tap}; -1 if none does. */
    int pixel(int column, int tap, int pixels) {
        int first = column - tap * dilation;
        return first >= 0 && first % stride == 0 && first / stride < pixels ? first / stride : -1;
    }

    /** Whether one of {@code pixels} sees a column. */
    boolean isSeen(int column, int pixels) {
        return IntStream.range(0, taps).anyMatch(tap -> pixel(column, tap, pixels) >= 0);
    }
}
