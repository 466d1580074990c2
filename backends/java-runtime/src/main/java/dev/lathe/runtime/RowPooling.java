package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.machine.MachineDepthwise;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Windows over images of one channel, some rows of results at a time: first over the rows of all windows, then over
 * their columns, for windows that begin in any column, of which those are picked that there are. One object for each
 * worker.
 */
final class RowPooling {
    /** From how many columns on a window is a row of its own. */
    private static final int WIDE_WINDOW = 16;
    /** Elements that stay in the nearest cache. */
    private static final int ROOM = 8192;

    private final Primitives primitives = Primitives.best();
    private final @Nullable MachineDepthwise machine;
    private final boolean max;
    private final ElementType type;
    private final SlidingWindow window;
    /** The columns that whole windows may begin in. */
    private final int span;
    /** The most rows that are pooled at a time. */
    final int rows;

    /** What the rows of windows hold in each column. */
    private final Object columns;
    /** What whole windows hold that begin in each column. */
    private final Object windows;

    private final float[] start;
    private final int[] places;
    private final short[] found;

    /**
     * @param max whether to find the largest element, else the sum
     * @param machine pools floats, if there is such code
     */
    RowPooling(boolean max, ElementType type, SlidingWindow window, @Nullable MachineDepthwise machine) {
        this.max = max;
        this.type = type;
        this.window = window;
        this.machine = type == ElementType.F32 ? machine : null;
        span = window.width - (window.kernelWidth - 1) * window.dilationWidth;
        rows = Math.clamp(ROOM / Math.max(1, window.width), 1, Math.max(1, window.outHeight));
        boolean floats = type == ElementType.F32;
        int room = Scratch.length(1, (long) rows * window.width, floats ? Float.BYTES : Byte.BYTES);
        columns = floats ? new float[room] : new byte[room];
        windows = floats ? new float[room] : new byte[room];
        start = Scratch.floats(1, floats ? window.width : 0)[0];
        Arrays.fill(start, max ? Float.NEGATIVE_INFINITY : -0f);
        places = Scratch.ints(1, Math.max(window.kernelHeight, window.kernelWidth))[0];
        found = Scratch.shorts(1, 1)[0];
    }

    /**
     * Pools rows of one image.
     *
     * @param row the first, which counts over all images
     * @param n at most {@link #rows}
     * @param factors what sums of whole windows of each row are multiplied with
     * @param yAt where the result of the first row begins
     */
    void pool(int row, int n, Object x, int xAt, float[] factors, Object y, int yAt) {
        for (int i = 0; i < n; ) {
            i += overRows(row + i, n - i, x, xAt, i * window.width);
        }
        int first = window.firstWholeColumn();
        int end = window.endWholeColumn();
        if (first < end) {
            wholeWindows(n, first, end, factors, y, yAt);
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < window.outWidth; j++) {
                if (j == first && first < end) {
                    j = end;
                }
                if (j < window.outWidth) {
                    partOfWindow(i * window.width, j, y, yAt + i * window.outWidth + j);
                }
            }
        }
    }

    /** Pools over the rows of the windows of one row, or of more that lie in the image; how many. */
    private int overRows(int row, int most, Object x, int xAt, int to) {
        int first = window.firstKernelRow(row);
        int taps = window.endKernelRow(row) - first;
        int width = window.width;
        int n = 1;
        while (taps == window.kernelHeight
                && n < most
                && window.firstKernelRow(row + n) == 0
                && window.endKernelRow(row + n) == taps) {
            n++;
        }
        int line =
                row / window.outHeight * window.height + row % window.outHeight * window.strideHeight - window.padTop;
        for (int t = 0; t < taps; t++) {
            places[t] = xAt + (line + (first + t) * window.dilationHeight) * width;
        }
        int step = window.strideHeight * width;
        if (taps == 0 || width == 0) {
            fill(to, n * width);
        } else if (!inMachineCode(n, x, step, taps, width, columns, to)) {
            for (int i = 0; i < n; i++) {
                System.arraycopy(x, places[0] + i * step, columns, to + i * width, width);
                for (int t = 1; t < taps; t++) {
                    join(x, places[t] + i * step, width, columns, to + i * width);
                }
            }
        }
        return n;
    }

    private void fill(int to, int n) {
        if (columns instanceof float[] f) {
            Arrays.fill(f, to, to + n, start[0]);
        } else {
            Arrays.fill((byte[]) columns, to, to + n, type == ElementType.I8 ? Byte.MIN_VALUE : 0);
        }
    }

    /** {@code y} for {@code n} pieces of {@code length} elements, by taps at {@link #places}; false if it cannot. */
    private boolean inMachineCode(int n, Object x, int step, int taps, int length, Object y, int yAt) {
        if (machine == null) {
            return false;
        }
        if (max) {
            machine.max(n, (float[]) x, step, places, taps, length, start, (float[]) y, yAt, found);
            return found[0] == 0;
        }
        machine.add(n, (float[]) x, step, places, taps, length, start, (float[]) y, yAt);
        return true;
    }

    private void wholeWindows(int n, int first, int end, float[] factors, Object y, int yAt) {
        int width = window.width;
        int at = first * window.strideWidth - window.padLeft;
        int taps = window.kernelWidth;
        if (taps >= WIDE_WINDOW && window.dilationWidth == 1 && columns instanceof float[] f) {
            float[] to = (float[]) y;
            for (int i = 0; i < n; i++) {
                for (int j = first, from = i * width + at; j < end; j++, from += window.strideWidth) {
                    to[yAt + i * window.outWidth + j] =
                            max ? primitives.max(f, from, taps) : primitives.sum(f, from, taps) * factors[i];
                }
            }
            return;
        }
        if (taps == 1) {
            pick(n, columns, at, width, factors, first, end, y, yAt);
            return;
        }
        for (int t = 0; t < taps; t++) {
            places[t] = t * window.dilationWidth;
        }
        if (inMachineCode(n, columns, width, taps, span, windows, 0)) {
            pick(n, windows, at, span, factors, first, end, y, yAt);
            return;
        }
        int all = n * width - (taps - 1) * window.dilationWidth;
        System.arraycopy(columns, 0, windows, 0, all);
        for (int t = 1; t < taps; t++) {
            join(columns, places[t], all, windows, 0);
        }
        pick(n, windows, at, width, factors, first, end, y, yAt);
    }

    private void pick(int n, Object x, int at, int width, float[] factors, int first, int end, Object y, int yAt) {
        int stride = window.strideWidth;
        for (int i = 0; i < n; i++) {
            int from = i * width + at;
            int to = yAt + i * window.outWidth + first;
            if (x instanceof byte[] b) {
                pick(b, from, stride, end - first, (byte[]) y, to);
            } else if (!max) {
                scaled((float[]) x, from, stride, factors[i], end - first, (float[]) y, to);
            } else if (stride == 1) {
                System.arraycopy(x, from, y, to, end - first);
            } else {
                pick((float[]) x, from, stride, end - first, (float[]) y, to);
            }
        }
    }

    private static void pick(byte[] x, int from, int stride, int n, byte[] y, int to) {
        for (int j = 0; j < n; j++) {
            y[to + j] = x[from + j * stride];
        }
    }

    private static void pick(float[] x, int from, int stride, int n, float[] y, int to) {
        for (int j = 0; j < n; j++) {
            y[to + j] = x[from + j * stride];
        }
    }

    private static void scaled(float[] x, int from, int stride, float factor, int n, float[] y, int to) {
        for (int j = 0; j < n; j++) {
            y[to + j] = x[from + j * stride] * factor;
        }
    }

    /** A window that reaches over the border on its left or right. */
    private void partOfWindow(int from, int column, Object y, int to) {
        int left = column * window.strideWidth - window.padLeft;
        float sum = max ? Float.NEGATIVE_INFINITY : -0f;
        int most = type == ElementType.I8 ? Byte.MIN_VALUE : 0;
        for (int kw = 0; kw < window.kernelWidth; kw++) {
            int at = left + kw * window.dilationWidth;
            if (at >= 0 && at < window.width) {
                if (columns instanceof float[] f) {
                    sum = max ? Math.max(sum, f[from + at]) : sum + f[from + at];
                } else {
                    byte b = ((byte[]) columns)[from + at];
                    most = Math.max(most, type == ElementType.I8 ? b : b & 0xff);
                }
            }
        }
        if (y instanceof float[] f) {
            f[to] = sum;
        } else {
            ((byte[]) y)[to] = (byte) most;
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
}
