package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/**
 * Windows over images of one channel, a row of results at a time: first over the rows of each window, for all columns
 * at once, then over its columns, for all windows at once. One object for each worker.
 */
final class RowPooling {
    /** From how many columns on a window is a row of its own. */
    private static final int WIDE_WINDOW = 16;

    private final Primitives primitives = Primitives.best();
    private final boolean max;
    private final ElementType type;
    private final SlidingWindow window;
    /** The columns that windows begin in and those between. */
    private final int starts;
    /** The columns that windows reach over; of the image those from {@code first} to {@code end}. */
    private final int reach;

    private final int first;
    private final int end;
    /** Columns, each the whole of its window's rows. */
    private final Object columns;
    /** What windows that begin in each column hold. */
    private final Object windows;

    /** @param max whether to find the largest element, else the sum */
    RowPooling(boolean max, ElementType type, SlidingWindow window) {
        this.max = max;
        this.type = type;
        this.window = window;
        starts = (window.outWidth - 1) * window.strideWidth + 1;
        reach = starts + (window.kernelWidth - 1) * window.dilationWidth;
        first = Math.min(window.padLeft, reach);
        end = Math.clamp((long) window.padLeft + window.width, first, reach);
        boolean floats = type == ElementType.F32;
        int room = Scratch.length(1, reach, floats ? Float.BYTES : Byte.BYTES);
        columns = floats ? new float[room] : new byte[room];
        windows = floats ? new float[room] : new byte[room];
        if (columns instanceof float[] f) {
            Arrays.fill(f, max ? Float.NEGATIVE_INFINITY : -0f);
        } else if (type == ElementType.I8) {
            Arrays.fill((byte[]) columns, Byte.MIN_VALUE);
        }
    }

    /** Pools row {@code row}, which counts over all images; at least one of its windows' rows is in the image. */
    void pool(int row, Object x, int xAt, Object y, int yAt) {
        int line =
                row / window.outHeight * window.height + row % window.outHeight * window.strideHeight - window.padTop;
        int rows = window.endKernelRow(row);
        for (int kh = window.firstKernelRow(row), begin = kh; kh < rows && first < end; kh++) {
            int from = xAt + (line + kh * window.dilationHeight) * window.width + first - window.padLeft;
            if (kh == begin) {
                System.arraycopy(x, from, columns, first, end - first);
            } else {
                join(x, from, end - first, columns, first);
            }
        }
        if (window.kernelWidth >= WIDE_WINDOW && window.dilationWidth == 1 && columns instanceof float[] f) {
            float[] to = (float[]) y;
            for (int j = 0, at = 0; j < window.outWidth; j++, at += window.strideWidth) {
                to[yAt + j] =
                        max ? primitives.max(f, at, window.kernelWidth) : primitives.sum(f, at, window.kernelWidth);
            }
            return;
        }
        boolean dense = window.strideWidth == 1;
        Object sums = dense ? y : windows;
        int at = dense ? yAt : 0;
        System.arraycopy(columns, 0, sums, at, starts);
        for (int kw = 1; kw < window.kernelWidth; kw++) {
            join(columns, kw * window.dilationWidth, starts, sums, at);
        }
        if (!dense) {
            pick(y, yAt);
        }
    }

    private void join(Object x, int from, int n, Object y, int to) {
        if (y instanceof byte[] b) {
            primitives.max((byte[]) x, from, n, type == ElementType.U8, b, to);
        } else if (max) {
            primitives.max((float[]) x, from, n, (float[]) y, to);
        } else {
            add((float[]) x, from, n, (float[]) y, to);
        }
    }

    private static void add(float[] x, int from, int n, float[] y, int to) {
        for (int i = 0; i < n; i++) {
            y[to + i] += x[from + i];
        }
    }

    private void pick(Object y, int yAt) {
        int n = window.outWidth;
        int stride = window.strideWidth;
        if (y instanceof byte[] to) {
            byte[] from = (byte[]) windows;
            for (int j = 0; j < n; j++) {
                to[yAt + j] = from[j * stride];
            }
        } else {
            float[] from = (float[]) windows;
            float[] to = (float[]) y;
            for (int j = 0; j < n; j++) {
                to[yAt + j] = from[j * stride];
            }
        }
    }
}
