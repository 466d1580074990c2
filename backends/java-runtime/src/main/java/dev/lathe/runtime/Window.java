package dev.lathe.runtime;

import java.util.Arrays;

/** How a two-dimensional window slides over a picture of {@code height × width} pixels with {@code channels} each, the channels last. */
public final class Window {
    final int kernelHeight;
    final int kernelWidth;
    final int strideHeight;
    final int strideWidth;
    final int dilationHeight;
    final int dilationWidth;
    int padTop;
    int padLeft;
    int batch;
    int height;
    int width;
    int channels;
    int outHeight;
    int outWidth;

    public Window(
            int kernelHeight,
            int kernelWidth,
            int strideHeight,
            int strideWidth,
            int dilationHeight,
            int dilationWidth) {
        this.kernelHeight = kernelHeight;
        this.kernelWidth = kernelWidth;
        this.strideHeight = strideHeight;
        this.strideWidth = strideWidth;
        this.dilationHeight = dilationHeight;
        this.dilationWidth = dilationWidth;
    }

    /** Sets the input {@code [batch, height, width, channels]}, the padding before it, and the number of window positions. */
    public void prepare(
            int newBatch,
            int newHeight,
            int newWidth,
            int newChannels,
            int newPadTop,
            int newPadLeft,
            int newOutHeight,
            int newOutWidth) {
        batch = newBatch;
        height = newHeight;
        width = newWidth;
        channels = newChannels;
        padTop = newPadTop;
        padLeft = newPadLeft;
        outHeight = newOutHeight;
        outWidth = newOutWidth;
    }

    int taps() {
        return kernelHeight * kernelWidth;
    }

    int outRows() {
        return batch * outHeight;
    }

    /** Output rows of one task, so that each of {@code workers} gets several. */
    int rowsPerTask(int workers) {
        return Math.max(1, outRows() / (workers * 8));
    }

    /**
     * Where the inputs of {@code n} windows start: {@code offsets[tap * n + i]} for window {@code outColumn + i} of output row {@code outRow}, which counts over the
     * whole batch.
     *
     * @param at where the input starts
     * @param outside what stands for a position outside of the picture
     */
    void offsets(int outRow, int outColumn, int n, int at, int outside, int[] offsets) {
        int image = outRow / outHeight;
        int top = outRow % outHeight * strideHeight - padTop;
        for (int kh = 0, o = 0; kh < kernelHeight; kh++) {
            int y = top + kh * dilationHeight;
            boolean inside = y >= 0 && y < height;
            int row = at + (image * height + y) * width * channels;
            for (int kw = 0; kw < kernelWidth; kw++) {
                int x = outColumn * strideWidth - padLeft + kw * dilationWidth;
                for (int i = 0; i < n; i++, x += strideWidth) {
                    offsets[o++] = inside && x >= 0 && x < width ? row + x * channels : outside;
                }
            }
        }
    }

    /** Whether the window of an output pixel, counted over the whole batch, lies in the picture. */
    boolean isInside(int pixel) {
        int left = pixel % outWidth * strideWidth - padLeft;
        int top = pixel / outWidth % outHeight * strideHeight - padTop;
        return left >= 0
                && top >= 0
                && left + (kernelWidth - 1) * dilationWidth < width
                && top + (kernelHeight - 1) * dilationHeight < height;
    }

    /** Where the window of an output pixel starts, from the start of the input; for windows in the picture. */
    int start(int pixel) {
        int left = pixel % outWidth * strideWidth - padLeft;
        int row = pixel / outWidth;
        int top = row % outHeight * strideHeight - padTop;
        return ((row / outHeight * height + top) * width + left) * channels;
    }

    /** Where the elements of a window are, from its start: {@code depth} channels for each tap. */
    int[] path(int depth) {
        int[] path = new int[taps() * depth];
        for (int kh = 0, o = 0; kh < kernelHeight; kh++) {
            for (int kw = 0; kw < kernelWidth; kw++) {
                int at = (kh * dilationHeight * width + kw * dilationWidth) * channels;
                for (int d = 0; d < depth; d++) {
                    path[o++] = at + d;
                }
            }
        }
        return path;
    }

    /** Copies {@code depth} channels for each tap of a pixel's window, zeros for those outside. */
    void copy(int pixel, float[] x, int at, int depth, float[] to, int toAt) {
        int row = pixel / outWidth;
        int left = pixel % outWidth * strideWidth - padLeft;
        int top = row % outHeight * strideHeight - padTop;
        int image = row / outHeight * height;
        for (int kh = 0, o = toAt; kh < kernelHeight; kh++) {
            int line = top + kh * dilationHeight;
            for (int kw = 0; kw < kernelWidth; kw++, o += depth) {
                int place = left + kw * dilationWidth;
                if (line >= 0 && line < height && place >= 0 && place < width) {
                    System.arraycopy(x, at + ((image + line) * width + place) * channels, to, o, depth);
                } else {
                    Arrays.fill(to, o, o + depth, 0);
                }
            }
        }
    }
}
