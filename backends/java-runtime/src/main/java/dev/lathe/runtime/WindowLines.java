package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;

/**
 * Windows that are read where they are, line by line, for a convolution of one group whose taps lie side by side: in
 * the image itself if no window reaches over its border, or else among copied lines with zeros around them.
 */
final class WindowLines {
    private final SlidingWindow window;
    private final boolean inImage;
    /** Pixels of a copied line. */
    private final int width;

    /** For the window as it is now. */
    WindowLines(SlidingWindow window) {
        this.window = window;
        this.inImage = window.isInside();
        long reach = (window.outWidth - 1L) * window.strideWidth + window.kernelWidth;
        this.width = inImage ? window.width : Sizes.index(reach);
    }

    /** Whether windows can be read so, and fill tiles of so many: no tile goes on in the next output row. */
    static boolean suit(SlidingWindow window, int tileRows) {
        return window.dilationWidth == 1 && window.padLeft >= 0 && window.outWidth >= tileRows;
    }

    /** Elements of a line of a window. */
    int depth() {
        return window.kernelWidth * window.channels;
    }

    /** Elements from a window to the next. */
    int step() {
        return window.strideWidth * window.channels;
    }

    /** Elements from a line of a window to the next. */
    int lineStride() {
        return window.dilationHeight * width * window.channels;
    }

    /** Whether lines are copied. */
    boolean areCopied() {
        return !inImage;
    }

    /** Elements of the lines that {@code rows} output rows of one image see; 0 if none are copied. */
    long room(int rows) {
        return inImage || rows == 0 ? 0 : (long) lines(rows) * width * window.channels;
    }

    private int lines(int rows) {
        long reach = (rows - 1L) * window.strideHeight + (window.kernelHeight - 1L) * window.dilationHeight + 1;
        return Sizes.index(reach);
    }

    /** Where the first window of an output row begins in the image, which begins at 0; only if no lines are copied. */
    int inImage(int row) {
        int line = row / window.outHeight * window.height + window.top(row);
        return (line * window.width - window.padLeft) * window.channels;
    }

    /**
     * Where the first window of output row {@code row} begins among the lines that are copied for rows of its image
     * from
     * {@code first} on.
     */
    int copied(int first, int row) {
        return (row - first) * window.strideHeight * width * window.channels;
    }

    /** How many lines are copied for all output rows of all images. */
    int allLines() {
        return inImage ? 0 : Sizes.index((long) window.batch * lines(window.outHeight));
    }

    /** Copies line {@code number} of {@link #allLines}, which lie one behind the other. */
    void copyLine(int number, float[] x, int xAt, float[] to) {
        int each = lines(window.outHeight);
        copyLine(number / each, number % each - window.padTop, x, xAt, to, number * width * window.channels);
    }

    /** Copies the lines that {@code rows} output rows of one image see, to the beginning of {@code to}. */
    void copy(int row, int rows, float[] x, int xAt, float[] to) {
        for (int i = 0, n = lines(rows); i < n; i++) {
            copyLine(row / window.outHeight, window.top(row) + i, x, xAt, to, i * width * window.channels);
        }
    }

    private void copyLine(int image, int line, float[] x, int xAt, float[] to, int at) {
        int channels = window.channels;
        int end = at + width * channels;
        if (line < 0 || line >= window.height) {
            Arrays.fill(to, at, end, 0);
            return;
        }
        int begin = at + Math.min(width, window.padLeft) * channels;
        int n = Math.min(end - begin, window.width * channels);
        Arrays.fill(to, at, begin, 0);
        System.arraycopy(x, xAt + (image * window.height + line) * window.width * channels, to, begin, n);
        Arrays.fill(to, begin + n, end, 0);
    }
}
