package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/**
 * The largest of sliding windows over images of bytes, channels last, a row of results at a time: first of the lines
 * that its windows cover, then of neighbours in that line. So vectors are filled, however few the channels are.
 */
final class BytePooling {
    /** How many times as long as lines of the image those with padding may be. */
    private static final int MOST = 3;

    private final Primitives primitives = Primitives.best();
    private final boolean unsigned;
    private final byte least;
    private final SlidingWindow w;
    /** The greatest of some lines, with padding. */
    private final byte[] line;
    /** The greatest of neighbours there, for each place. */
    private final byte[] greatest;

    /** @param window which {@link #takes} */
    BytePooling(ElementType type, SlidingWindow window) {
        unsigned = type == ElementType.U8;
        least = unsigned ? 0 : Byte.MIN_VALUE;
        w = window;
        line = Scratch.bytes(1, extent(w))[0];
        greatest = Scratch.bytes(1, extent(w))[0];
    }

    /** Whether lines with padding are not much longer than those of the image. */
    static boolean takes(SlidingWindow w) {
        return extent(w) <= (long) MOST * w.width * w.channels;
    }

    /** The bytes that the windows of a row cover. */
    private static long extent(SlidingWindow w) {
        long pixels = (w.outWidth - 1L) * w.strideWidth + (w.kernelWidth - 1L) * w.dilationWidth + 1;
        return pixels * w.channels;
    }

    /** Makes row {@code row} of all images. */
    void pool(int row, byte[] x, int xAt, byte[] y, int yAt) {
        int channels = w.channels;
        int all = (int) extent(w);
        int before = (int) Math.min((long) w.padLeft * channels, all);
        int n = Math.min(w.width * channels, all - before);
        int first = w.firstKernelRow(row);
        int end = w.endKernelRow(row);
        int top = row / w.outHeight * w.height + row % w.outHeight * w.strideHeight - w.padTop;
        Arrays.fill(line, 0, first < end ? before : all, least);
        Arrays.fill(line, before + n, all, least);
        for (int k = first; k < end; k++) {
            int at = xAt + (top + k * w.dilationHeight) * w.width * channels;
            if (k == first) {
                System.arraycopy(x, at, line, before, n);
            } else {
                primitives.max(x, at, n, unsigned, line, before);
            }
        }
        int places = ((w.outWidth - 1) * w.strideWidth + 1) * channels;
        System.arraycopy(line, 0, greatest, 0, places);
        for (int k = 1; k < w.kernelWidth; k++) {
            primitives.max(line, k * w.dilationWidth * channels, places, unsigned, greatest, 0);
        }
        if (w.strideWidth == 1) {
            System.arraycopy(greatest, 0, y, yAt, places);
            return;
        }
        for (int column = 0; column < w.outWidth; column++) {
            System.arraycopy(greatest, column * w.strideWidth * channels, y, yAt + column * channels, channels);
        }
    }
}
