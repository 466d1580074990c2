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
    /** Elements of patches that are computed before they are added up, so that they stay near. */
    private static final int NEAR = 4096;

    /** Pixels by which a panel of filters of few bits is multiplied once it has been widened, if there are as many. */
    private static final int PIXELS = 128;
    /** Tasks for each worker, so that none waits long for the last. */
    private static final int BALANCE = 4;

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
    /** Rows of the input, or of the result where patches add up, that a task takes. */
    private int lines = 1;

    private int tasks;

    private float[][] panels = {};
    private float[][] patches = {};
    /** The row of the input that falls on each row of a task through the present row of the filters; -1 if none. */
    private int[][] inRows = {};

    private float[] start = {};
    /** A row of the result that has nothing but the bias, where patches add up. */
    private float[] blank = {};

    private float[] x = {};
    private int xAt;
    private float[] y = {};
    private int yAt;

    /**
     * @param filters for each row of the kernel of each group; see {@link PackedMatrix#ofTransposed}
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
        PackedMatrix first = filters[0];
        int columns = first.columns;
        int step = tiles.nextRows(Math.max(1, w.outWidth));
        block = Math.max(step, NEAR / Math.max(1, columns) / step * step);
        int all = Sizes.index((long) w.batch * (addsUp ? w.height : w.outHeight));
        lines = first.isWidened() ? linesOfTask(all) : 1;
        tasks = Math.ceilDiv(all, lines);
        panels = Scratch.floats(workers, first.isWidened() ? (long) first.depth * first.width : 0);
        patches = Scratch.floats(workers, addsUp ? (long) lines * block * columns : 0);
        inRows = Scratch.ints(workers, lines);
        // The filters start from nothing where patches add up, and from the bias where each stands alone.
        start = new float[first.bias.length];
        for (int j = 0; j < columns && !addsUp; j++) {
            start[j] = bias[j % bias.length];
        }
        blank = new float[addsUp ? Sizes.index((long) w.width * w.channels) : 0];
        for (int j = 0; j < blank.length; j++) {
            blank[j] = bias[j % bias.length];
        }
    }

    /** How many of {@code all} rows a task takes, so that a panel that was widened meets enough pixels. */
    private int linesOfTask(int all) {
        int enough = Math.ceilDiv(PIXELS, Math.clamp(window.outWidth, 1, block)) * (addsUp ? window.strideHeight : 1);
        return Math.max(1, workers == 1 ? enough : Math.min(enough, all / (workers * BALANCE)));
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
        tilesEnd = !addsUp
                && epilogue != null
                && tiles.hasEnds()
                && epilogue.endsIn(end)
                && end.numbersOfColumns() == 0
                && suitsTiles();
        // Rows of the result, each of which gathers what falls on it, so that no two tasks write to one place.
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
        int first = task * lines;
        int count = Math.min(lines, window.batch * (addsUp ? window.height : window.outHeight) - first);
        int each = window.width * (addsUp ? 1 : window.strideHeight);
        if (addsUp) {
            addingUp(first, count, worker);
        } else {
            apart(first, count, worker);
        }
        if (epilogue != null && !tilesEnd) {
            int pixel = first * each;
            epilogue.apply(yAt + pixel * channels, channels, pixel, count * each, 0, channels);
        }
    }

    /** Rows of the input whose patches are rows of the result of their own. */
    private void apart(int firstRow, int count, int worker) {
        int line = window.width * window.channels;
        for (int kh = 0; kh < window.kernelHeight; kh++) {
            PackedMatrix b = filters[kh];
            for (int j = 0; j < b.columns; j += b.width) {
                float[] panel = b.panel(j, panels[worker]);
                for (int inRow = firstRow; inRow < firstRow + count; inRow++) {
                    int at = (inRow * window.strideHeight + kh) * line;
                    multiply(
                            kh,
                            j,
                            panel,
                            inRow * window.outWidth,
                            window.outWidth,
                            y,
                            yAt + at,
                            tilesEnd ? end : null,
                            end.addendAt + at);
                }
            }
        }
    }

    /**
     * {@code n} pixels of the input from {@code pixel} on times the panel from column {@code j} on of matrix {@code m},
     * into {@code c}, whose rows are as wide as the matrix.
     */
    private void multiply(
            int m,
            int j,
            float[] panel,
            int pixel,
            int n,
            float[] c,
            int cAt,
            @Nullable TileEnd tileEnd,
            int addendAt) {
        PackedMatrix b = filters[m];
        int inChannels = groups * b.depth;
        tiles.multiplyAll(
                n,
                x,
                xAt + pixel * inChannels + m / window.kernelHeight * b.depth,
                inChannels,
                b.depth,
                panel,
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

    /** Rows of the result, counted over the whole batch. */
    private void addingUp(int first, int count, int worker) {
        for (int line = first; line < first + count; line++) {
            System.arraycopy(blank, 0, y, yAt + line * blank.length, blank.length);
        }
        for (int kh = 0; kh < window.kernelHeight; kh++) {
            if (findRows(first, count, kh, inRows[worker])) {
                for (int g = 0; g < groups; g++) {
                    addLines(first, count, g, kh, worker);
                }
            }
        }
    }

    /** Finds which row of the input falls on each row through row {@code kh} of the filters; false if none does. */
    private boolean findRows(int first, int count, int kh, int[] rows) {
        boolean any = false;
        for (int i = 0; i < count; i++) {
            int from = (first + i) % window.height + window.padTop - kh * window.dilationHeight;
            boolean falls =
                    from >= 0 && from % window.strideHeight == 0 && from / window.strideHeight < window.outHeight;
            rows[i] = falls ? (first + i) / window.height * window.outHeight + from / window.strideHeight : -1;
            any |= falls;
        }
        return any;
    }

    /** Adds what rows of the input give through row {@code kh} of the filters of group {@code g}. */
    private void addLines(int first, int count, int g, int kh, int worker) {
        int m = g * window.kernelHeight + kh;
        PackedMatrix b = filters[m];
        int[] rows = inRows[worker];
        for (int column = 0; column < window.outWidth; column += block) {
            int n = Math.min(block, window.outWidth - column);
            for (int j = 0; j < b.columns; j += b.width) {
                float[] panel = b.panel(j, panels[worker]);
                for (int i = 0; i < count; i++) {
                    if (rows[i] >= 0) {
                        int pixel = rows[i] * window.outWidth + column;
                        multiply(m, j, panel, pixel, n, patches[worker], i * block * b.columns, null, 0);
                    }
                }
            }
            for (int i = 0; i < count; i++) {
                if (rows[i] >= 0) {
                    int out = yAt + (first + i) * blank.length + g * b.columns / window.kernelWidth;
                    addPatches(patches[worker], i * block * b.columns, column, n, b.columns, out);
                }
            }
        }
    }

    /** Adds the patches of {@code n} pixels from {@code column} on to the row of the result at {@code out}. */
    private void addPatches(float[] from, int at, int column, int n, int columns, int out) {
        int own = columns / window.kernelWidth;
        int stride = window.strideWidth;
        for (int kw = 0; kw < window.kernelWidth; kw++) {
            // Where this tap of the first pixel falls, and for which pixels it falls on the row.
            int to = column * stride - window.padLeft + kw * window.dilationWidth;
            int first = Math.max(0, Math.ceilDiv(-to, stride));
            int last = Math.min(n, Math.ceilDiv(window.width - to, stride));
            if (first < last) {
                primitives.add(
                        last - first,
                        own,
                        from,
                        at + first * columns + kw * own,
                        columns,
                        y,
                        out + (to + first * stride) * window.channels,
                        stride * window.channels);
            }
        }
    }
}
