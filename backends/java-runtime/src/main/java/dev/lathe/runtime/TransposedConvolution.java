package dev.lathe.runtime;

import org.jspecify.annotations.Nullable;

/**
 * The transpose of a convolution of images, channels last: each input pixel times the filters gives a patch of the
 * result, and patches add up where they overlap. The {@link SlidingWindow} slides over the result; its positions are
 * the input's pixels. Patches that lie side by side are written where they belong at once.
 */
public final class TransposedConvolution implements WorkerPool.Body {
    /** Filters are floats, and need no room to be widened. */
    private static final float[] NONE = {};

    private final Tiles tiles;
    private final SlidingWindow window;
    private final PackedMatrix filters;
    private final float[] bias;
    private final @Nullable Pointwise epilogue;
    private final int inChannels;
    private boolean overlaps;
    private int workers = 1;
    private float[][] patches = {};
    private float[] start = {};
    private float[] x = {};
    private int xAt;
    private float[] y = {};
    private int yAt;

    /**
     * @param filters {@code [inChannels, taps * outChannels]}; see {@link #filters}
     * @param bias one for each output channel
     */
    public TransposedConvolution(
            Tiles tiles, SlidingWindow window, PackedMatrix filters, float[] bias, @Nullable Pointwise epilogue) {
        this.tiles = tiles;
        this.window = window;
        this.filters = filters;
        this.bias = bias;
        this.epilogue = epilogue;
        this.inChannels = filters.depth;
    }

    /** Weights {@code [inChannels, outChannels, taps]} as packed {@code [inChannels, taps * outChannels]}. */
    public static PackedMatrix filters(Tiles tiles, float[] weights, int inChannels, int outChannels, int taps) {
        float[] out = new float[weights.length];
        for (int i = 0; i < inChannels; i++) {
            for (int o = 0; o < outChannels; o++) {
                for (int t = 0; t < taps; t++) {
                    out[(i * taps + t) * outChannels + o] = weights[(i * outChannels + o) * taps + t];
                }
            }
        }
        return PackedMatrix.ofFloats(tiles, out, inChannels, taps * outChannels, new float[0]);
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newWorkers) {
        workers = newWorkers;
        SlidingWindow w = window;
        overlaps = !(w.kernelHeight == w.strideHeight
                && w.kernelWidth == w.strideWidth
                && w.dilationHeight == 1
                && w.dilationWidth == 1
                && w.padTop == 0
                && w.padLeft == 0
                && w.height == w.outHeight * w.strideHeight
                && w.width == w.outWidth * w.strideWidth);
        patches = Scratch.floats(workers, (long) tiles.maxRows() * filters.columns);
        // The filters start from nothing where patches add up, and from the bias where each stands alone.
        start = new float[filters.bias.length];
        for (int j = 0; j < filters.columns && !overlaps; j++) {
            start[j] = bias[j % bias.length];
        }
    }

    /**
     * {@code x} is {@code [batch, outHeight, outWidth, inChannels]} of the window, {@code y} its
     * {@code [batch, height, width, channels]}.
     */
    public void run(float[] newX, int newXAt, float[] newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        // Rows of the result, each of which gathers what falls on it, so that no two tasks write to one place.
        int tasks = overlaps ? window.batch * window.height : window.batch * window.outHeight;
        WorkerPool.shared().run(tasks, workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int channels = window.channels;
        if (overlaps) {
            int out = yAt + task * window.width * channels;
            overlapping(task, out, worker);
            if (epilogue != null) {
                epilogue.apply(out, channels, task * window.width, window.width, 0, channels);
            }
        } else {
            int lines = window.strideHeight;
            apart(task, worker);
            if (epilogue != null) {
                int pixel = task * lines * window.width;
                epilogue.apply(yAt + pixel * channels, channels, pixel, lines * window.width, 0, channels);
            }
        }
    }

    /** Row {@code inRow} of the input, whose patches are rows of the result of their own. */
    private void apart(int inRow, int worker) {
        int channels = window.channels;
        int patchWidth = window.kernelWidth * channels;
        int line = window.width * channels;
        float[] patch = patches[worker];
        for (int column = 0; column < window.outWidth; ) {
            int n = tiles.nextRows(window.outWidth - column);
            multiply(inRow, column, n, 0, filters.columns, worker);
            int out = yAt + inRow * window.strideHeight * line + column * patchWidth;
            for (int i = 0, from = 0; i < n; i++, out += patchWidth) {
                for (int kh = 0, to = out; kh < window.kernelHeight; kh++, to += line, from += patchWidth) {
                    copy(patch, from, to, patchWidth);
                }
            }
            column += n;
        }
    }

    /** A call costs more than a few elements. */
    private void copy(float[] from, int at, int to, int n) {
        if (n >= 16) {
            System.arraycopy(from, at, y, to, n);
        } else {
            for (int i = 0; i < n; i++) {
                y[to + i] = from[at + i];
            }
        }
    }

    /** Columns {@code first … last - 1} of the patches of {@code n} pixels. */
    private void multiply(int inRow, int column, int n, int first, int last, int worker) {
        int at = xAt + (inRow * window.outWidth + column) * inChannels;
        for (int j = first / filters.width * filters.width; j < last; j += filters.width) {
            int columns = Math.min(filters.width, filters.columns - j);
            tiles.multiply(
                    n,
                    x,
                    at,
                    inChannels,
                    inChannels,
                    filters.panel(j, NONE),
                    filters.panelAt(j),
                    start,
                    j,
                    patches[worker],
                    j,
                    filters.columns,
                    columns);
        }
    }

    /** Row {@code task} of the result, counted over the whole batch. */
    private void overlapping(int task, int out, int worker) {
        int image = task / window.height;
        int line = task % window.height;
        int channels = window.channels;
        for (int column = 0; column < window.width; column++) {
            System.arraycopy(bias, 0, y, out + column * channels, channels);
        }
        for (int kh = 0; kh < window.kernelHeight; kh++) {
            int from = line + window.padTop - kh * window.dilationHeight;
            if (from >= 0 && from % window.strideHeight == 0 && from / window.strideHeight < window.outHeight) {
                addLine(image * window.outHeight + from / window.strideHeight, kh, out, worker);
            }
        }
    }

    /** Adds what row {@code inRow} of the input gives through row {@code kh} of the filters. */
    private void addLine(int inRow, int kh, int out, int worker) {
        int channels = window.channels;
        int first = kh * window.kernelWidth * channels;
        int last = first + window.kernelWidth * channels;
        float[] patch = patches[worker];
        for (int column = 0; column < window.outWidth; ) {
            int n = tiles.nextRows(window.outWidth - column);
            multiply(inRow, column, n, first, last, worker);
            for (int i = 0; i < n; i++) {
                int left = (column + i) * window.strideWidth - window.padLeft;
                for (int kw = 0; kw < window.kernelWidth; kw++) {
                    int to = left + kw * window.dilationWidth;
                    if (to >= 0 && to < window.width) {
                        add(patch, i * filters.columns + first + kw * channels, out + to * channels, channels);
                    }
                }
            }
            column += n;
        }
    }

    private void add(float[] from, int at, int to, int n) {
        for (int i = 0; i < n; i++) {
            y[to + i] += from[at + i];
        }
    }
}
