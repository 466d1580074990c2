package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.runtime.machine.PixelRuns;
import dev.lathe.runtime.machine.TapLine;

/**
 * How a two-dimensional window slides over an image of {@code height × width} pixels with {@code channels} each, the
 * channels last.
 */
public final class SlidingWindow {
    /** Parts of the output for each worker, so that none waits long for the last. */
    private static final int TASKS = 8;

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
    private int rowsPerTask = 1;
    private int columnsPerTask = 1;
    private int columnTasks = 1;

    public SlidingWindow(
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

    /**
     * Sets the input {@code [batch, height, width, channels]}, the padding before it, and the number of window
     * positions.
     */
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
        checkReach(height, padTop, outHeight, strideHeight, kernelHeight, dilationHeight);
        checkReach(width, padLeft, outWidth, strideWidth, kernelWidth, dilationWidth);
        Sizes.index((long) batch * outHeight);
        Sizes.index((long) batch * height);
    }

    /**
     * Checks that every position of an axis that a window touches is an {@code int}, so that kernels compute with
     * those.
     */
    private static void checkReach(int size, int pad, int positions, int stride, int kernel, int dilation) {
        Sizes.index((long) size + pad);
        Sizes.index((long) positions * stride);
        Sizes.index((positions - 1L) * stride - pad + (kernel - 1L) * dilation);
    }

    int taps() {
        return Sizes.index((long) kernelHeight * kernelWidth);
    }

    int outRows() {
        return batch * outHeight;
    }

    /**
     * Divides the output among {@code workers}, several parts for each: rows, or where there are few, parts of rows
     * in steps of so many pixels.
     */
    void divide(int workers, int step) {
        rowsPerTask = Math.max(1, outRows() / (workers * TASKS));
        int wanted = workers == 1 || rowsPerTask > 1 ? 1 : Math.ceilDiv(workers * TASKS, Math.max(1, outRows()));
        columnsPerTask = Math.max(step, Sizes.index((long) Math.ceilDiv(Math.ceilDiv(outWidth, wanted), step) * step));
        columnTasks = Math.max(1, Math.ceilDiv(outWidth, columnsPerTask));
    }

    /** Divides the output into so many parts of whole rows, or as many as there are. */
    void divideRows(int parts) {
        rowsPerTask = Math.max(1, Math.ceilDiv(outRows(), parts));
        columnsPerTask = Math.max(1, outWidth);
        columnTasks = 1;
    }

    int tasks() {
        return Sizes.index((long) Math.ceilDiv(outRows(), rowsPerTask) * columnTasks);
    }

    int firstRow(int task) {
        return task / columnTasks * rowsPerTask;
    }

    int endRow(int task) {
        int first = firstRow(task);
        return first + Math.min(rowsPerTask, outRows() - first);
    }

    int firstColumn(int task) {
        return task % columnTasks * columnsPerTask;
    }

    int endColumn(int task) {
        int first = firstColumn(task);
        return first + Math.min(columnsPerTask, outWidth - first);
    }

    /** The row of its image that the first row of the kernel sees in output row {@code outRow}. */
    int top(int outRow) {
        return outRow % outHeight * strideHeight - padTop;
    }

    /**
     * The first row of the kernel that lies in the image when the window is in output row {@code outRow}, which
     * counts over the whole batch.
     */
    int firstKernelRow(int outRow) {
        return Math.clamp(Math.ceilDiv(-top(outRow), dilationHeight), 0, kernelHeight);
    }

    /** The row behind the kernel's last row in the image; not before the first. */
    int endKernelRow(int outRow) {
        return Math.clamp(Math.ceilDiv(height - top(outRow), dilationHeight), firstKernelRow(outRow), kernelHeight);
    }

    /**
     * Where the inputs of {@code n} windows start, for the kernel's rows in the image: {@code offsets[tap * n + i]}
     * for window {@code outColumn + i} of output row {@code outRow}.
     *
     * @param at where the input starts
     * @param outside what stands for a position left or right of the image
     */
    void offsets(int outRow, int outColumn, int n, int at, int outside, int[] offsets) {
        int end = endKernelRow(outRow);
        for (int kh = firstKernelRow(outRow), o = 0; kh < end; kh++) {
            int y = outRow / outHeight * height + top(outRow) + kh * dilationHeight;
            for (int kw = 0; kw < kernelWidth; kw++) {
                int x = outColumn * strideWidth - padLeft + kw * dilationWidth;
                for (int i = 0; i < n; i++, x += strideWidth) {
                    offsets[o++] = x >= 0 && x < width ? at + (y * width + x) * channels : outside;
                }
            }
        }
    }

    /** No runs yet, for {@link #addRow}. The lines have all taps of a kernel's row, or one. */
    PixelRuns runs(TapLine line) {
        return new PixelRuns(line, channels, outWidth > 1 ? columnStep(line) * channels : channels);
    }

    /** Places of the image from a column of a line to the next: where a line has one tap, columns are pixels. */
    private int columnStep(TapLine line) {
        return line.taps() == 1 ? strideWidth : 1;
    }

    /**
     * Adds pixels {@code from} to {@code to - 1} of an output row to what a kernel computes: those that see all columns
     * of the kernel in one run, and at the borders others with some of these to fill a run.
     *
     * @param runs what {@link #runs} has made for such lines
     * @param ring so many rows of the images there is room for: each takes the place of the one so far before it
     */
    void addRow(PixelRuns runs, TapLine line, int outRow, int from, int to, int ring) {
        int whole = Math.clamp(firstWholeColumn(), from, to);
        int end = Math.clamp(endWholeColumn(), whole, to);
        int kernelRow = firstKernelRow(outRow);
        int filter = kernelRow * kernelWidth * channels;
        int first = outRow / outHeight * height + top(outRow) + kernelRow * dilationHeight;
        int image = first % ring * width * channels;
        int ofRow = kernelWidth / line.taps();
        int lines = (endKernelRow(outRow) - kernelRow) * ofRow;
        for (int column = from; column < to; ) {
            int left = column * strideWidth - padLeft;
            int result = (outRow * outWidth + column) * channels;
            int inside = column < whole ? 0 : Math.max(0, end - column);
            int behind = to - Math.max(end, column);
            int rest = inside % line.pixels();
            inside = behind > 0 && rest + behind <= line.pixels() ? inside - rest : inside;
            int pixels = inside > 0 ? inside : Math.min(line.pixels(), to - column);
            int[] places = new int[lines];
            int[] seen = new int[lines];
            for (int l = 0; l < lines; l++) {
                int x = left + l % ofRow * line.taps() * dilationWidth;
                for (int c = 0; c < line.columns(pixels) && inside == 0; c++) {
                    int place = x + c * columnStep(line);
                    seen[l] |= place >= 0 && place < width ? 1 << c : 0;
                }
                if (inside > 0 || seen[l] != 0) {
                    int row = (first + l / ofRow * dilationHeight) % ring - first % ring;
                    places[l] = (row * width + x) * channels;
                }
            }
            if (inside > 0) {
                runs.add(pixels, image, places, filter, result);
            } else {
                runs.addAtBorder(pixels, image, places, seen, filter, result);
            }
            column += pixels;
        }
    }

    /**
     * The first row of the images, counted over the batch, that a window in an output row can see; later rows no
     * less.
     */
    int firstSeen(int outRow) {
        return outRow / outHeight * height + Math.clamp(top(outRow), 0, height);
    }

    /** The row behind the last that it can see; not before the first. */
    int endSeen(int outRow) {
        int end = top(outRow) + (kernelHeight - 1) * dilationHeight + 1;
        return outRow / outHeight * height + Math.clamp(end, 0, height);
    }

    /** Whether no window reaches over a border of the image. */
    boolean isInside() {
        int last = (outHeight - 1) * strideHeight - padTop + (kernelHeight - 1) * dilationHeight;
        return padTop <= 0 && last < height && firstWholeColumn() <= 0 && endWholeColumn() == outWidth;
    }

    /** The first output column whose windows reach over no border on their left. */
    int firstWholeColumn() {
        return Math.min(outWidth, Math.ceilDiv(padLeft, strideWidth));
    }

    /** The column behind the last whose windows reach over no border on their right; not before the first whole one. */
    int endWholeColumn() {
        int last = width - 1 - (kernelWidth - 1) * dilationWidth + padLeft;
        return Math.clamp(last < 0 ? 0 : last / strideWidth + 1, firstWholeColumn(), outWidth);
    }

    /**
     * Copies the windows of {@code n} pixels from {@code first} on, counted over the whole batch, one behind the other:
     * {@code depth} channels for each tap.
     *
     * @param x the image, with the first of these channels from {@code at} on
     * @param to where the copies go, from {@code firstAt} on
     * @param outside so many elements for a tap that is outside of the image
     */
    void copy(
            int first,
            int n,
            float[] x,
            int at,
            int depth,
            float[] to,
            int firstAt,
            float[] outside,
            Primitives primitives) {
        int length = taps() * depth;
        int end = first + n;
        for (int pixel = first, toAt = firstAt; pixel < end; ) {
            int row = pixel / outWidth;
            int column = pixel % outWidth;
            int last = Math.min(outWidth, column + end - pixel);
            boolean isInside = firstKernelRow(row) == 0 && endKernelRow(row) == kernelHeight;
            int from = isInside ? Math.clamp(firstWholeColumn(), column, last) : last;
            int until = isInside ? Math.clamp(endWholeColumn(), from, last) : last;
            for (int c = column; c < from; c++, toAt += length) {
                copy(row * outWidth + c, x, at, depth, to, toAt, outside);
            }
            if (from < until) {
                copyInside(row, from, until - from, x, at, depth, to, toAt, primitives);
                toAt += (until - from) * length;
            }
            for (int c = until; c < last; c++, toAt += length) {
                copy(row * outWidth + c, x, at, depth, to, toAt, outside);
            }
            pixel += last - column;
        }
    }

    /** Copies the windows of {@code n} columns of a row that all lie in the image, piece by piece. */
    private void copyInside(
            int row, int column, int n, float[] x, int at, int depth, float[] to, int toAt, Primitives primitives) {
        int image = row / outHeight * height + top(row);
        int left = column * strideWidth - padLeft;
        boolean lines = dilationWidth == 1 && depth == channels;
        int piece = lines ? kernelWidth * channels : depth;
        for (int kh = 0; kh < kernelHeight; kh++) {
            int line = at + ((image + kh * dilationHeight) * width + left) * channels;
            for (int kw = 0; kw < (lines ? 1 : kernelWidth); kw++) {
                primitives.copy(
                        n,
                        piece,
                        x,
                        line + kw * dilationWidth * channels,
                        strideWidth * channels,
                        to,
                        toAt + (kh * kernelWidth + kw) * depth,
                        taps() * depth);
            }
        }
    }

    /** Copies a window whose lines are each in one piece. */
    private void copyLines(int image, int top, int left, Object x, int at, Object to, int toAt, Object outside) {
        int begin = Math.clamp(-(long) left, 0, kernelWidth);
        int end = Math.clamp((long) width - left, begin, kernelWidth);
        for (int kh = 0, o = toAt; kh < kernelHeight; kh++, o += kernelWidth * channels) {
            int line = top + kh * dilationHeight;
            boolean inside = line >= 0 && line < height;
            int first = inside ? begin : kernelWidth;
            int last = inside ? end : kernelWidth;
            for (int kw = 0; kw < first; kw++) {
                System.arraycopy(outside, 0, to, o + kw * channels, channels);
            }
            if (first < last) {
                int from = at + ((image + line) * width + left + first) * channels;
                System.arraycopy(x, from, to, o + first * channels, (last - first) * channels);
            }
            for (int kw = last; kw < kernelWidth; kw++) {
                System.arraycopy(outside, 0, to, o + kw * channels, channels);
            }
        }
    }

    /**
     * Copies {@code depth} channels for each tap of a pixel's window.
     *
     * @param x an array of any type, with the image from {@code at} on
     * @param to an array of the same type
     * @param to where the copies go, from {@code firstAt} on
     * @param outside so many elements for a tap that is outside of the image
     */
    void copy(int pixel, Object x, int at, int depth, Object to, int toAt, Object outside) {
        int row = pixel / outWidth;
        int left = pixel % outWidth * strideWidth - padLeft;
        int top = row % outHeight * strideHeight - padTop;
        int image = row / outHeight * height;
        if (dilationWidth == 1 && depth == channels) {
            copyLines(image, top, left, x, at, to, toAt, outside);
            return;
        }
        for (int kh = 0, o = toAt; kh < kernelHeight; kh++) {
            int line = top + kh * dilationHeight;
            boolean inside = line >= 0 && line < height;
            for (int kw = 0; kw < kernelWidth; kw++, o += depth) {
                int place = left + kw * dilationWidth;
                if (inside && place >= 0 && place < width) {
                    System.arraycopy(x, at + ((image + line) * width + place) * channels, to, o, depth);
                } else {
                    System.arraycopy(outside, 0, to, o, depth);
                }
            }
        }
    }
}
