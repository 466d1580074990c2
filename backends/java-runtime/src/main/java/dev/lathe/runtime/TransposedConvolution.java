package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import org.jspecify.annotations.Nullable;

/**
 * The transpose of a convolution of images, channels last: each input pixel times the filters gives a patch of the
 * result, and patches add up where they overlap. The {@link SlidingWindow} slides over the result; its positions are
 * the input's pixels. The filters of each group of channels are a matrix for each of their rows: a row of the input
 * times one of them gives the parts of patches that fall on one row of the result. Where patches lie side by side and
 * have all channels, these are that row, and tiles store their sums where they belong.
 */
public final class TransposedConvolution implements WorkerPool.Body {
    /** Filters are floats, and need no room to be widened. */
    private static final float[] NONE = {};

    /** Elements of patches that are computed before they are added up, so that they stay near. */
    private static final int NEAR = 4096;

    private final Tiles tiles;
    private final SlidingWindow window;
    private final PackedMatrix[] filters;
    private final float[] bias;
    private final @Nullable Pointwise epilogue;
    private final Primitives primitives = Primitives.best();
    /** What tiles do instead of the epilogue, where they can. */
    private final TileEnd end = new TileEnd();

    private final int groups;
    /** Whether parts of the result have to be put together: of patches that overlap or of groups. */
    private boolean addsUp;

    private boolean tilesEnd;
    private int workers = 1;
    /** Input pixels whose patches are computed at a time, where they add up. */
    private int block = 1;

    private float[][] patches = {};
    private float[] start = {};
    /** A row of the result that has nothing but the bias, where patches add up. */
    private float[] blank = {};

    private float[] x = {};
    private int xAt;
    private float[] y = {};
    private int yAt;

    /**
     * @param filters for each row of the kernel of each group; see {@link #filters}
     * @param bias one for each output channel
     */
    public TransposedConvolution(
            Tiles tiles, SlidingWindow window, PackedMatrix[] filters, float[] bias, @Nullable Pointwise epilogue) {
        this.tiles = tiles;
        this.window = window;
        this.filters = filters;
        this.bias = bias;
        this.epilogue = epilogue;
        this.groups = filters.length / window.kernelHeight;
    }

    /**
     * Weights {@code [groups * depth, columns, kernelHeight, kernelWidth]} as packed
     * {@code [depth, kernelWidth * columns]} for each row of the kernel of each group.
     *
     * @param depth the input channels of a group
     * @param columns its output channels
     */
    public static PackedMatrix[] filters(
            Tiles tiles, float[] weights, int groups, int depth, int columns, int kernelHeight, int kernelWidth) {
        PackedMatrix[] all = new PackedMatrix[groups * kernelHeight];
        for (int m = 0; m < all.length; m++) {
            int kh = m % kernelHeight;
            float[] out = new float[depth * kernelWidth * columns];
            for (int i = 0; i < depth; i++) {
                for (int o = 0; o < columns; o++) {
                    int filter = (m / kernelHeight * depth + i) * columns + o;
                    int from = (filter * kernelHeight + kh) * kernelWidth;
                    for (int kw = 0; kw < kernelWidth; kw++) {
                        out[(i * kernelWidth + kw) * columns + o] = weights[from + kw];
                    }
                }
            }
            all[m] = PackedMatrix.ofFloats(tiles, out, depth, kernelWidth * columns, NONE);
        }
        return all;
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newWorkers) {
        workers = newWorkers;
        SlidingWindow w = window;
        addsUp = !(groups == 1
                && w.kernelHeight == w.strideHeight
                && w.kernelWidth == w.strideWidth
                && w.dilationHeight == 1
                && w.dilationWidth == 1
                && w.padTop == 0
                && w.padLeft == 0
                && w.height == w.outHeight * w.strideHeight
                && w.width == w.outWidth * w.strideWidth);
        int columns = filters[0].columns;
        int step = tiles.nextRows(Math.max(1, w.outWidth));
        block = Math.max(step, NEAR / Math.max(1, columns) / step * step);
        patches = Scratch.floats(workers, addsUp ? (long) block * columns : 0);
        // The filters start from nothing where patches add up, and from the bias where each stands alone.
        start = new float[filters[0].bias.length];
        for (int j = 0; j < columns && !addsUp; j++) {
            start[j] = bias[j % bias.length];
        }
        blank = new float[addsUp ? Sizes.index((long) w.width * w.channels) : 0];
        for (int j = 0; j < blank.length; j++) {
            blank[j] = bias[j % bias.length];
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
        tilesEnd = !addsUp && epilogue != null && tiles.hasEnds() && epilogue.endsIn(end) && suitsTiles();
        // Rows of the result, each of which gathers what falls on it, so that no two tasks write to one place.
        int tasks = addsUp ? window.batch * window.height : window.batch * window.outHeight;
        WorkerPool.shared().run(tasks, workers, this);
    }

    /** A row of a tile has the channels of several pixels, so what is added must lie one behind the other, too. */
    private boolean suitsTiles() {
        if (end.addend == null) {
            return true;
        }
        boolean isWhole = end.addendStride == window.channels;
        end.add(end.addend, end.addendAt, filters[0].columns);
        return isWhole;
    }

    @Override
    public void run(int task, int worker) {
        int channels = window.channels;
        int lines = addsUp ? 1 : window.strideHeight;
        int pixel = task * lines * window.width;
        if (addsUp) {
            addingUp(task, yAt + pixel * channels, worker);
        } else {
            apart(task, pixel * channels);
        }
        if (epilogue != null && !tilesEnd) {
            epilogue.apply(yAt + pixel * channels, channels, pixel, lines * window.width, 0, channels);
        }
    }

    /** Row {@code inRow} of the input, whose patches are rows of the result of their own, from {@code out} on. */
    private void apart(int inRow, int out) {
        int line = window.width * window.channels;
        for (int kh = 0; kh < window.kernelHeight; kh++) {
            int at = out + kh * line;
            multiply(
                    kh,
                    inRow * window.outWidth,
                    window.outWidth,
                    y,
                    yAt + at,
                    tilesEnd ? end : null,
                    end.addendAt + at);
        }
    }

    /**
     * {@code n} pixels of the input from {@code pixel} on times matrix {@code m}, into {@code c}, whose rows are as
     * wide as that.
     */
    private void multiply(int m, int pixel, int n, float[] c, int cAt, @Nullable TileEnd tileEnd, int addendAt) {
        PackedMatrix b = filters[m];
        int inChannels = groups * b.depth;
        int at = xAt + pixel * inChannels + m / window.kernelHeight * b.depth;
        for (int j = 0; j < b.columns; j += b.width) {
            tiles.multiplyAll(
                    n,
                    x,
                    at,
                    inChannels,
                    b.depth,
                    b.panel(j, NONE),
                    b.panelAt(j),
                    start,
                    j,
                    c,
                    cAt + j,
                    b.columns,
                    Math.min(b.width, b.columns - j),
                    tileEnd,
                    addendAt + j);
        }
    }

    /** Row {@code task} of the result, counted over the whole batch. */
    private void addingUp(int task, int out, int worker) {
        int image = task / window.height;
        int line = task % window.height;
        System.arraycopy(blank, 0, y, out, blank.length);
        for (int kh = 0; kh < window.kernelHeight; kh++) {
            int from = line + window.padTop - kh * window.dilationHeight;
            if (from >= 0 && from % window.strideHeight == 0 && from / window.strideHeight < window.outHeight) {
                int inRow = image * window.outHeight + from / window.strideHeight;
                for (int g = 0; g < groups; g++) {
                    addLine(inRow, g, kh, out, worker);
                }
            }
        }
    }

    /** Adds what row {@code inRow} of the input gives through row {@code kh} of the filters of group {@code g}. */
    private void addLine(int inRow, int g, int kh, int out, int worker) {
        int m = g * window.kernelHeight + kh;
        int columns = filters[m].columns;
        int own = columns / window.kernelWidth;
        int stride = window.strideWidth;
        for (int column = 0; column < window.outWidth; column += block) {
            int n = Math.min(block, window.outWidth - column);
            multiply(m, inRow * window.outWidth + column, n, patches[worker], 0, null, 0);
            for (int kw = 0; kw < window.kernelWidth; kw++) {
                // Where this tap of the first pixel falls, and for which pixels it falls on the row.
                int to = column * stride - window.padLeft + kw * window.dilationWidth;
                int first = Math.max(0, Math.ceilDiv(-to, stride));
                int last = Math.min(n, Math.ceilDiv(window.width - to, stride));
                if (first < last) {
                    primitives.add(
                            last - first,
                            own,
                            patches[worker],
                            first * columns + kw * own,
                            columns,
                            y,
                            out + (to + first * stride) * window.channels + g * own,
                            stride * window.channels);
                }
            }
        }
    }
}
