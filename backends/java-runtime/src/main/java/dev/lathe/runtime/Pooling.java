package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.machine.MachinePools;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The largest, the mean or the sum of sliding windows over images, channels last. Images of one channel, such as those
 * with the channels first are, are pooled by rows.
 */
public final class Pooling implements WorkerPool.Body {

    /** What a window gives. */
    public enum Function {
        MAX,
        /** Over the positions inside of the image. */
        MEAN,
        /** Over all positions, those in the padding as zeros. */
        MEAN_WITH_PADDING,
        SUM
    }

    private final Primitives primitives = Primitives.best();
    private final Function function;
    private final ElementType type;
    private final SlidingWindow window;
    private int padBottom;
    private int padRight;
    private int workers = 1;
    /** Pools pixels whose windows lie in the image; null where there is no such code. */
    private final @Nullable MachinePools machine;
    /** What windows begin with: what changes no result. */
    private float[] start = {};

    private RowPooling[] rows = {};
    private BytePooling[] bytes = {};
    /** For each worker, what the sums of a row are multiplied with. */
    private float[][] factors = {};
    /** How many positions {@link #factors} count in the columns of a window; 0 for none yet. */
    private long[][] counted = {};
    /** Of a window in each column, the positions that a mean counts. */
    private int[] columnCounts = {};

    /** Whether the windows in all columns hold some of the image. */
    private boolean allHoldColumns;

    private int[][] places = {};
    private short[][] found = {};
    private Object x = new byte[0];
    private int xAt;
    private Object y = new byte[0];
    private int yAt;

    /** @param type f32; f64, i8 and u8 have maxima alone */
    public Pooling(Function function, ElementType type, SlidingWindow window) {
        this.function = function;
        this.type = type;
        this.window = window;
        this.machine = type == ElementType.F32 ? Machine.pools() : null;
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newPadBottom, int newPadRight, int newWorkers) {
        padBottom = newPadBottom;
        padRight = newPadRight;
        workers = newWorkers;
        Sizes.index((long) window.height + window.padTop + padBottom);
        Sizes.index((long) window.width + window.padLeft + padRight);
        boolean isBytes =
                type.bits() == Byte.SIZE && window.channels > 1 && window.outWidth > 0 && BytePooling.takes(window);
        // Of images of one channel and of bytes no two tasks pool one row.
        window.divide(workers, window.channels == 1 || isBytes ? Math.max(1, window.outWidth) : 1);
        bytes = new BytePooling[isBytes ? workers : 0];
        Arrays.setAll(bytes, _ -> new BytePooling(type, window));
        rows = new RowPooling[window.channels == 1 ? workers : 0];
        Arrays.setAll(rows, _ -> new RowPooling(function == Function.MAX, type, window, machine));
        boolean isMean = function == Function.MEAN || function == Function.MEAN_WITH_PADDING;
        columnCounts = new int[rows.length > 0 && isMean ? window.outWidth : 0];
        for (int column = 0; column < columnCounts.length; column++) {
            columnCounts[column] = function == Function.MEAN ? columnTaps(column) : (int) paddedColumns(column);
        }
        allHoldColumns = IntStream.range(0, window.outWidth).allMatch(column -> columnTaps(column) > 0);
        factors = Scratch.floats(rows.length, columnCounts.length);
        counted = Scratch.longs(rows.length, 1);
        if (machine != null) {
            start = new float[window.channels];
            Arrays.fill(start, function == Function.MAX ? Float.NEGATIVE_INFINITY : -0f);
            places = Scratch.ints(workers, window.taps());
            found = Scratch.shorts(workers, 1);
        }
    }

    /** Both are arrays of the element type. */
    public void run(Object newX, int newXAt, Object newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(window.tasks(), workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int first = window.firstColumn(task);
        int end = window.endColumn(task);
        if (rows.length > 0) {
            byRows(window.firstRow(task), window.endRow(task), worker);
            return;
        }
        for (int row = window.firstRow(task); row < window.endRow(task); row++) {
            if (bytes.length > 0) {
                int out = yAt + row * window.outWidth * window.channels;
                bytes[worker].pool(row, (byte[]) x, xAt, (byte[]) y, out);
                continue;
            }
            int whole = machine == null ? end : Math.clamp(window.firstWholeColumn(), first, end);
            int endWhole = Math.clamp(window.endWholeColumn(), whole, end);
            pool(row, first, whole);
            if (machine != null && whole < endWhole && !inMachineCode(machine, row, whole, endWhole, worker)) {
                pool(row, whole, endWhole);
            }
            pool(row, endWhole, end);
        }
    }

    private void byRows(int from, int until, int worker) {
        RowPooling pooling = rows[worker];
        for (int row = from; row < until; ) {
            int n = Math.min(pooling.rows, until - row);
            pooling.pool(row, n, x, xAt, y, yAt + row * window.outWidth);
            for (int i = 0; i < n && function != Function.MAX; i++) {
                finishRow(row + i, worker);
            }
            row += n;
        }
    }

    private int rowTaps(int row) {
        return window.endKernelRow(row) - window.firstKernelRow(row);
    }

    private int columnTaps(int column) {
        int left = column * window.strideWidth - window.padLeft;
        return taps(window.width - left, window.dilationWidth, window.kernelWidth)
                - taps(-left, window.dilationWidth, window.kernelWidth);
    }

    /** Makes means of the sums of a row, and what windows give that hold nothing. */
    private void finishRow(int row, int worker) {
        float[] sums = (float[]) y;
        int at = yAt + row * window.outWidth;
        int taps = rowTaps(row);
        if (columnCounts.length > 0) {
            long count = function == Function.MEAN ? taps : paddedRows(row);
            float[] line = factors[worker];
            if (counted[worker][0] != count) {
                counted[worker][0] = count;
                for (int j = 0; j < columnCounts.length; j++) {
                    line[j] = 1f / (count * columnCounts[j]);
                }
            }
            multiply(sums, at, line, columnCounts.length);
        }
        boolean isWhole = taps > 0 && allHoldColumns;
        for (int column = 0; !isWhole && column < window.outWidth; column++) {
            if (taps == 0 || columnTaps(column) == 0) {
                finish(at + column, 1, 0, padded(row, column));
            }
        }
    }

    private static void multiply(float[] y, int at, float[] factors, int n) {
        for (int i = 0; i < n; i++) {
            y[at + i] *= factors[i];
        }
    }

    private void pool(int row, int from, int until) {
        for (int column = from; column < until; column++) {
            pool(row, column);
        }
    }

    /** Columns of a row whose windows reach over no border on their left or right; false if there was a NaN. */
    private boolean inMachineCode(MachinePools code, int row, int from, int until, int worker) {
        int channels = window.channels;
        int n = until - from;
        int taps = (window.endKernelRow(row) - window.firstKernelRow(row)) * window.kernelWidth;
        int out = yAt + (row * window.outWidth + from) * channels;
        if (taps == 0 || channels == 0) {
            return false;
        }
        window.offsets(row, from, 1, xAt, 0, places[worker]);
        float[] image = (float[]) x;
        float[] to = (float[]) y;
        int step = window.strideWidth * channels;
        if (function == Function.MAX) {
            code.max(n, image, step, places[worker], taps, channels, start, to, out, channels, found[worker]);
            return found[worker][0] == 0;
        }
        code.add(n, image, step, places[worker], taps, channels, start, to, out, channels);
        for (int column = from; column < until; column++, out += channels) {
            finish(out, taps, padded(row, column));
        }
        return true;
    }

    /** The positions of a window that lie in the image or in the padding around it. */
    private long padded(int row, int column) {
        return paddedRows(row) * paddedColumns(column);
    }

    private long paddedRows(int row) {
        int top = row % window.outHeight * window.strideHeight - window.padTop;
        return taps(window.height + padBottom - top, window.dilationHeight, window.kernelHeight);
    }

    private long paddedColumns(int column) {
        int left = column * window.strideWidth - window.padLeft;
        return taps(window.width + padRight - left, window.dilationWidth, window.kernelWidth);
    }

    private void pool(int row, int column) {
        SlidingWindow w = window;
        int channels = w.channels;
        int out = yAt + (row * w.outWidth + column) * channels;
        int image = row / w.outHeight;
        int top = row % w.outHeight * w.strideHeight - w.padTop;
        int left = column * w.strideWidth - w.padLeft;
        // Only what lies in the image is visited, however large the window is.
        int firstLine = taps(-top, w.dilationHeight, w.kernelHeight);
        int endLine = taps(w.height - top, w.dilationHeight, w.kernelHeight);
        int firstPlace = taps(-left, w.dilationWidth, w.kernelWidth);
        int endPlace = taps(w.width - left, w.dilationWidth, w.kernelWidth);
        int inside = 0;
        for (int kh = firstLine; kh < endLine; kh++) {
            int line = image * w.height + top + kh * w.dilationHeight;
            for (int kw = firstPlace; kw < endPlace; kw++) {
                int from = xAt + (line * w.width + left + kw * w.dilationWidth) * channels;
                if (inside++ == 0) {
                    System.arraycopy(x, from, y, out, channels);
                } else if (function == Function.MAX) {
                    max(from, out, channels);
                } else {
                    add(from, out, channels);
                }
            }
        }
        finish(out, inside, padded(row, column));
    }

    /** How many of {@code kernel} taps come before a distance from the first. */
    private static int taps(int distance, int dilation, int kernel) {
        return Math.clamp(Math.ceilDiv(distance, dilation), 0, kernel);
    }

    private void finish(int out, int inside, long padded) {
        finish(out, window.channels, inside, padded);
    }

    /** Makes results of what {@code n} windows hold that have {@code inside} positions in the image each. */
    private void finish(int out, int n, int inside, long padded) {
        if (y instanceof byte[] b) {
            if (inside == 0) {
                Arrays.fill(b, out, out + n, type == ElementType.I8 ? Byte.MIN_VALUE : 0);
            }
            return;
        }
        if (y instanceof double[] d) {
            if (inside == 0) {
                Arrays.fill(d, out, out + n, Double.NEGATIVE_INFINITY);
            }
            return;
        }
        float[] f = (float[]) y;
        if (inside == 0) {
            float nothing = switch (function) {
                case MAX -> Float.NEGATIVE_INFINITY;
                case MEAN -> Float.NaN;
                case MEAN_WITH_PADDING -> padded == 0 ? Float.NaN : 0;
                case SUM -> 0;
            };
            Arrays.fill(f, out, out + n, nothing);
        } else if (function == Function.MEAN || function == Function.MEAN_WITH_PADDING) {
            float factor = 1f / (function == Function.MEAN ? inside : padded);
            for (int i = out; i < out + n; i++) {
                f[i] *= factor;
            }
        }
    }

    private void max(int from, int out, int n) {
        switch (y) {
            case byte[] b -> primitives.max((byte[]) x, from, n, type == ElementType.U8, b, out);
            case double[] d -> max((double[]) x, from, n, d, out);
            default -> primitives.max((float[]) x, from, n, (float[]) y, out);
        }
    }

    /** {@code y = max(x, y)}. */
    static void max(double[] x, int from, int n, double[] y, int out) {
        for (int i = 0; i < n; i++) {
            y[out + i] = Math.max(y[out + i], x[from + i]);
        }
    }

    private void add(int from, int out, int n) {
        add((float[]) x, from, n, (float[]) y, out);
    }

    /** {@code y = x + y}. */
    static void add(float[] x, int from, int n, float[] y, int out) {
        for (int i = 0; i < n; i++) {
            y[out + i] += x[from + i];
        }
    }
}
