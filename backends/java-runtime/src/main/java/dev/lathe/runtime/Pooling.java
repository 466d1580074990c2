package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.machine.MachineDepthwise;
import java.util.Arrays;
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
    private final @Nullable MachineDepthwise machine;
    /** What windows begin with: what changes no result. */
    private float[] start = {};

    private RowPooling[] rows = {};
    /** For each worker, what sums of the rows that it pools are multiplied with. */
    private float[][] factors = {};

    private int[][] places = {};
    private short[][] found = {};
    private Object x = new byte[0];
    private int xAt;
    private Object y = new byte[0];
    private int yAt;

    /** @param type f32; i8 and u8 have maxima alone */
    public Pooling(Function function, ElementType type, SlidingWindow window) {
        this.function = function;
        this.type = type;
        this.window = window;
        this.machine = type == ElementType.F32 ? Machine.depthwise() : null;
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newPadBottom, int newPadRight, int newWorkers) {
        padBottom = newPadBottom;
        padRight = newPadRight;
        workers = newWorkers;
        Sizes.index((long) window.height + window.padTop + padBottom);
        Sizes.index((long) window.width + window.padLeft + padRight);
        // Of images of one channel no two tasks pool one row.
        window.divide(workers, window.channels == 1 ? Math.max(1, window.outWidth) : 1);
        rows = new RowPooling[window.channels == 1 ? workers : 0];
        Arrays.setAll(rows, _ -> new RowPooling(function == Function.MAX, type, window, machine));
        factors = Scratch.floats(rows.length, rows.length == 0 ? 0 : rows[0].rows);
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
            int left = window.outHeight - row % window.outHeight;
            int n = Math.min(pooling.rows, Math.min(left, until - row));
            for (int i = 0; i < n && function != Function.MAX; i++) {
                factors[worker][i] = factor(row + i);
            }
            pooling.pool(row, n, x, xAt, factors[worker], y, yAt + row * window.outWidth);
            for (int i = 0; i < n && function != Function.MAX; i++) {
                finishBorders(row + i);
            }
            row += n;
        }
    }

    private int rowTaps(int row) {
        return window.endKernelRow(row) - window.firstKernelRow(row);
    }

    /** What the sums of whole windows of a row are multiplied with. */
    private float factor(int row) {
        return switch (function) {
            case MEAN -> 1f / (rowTaps(row) * window.kernelWidth);
            case MEAN_WITH_PADDING -> 1f / padded(row, window.firstWholeColumn());
            case MAX, SUM -> 1;
        };
    }

    /** The sums of a row's windows that reach over a border on the left or right, or of all if none is in the image. */
    private void finishBorders(int row) {
        int taps = rowTaps(row);
        int first = window.firstWholeColumn();
        int end = taps == 0 ? first : window.endWholeColumn();
        for (int column = 0; column < window.outWidth; column++) {
            if (column == first && first < end) {
                column = end;
            }
            if (column < window.outWidth) {
                int left = column * window.strideWidth - window.padLeft;
                int places = taps(window.width - left, window.dilationWidth, window.kernelWidth)
                        - taps(-left, window.dilationWidth, window.kernelWidth);
                finish(yAt + row * window.outWidth + column, 1, taps * Math.max(0, places), padded(row, column));
            }
        }
    }

    private void pool(int row, int from, int until) {
        for (int column = from; column < until; column++) {
            pool(row, column);
        }
    }

    /** Columns of a row whose windows reach over no border on their left or right; false if there was a NaN. */
    private boolean inMachineCode(MachineDepthwise code, int row, int from, int until, int worker) {
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
            code.max(n, image, step, places[worker], taps, channels, start, to, out, found[worker]);
            return found[worker][0] == 0;
        }
        code.add(n, image, step, places[worker], taps, channels, start, to, out);
        for (int column = from; column < until; column++, out += channels) {
            finish(out, taps, padded(row, column));
        }
        return true;
    }

    /** The positions of a window that lie in the image or in the padding around it. */
    private long padded(int row, int column) {
        SlidingWindow w = window;
        int top = row % w.outHeight * w.strideHeight - w.padTop;
        int left = column * w.strideWidth - w.padLeft;
        return (long) taps(w.height + padBottom - top, w.dilationHeight, w.kernelHeight)
                * taps(w.width + padRight - left, w.dilationWidth, w.kernelWidth);
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
        if (y instanceof byte[] b) {
            primitives.max((byte[]) x, from, n, type == ElementType.U8, b, out);
        } else {
            primitives.max((float[]) x, from, n, (float[]) y, out);
        }
    }

    private void add(int from, int out, int n) {
        add((float[]) x, from, n, (float[]) y, out);
    }

    private static void add(float[] x, int from, int n, float[] y, int out) {
        for (int i = 0; i < n; i++) {
            y[out + i] += x[from + i];
        }
    }
}
