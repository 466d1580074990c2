package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.machine.MachinePools;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Windows over images of one channel, some rows of results at a time: first over the rows of all windows, then over
 * their columns, for windows that begin in any column, of which those are picked that there are. What windows hold of
 * the padding changes no result and stands beside each row, so borders are no case of their own. One object for each
 * worker.
 */
final class RowPooling {
    /** From how many columns on a window is a row of its own. */
    private static final int WIDE_WINDOW = 16;
    /** Elements of what the rows of windows hold, which stay in the nearest cache. */
    private static final int ROOM = 2048;
    /** The most columns of padding that stand beside a row; windows that reach further are rare. */
    private static final int MARGIN = 64;
    /** Pieces of a long row that machine code takes together, each of so many elements or a multiple. */
    private static final int PIECES = 8;

    private static final int PIECE = 32;

    private final Primitives primitives = Primitives.best();
    private final @Nullable MachinePools machine;
    private final boolean max;
    private final ElementType type;
    private final SlidingWindow window;
    /** Columns of padding before a row. */
    private final int left;
    /** Elements of a row with its padding. */
    private final int pitch;
    /** The columns of results whose windows do not reach over the padding beside a row. */
    private final int first;

    private final int end;
    /** Whether windows of one image follow those of the one before at the same distance. */
    private final boolean isStack;
    /** The most rows that are pooled at a time. */
    final int rows;

    /** What the rows of windows hold in each column. */
    private final Object columns;
    /** What windows hold that begin in each column. */
    private final Object windows;

    private final float[] start;
    private final int[] places;
    private final short[] found;

    /**
     * @param max whether to find the largest element, else the sum
     * @param machine pools floats, if there is such code
     */
    RowPooling(boolean max, ElementType type, SlidingWindow window, @Nullable MachinePools machine) {
        this.max = max;
        this.type = type;
        this.window = window;
        this.machine = type == ElementType.F32 ? machine : null;
        int reach = (window.kernelWidth - 1) * window.dilationWidth;
        left = Math.min(window.padLeft, MARGIN);
        int behind = (window.outWidth - 1) * window.strideWidth - window.padLeft + reach + 1 - window.width;
        int right = Math.clamp(behind, 0, MARGIN);
        pitch = left + window.width + right;
        first = Math.min(window.outWidth, Math.ceilDiv(window.padLeft - left, window.strideWidth));
        int last = window.width - 1 + right - reach + window.padLeft;
        end = Math.clamp(last < 0 ? 0 : last / window.strideWidth + 1, first, window.outWidth);
        rows = Math.clamp(ROOM / Math.max(1, pitch), 1, Math.max(1, window.outRows()));
        isStack = window.height == (long) window.outHeight * window.strideHeight;
        int room = Scratch.length(1, (long) rows * pitch + PIECES * PIECE, Double.BYTES);
        columns = array(type, room);
        windows = array(type, room);
        fill(columns, 0, room);
        int piece = Math.max(window.width, piece(rows * pitch));
        start = Scratch.floats(1, type == ElementType.F32 ? piece : 0)[0];
        Arrays.fill(start, neutral());
        places = Scratch.ints(1, Math.max(window.kernelHeight, window.kernelWidth))[0];
        found = Scratch.shorts(1, 1)[0];
    }

    private static Object array(ElementType type, int length) {
        return switch (type) {
            case F32 -> new float[length];
            case F64 -> new double[length];
            default -> new byte[length];
        };
    }

    /** Elements of a piece of so many. */
    private static int piece(int all) {
        return Math.ceilDiv(all, PIECES * PIECE) * PIECE;
    }

    /** What changes no result. */
    private float neutral() {
        return max ? Float.NEGATIVE_INFINITY : -0f;
    }

    /**
     * Pools rows. Sums and maxima of windows that hold nothing are {@link #neutral}.
     *
     * @param row the first, which counts over all images
     * @param n at most {@link #rows}
     * @param yAt where the result of the first row begins
     */
    void pool(int row, int n, Object x, int xAt, Object y, int yAt) {
        int width = window.outWidth == window.width ? window.width : -1;
        boolean isDirect = window.kernelWidth == 1 && window.strideWidth == 1 && left == 0 && pitch == width;
        for (int i = 0; i < n; ) {
            int to = i * pitch + (isDirect ? yAt : left);
            i += overRows(row + i, n - i, x, xAt, isDirect ? y : columns, to);
        }
        if (isDirect) {
            return;
        }
        if (first < end) {
            wholeWindows(n, y, yAt);
        }
        for (int i = 0; i < n && (first > 0 || end < window.outWidth); i++) {
            for (int j = 0; j < window.outWidth; j++) {
                if (j < first || j >= end) {
                    farWindow(i * pitch + left, j, y, yAt + i * window.outWidth + j);
                }
            }
        }
    }

    /** Pools over the rows of the windows of one row, or of more that lie in the image; how many. */
    private int overRows(int row, int most, Object x, int xAt, Object y, int to) {
        int firstTap = window.firstKernelRow(row);
        int taps = window.endKernelRow(row) - firstTap;
        int width = window.width;
        int n = 1;
        while (taps == window.kernelHeight
                && n < most
                && (isStack || (row + n) % window.outHeight != 0)
                && window.firstKernelRow(row + n) == 0
                && window.endKernelRow(row + n) == taps) {
            n++;
        }
        int line =
                row / window.outHeight * window.height + row % window.outHeight * window.strideHeight - window.padTop;
        for (int t = 0; t < taps; t++) {
            places[t] = xAt + (line + (firstTap + t) * window.dilationHeight) * width;
        }
        int step = window.strideHeight * width;
        if (taps == 0 || width == 0) {
            fill(y, to, n * pitch - left);
        } else if (!inMachineCode(n, x, step, taps, width, y, to, pitch)) {
            for (int i = 0; i < n; i++) {
                System.arraycopy(x, places[0] + i * step, y, to + i * pitch, width);
                for (int t = 1; t < taps; t++) {
                    join(x, places[t] + i * step, width, y, to + i * pitch);
                }
            }
        }
        return n;
    }

    private void fill(Object y, int at, int n) {
        switch (y) {
            case float[] f -> Arrays.fill(f, at, at + n, neutral());
            case double[] d -> Arrays.fill(d, at, at + n, neutral());
            default -> Arrays.fill((byte[]) y, at, at + n, type == ElementType.I8 ? Byte.MIN_VALUE : 0);
        }
    }

    /** {@code y} for {@code n} pieces of {@code length} elements, by taps at {@link #places}; false if it cannot. */
    private boolean inMachineCode(int n, Object x, int step, int taps, int length, Object y, int yAt, int yStep) {
        if (machine == null) {
            return false;
        }
        if (max) {
            machine.max(n, (float[]) x, step, places, taps, length, start, (float[]) y, yAt, yStep, found);
            return found[0] == 0;
        }
        machine.add(n, (float[]) x, step, places, taps, length, start, (float[]) y, yAt, yStep);
        return true;
    }

    private void wholeWindows(int n, Object y, int yAt) {
        int at = first * window.strideWidth - window.padLeft + left;
        int taps = window.kernelWidth;
        if (taps >= WIDE_WINDOW && window.dilationWidth == 1 && columns instanceof float[] f) {
            float[] to = (float[]) y;
            for (int i = 0; i < n; i++) {
                for (int j = first, from = i * pitch + at; j < end; j++, from += window.strideWidth) {
                    to[yAt + i * window.outWidth + j] =
                            max ? primitives.max(f, from, taps) : primitives.sum(f, from, taps);
                }
            }
            return;
        }
        if (taps == 1) {
            pick(n, columns, at, y, yAt);
            return;
        }
        for (int t = 0; t < taps; t++) {
            places[t] = t * window.dilationWidth;
        }
        if (window.strideWidth == 1
                && end - first == window.outWidth
                && at == 0
                && inMachineCode(n, columns, pitch, taps, window.outWidth, y, yAt, window.outWidth)) {
            return;
        }
        int all = n * pitch - (taps - 1) * window.dilationWidth;
        int piece = piece(all);
        if (!inMachineCode(Math.ceilDiv(all, piece), columns, piece, taps, piece, windows, 0, piece)) {
            System.arraycopy(columns, 0, windows, 0, all);
            for (int t = 1; t < taps; t++) {
                join(columns, places[t], all, windows, 0);
            }
        }
        pick(n, windows, at, y, yAt);
    }

    private void pick(int n, Object x, int at, Object y, int yAt) {
        int stride = window.strideWidth;
        if (x instanceof float[] f && stride > 1 && end - first == window.outWidth) {
            SteppedRows.copy(n, f, at, pitch, stride, window.outWidth, (float[]) y, yAt);
            return;
        }
        for (int i = 0; i < n; i++) {
            int from = i * pitch + at;
            int to = yAt + i * window.outWidth + first;
            if (stride == 1) {
                System.arraycopy(x, from, y, to, end - first);
                continue;
            }
            switch (x) {
                case float[] f -> SteppedRows.copy(1, f, from, 0, stride, end - first, (float[]) y, to);
                case double[] d -> pick(d, from, stride, end - first, (double[]) y, to);
                default -> pick((byte[]) x, from, stride, end - first, (byte[]) y, to);
            }
        }
    }

    private static void pick(byte[] x, int from, int stride, int n, byte[] y, int to) {
        for (int j = 0; j < n; j++) {
            y[to + j] = x[from + j * stride];
        }
    }

    private static void pick(double[] x, int from, int stride, int n, double[] y, int to) {
        for (int j = 0; j < n; j++) {
            y[to + j] = x[from + j * stride];
        }
    }

    /** A window that reaches over the padding beside a row, whose first column is at {@code from}. */
    private void farWindow(int from, int column, Object y, int to) {
        int begin = column * window.strideWidth - window.padLeft;
        double sum = neutral();
        int most = type == ElementType.I8 ? Byte.MIN_VALUE : 0;
        for (int kw = 0; kw < window.kernelWidth; kw++) {
            int at = begin + kw * window.dilationWidth;
            if (at >= 0 && at < window.width) {
                switch (columns) {
                    case float[] f -> sum = max ? Math.max(sum, f[from + at]) : (float) sum + f[from + at];
                    case double[] d -> sum = Math.max(sum, d[from + at]);
                    default -> {
                        byte b = ((byte[]) columns)[from + at];
                        most = Math.max(most, type == ElementType.I8 ? b : b & 0xff);
                    }
                }
            }
        }
        switch (y) {
            case float[] f -> f[to] = (float) sum;
            case double[] d -> d[to] = sum;
            default -> ((byte[]) y)[to] = (byte) most;
        }
    }

    private void join(Object x, int from, int n, Object y, int to) {
        switch (y) {
            case byte[] b -> primitives.max((byte[]) x, from, n, type == ElementType.U8, b, to);
            case double[] d -> Pooling.max((double[]) x, from, n, d, to);
            default -> {
                if (max) {
                    primitives.max((float[]) x, from, n, (float[]) y, to);
                } else {
                    Pooling.add((float[]) x, from, n, (float[]) y, to);
                }
            }
        }
    }
}
