package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of images, channels last, with 3 × 3 windows side by side, by Winograd's algorithm: squares of pixels and
 * filters are transformed so that a matrix product at each of some points does the work of the windows, with 2.25
 * (F(2 × 2)) or 4 times (F(4 × 4)) fewer multiplications. Which of them, or the direct way, is a matter of cost, which
 * depends on the shape alone.
 *
 * <p>Works on blocks of squares, column panel by column panel; the epilogue runs on each while it is near. Where a
 * result is not finite, all are computed again directly: an infinity or a NaN of the input would reach pixels whose
 * windows do not see it.
 */
public final class WinogradConvolution implements WorkerPool.Body {
    /** Bytes of points of a block: about what a level-2 cache holds. */
    private static final int BLOCK_BYTES = 1 << 20;
    /** Floats of a line of a cache. */
    private static final int LINE = 16;

    /** Filters that are not yet transformed. */
    private static final float[] NONE = {};

    // The arrays of the workspace.
    private static final int INPUTS = 0;
    private static final int PRODUCTS = 1;
    private static final int PATCHES = 2;
    private static final int ROOMS = 3;

    private final Tiles tiles;
    private final SlidingWindow window;
    private final WinogradFilters filters;
    private final Workspace workspace;
    private final WinogradTransforms transforms = WinogradTransforms.best();
    /** Transforms a square for all tasks of its block. */
    private final WorkerPool.Body transformer = this::transform;

    private final @Nullable Pointwise epilogue;
    private final Convolution direct;
    private final int channels;
    private final int outChannels;
    private int outStride;
    private final float[] bias;
    private final float[] zeros;
    private boolean directIsPrepared;
    private int workers = 1;
    /** Results on a side of a square; 0 for the direct way. */
    private int m;

    private int squaresHigh;
    private int squaresWide;
    private int squares;
    private Division division = Division.of(0, 0, 1, 1, 0, 0, 1);
    private float[] points = NONE;
    private float[][] inputs = {};
    private float[] shared = {};
    private float[][] products = {};
    private float[][] patches = {};
    private float[][] rooms = {};
    private boolean[] overflows = {};
    private float[] x = {};
    private int xAt;
    private float[] y = {};
    private int yAt;

    public WinogradConvolution(
            Tiles tiles,
            SlidingWindow window,
            WinogradFilters filters,
            Workspace workspace,
            @Nullable Pointwise epilogue) {
        this.tiles = tiles;
        this.window = window;
        this.filters = filters;
        this.workspace = workspace;
        this.epilogue = epilogue;
        this.direct = new Convolution(tiles, window, new PackedMatrix[] {filters.direct}, workspace, epilogue);
        this.channels = filters.direct.depth;
        this.outChannels = filters.direct.columns;
        this.bias = filters.direct.bias;
        this.zeros = new float[tiles.width()];
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newWorkers) {
        prepare(outChannels, newWorkers);
    }

    /** As the other, with pixels of the result that begin so many elements apart. */
    public void prepare(int newOutStride, int newWorkers) {
        prepare(
                newOutStride,
                newWorkers,
                filters.direct.sparse() == null
                        ? WinogradCost.of(window, filters).best()
                        : 0);
    }

    /** With squares of a given size. */
    void prepareWith(int newWorkers, int newM) {
        prepare(outChannels, newWorkers, newM);
    }

    private void prepare(int newOutStride, int newWorkers, int newM) {
        outStride = newOutStride;
        workers = newWorkers;
        m = newM;
        directIsPrepared = m == 0;
        if (m == 0) {
            direct.prepare(outStride, workers);
            return;
        }
        // Integers may need none of these, so the first call that does makes them.
        points = NONE;
        squaresHigh = Math.ceilDiv(window.outHeight, m);
        squaresWide = Math.ceilDiv(window.outWidth, m);
        squares = Sizes.index((long) window.batch * squaresHigh * squaresWide);
        Sizes.index((long) window.outRows() * window.outWidth * outStride);
        int all = (m + 2) * (m + 2);
        long pointBytes = (long) Float.BYTES * all;
        division = Division.of(
                squares,
                filters.direct.panels(),
                Sizes.index(Math.max(tiles.maxRows(), BLOCK_BYTES / (pointBytes * (channels + tiles.width())))),
                tiles.maxRows(),
                pointBytes * channels + (long) Float.BYTES * m * m * outChannels,
                pointBytes * channels * outChannels,
                workers);
        long block = all * pointStride(division.rowsPerTask(), channels);
        if (isShared()) {
            workspace.reserveShared(division.blocks() * block);
        } else {
            workspace.reserve(INPUTS, workers, block);
        }
        workspace.reserve(PRODUCTS, workers, all * pointStride(division.rowsPerTask(), tiles.width()));
        workspace.reserve(PATCHES, workers, (long) all * channels);
        workspace.reserve(ROOMS, workers, transforms.room());
        overflows = new boolean[workers];
    }

    /**
     * From a point of {@code n} squares to the next, an odd number of lines of a cache: points that are a power of two
     * apart would share a few sets of it.
     */
    private static long pointStride(int n, int elements) {
        return (Math.ceilDiv((long) n * elements, LINE) | 1) * LINE;
    }

    /** {@code newX} holds the input from {@code newXAt} on, {@code newY} the result from {@code newYAt} on. */
    public void run(float[] newX, int newXAt, float[] newY, int newYAt) {
        if (m == 0) {
            direct.run(newX, newXAt, newY, newYAt);
            return;
        }
        // Sums of integers are exact, and fast where there are tiles of bytes; with transformed ones, they are neither.
        int n = window.batch * window.height * window.width * channels;
        if (filters.areIntegers && IntegerProduct.areIntegers(newX, newXAt, n)) {
            runDirect(newX, newXAt, newY, newYAt);
            return;
        }
        if (points == NONE) {
            points = filters.transformed(m);
        }
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        inputs = workspace.floats(INPUTS);
        products = workspace.floats(PRODUCTS);
        patches = workspace.floats(PATCHES);
        rooms = workspace.floats(ROOMS);
        Arrays.fill(overflows, false);
        if (isShared()) {
            shared = workspace.shared();
            WorkerPool.shared().run(squares, workers, transformer);
        }
        WorkerPool.shared().run(division.tasks(), workers, this);
        for (boolean overflow : overflows) {
            if (overflow) {
                runDirect(newX, newXAt, newY, newYAt);
                return;
            }
        }
    }

    private void runDirect(float[] newX, int newXAt, float[] newY, int newYAt) {
        if (!directIsPrepared) {
            direct.prepare(outStride, workers);
            directIsPrepared = true;
        }
        direct.run(newX, newXAt, newY, newYAt);
    }

    @Override
    public void run(int task, int worker) {
        int first = division.row(task);
        int n = Math.min(division.rowsPerTask(), squares - first);
        if (!isShared()) {
            for (int square = first; square < first + n; square++) {
                transform(square, worker);
            }
        }
        int panel = division.panel(task);
        int end = Math.min(filters.direct.panels(), panel + division.panelsPerTask());
        for (; panel < end; panel++) {
            multiply(panel, first, n, worker);
            int column = panel * tiles.width();
            store(first, n, column, Math.min(tiles.width(), outChannels - column), worker);
        }
    }

    /** Whether panels share squares that are transformed before. */
    private boolean isShared() {
        return division.panelTasks() > 1;
    }

    private float[] inputs(int worker) {
        return isShared() ? shared : inputs[worker];
    }

    /** Where the points of a block are that begins with square {@code first}. */
    private int inputAt(int first) {
        int rows = division.rowsPerTask();
        return isShared() ? first / rows * (m + 2) * (m + 2) * (int) pointStride(rows, channels) : 0;
    }

    private void transform(int square, int worker) {
        int i = square % division.rowsPerTask();
        int n = Math.min(division.rowsPerTask(), squares - (square - i));
        transform(square, inputs(worker), inputAt(square - i) + i * channels, (int) pointStride(n, channels), worker);
    }

    /** Transforms the pixels of a square, those outside of the image as zeros. */
    private void transform(int square, float[] v, int to, int pointStride, int worker) {
        int side = m + 2;
        int row = square / squaresWide;
        int image = row / squaresHigh * window.height;
        int top = row % squaresHigh * m - window.padTop;
        int left = square % squaresWide * m - window.padLeft;
        int line = window.width * channels;
        if (top >= 0 && left >= 0 && top + side <= window.height && left + side <= window.width) {
            int from = xAt + (image + top) * line + left * channels;
            transforms.input(m, x, from, line, channels, v, to, pointStride, rooms[worker]);
            return;
        }
        float[] patch = patches[worker];
        int patchLine = side * channels;
        int begin = Math.clamp(-(long) left, 0, side);
        int end = Math.clamp((long) window.width - left, begin, side);
        for (int i = 0, at = 0; i < side; i++, at += patchLine) {
            int place = top + i;
            boolean inside = place >= 0 && place < window.height;
            int from = inside ? begin : 0;
            int until = inside ? end : 0;
            Arrays.fill(patch, at, at + from * channels, 0);
            if (until > from) {
                int source = xAt + (image + place) * line + (left + from) * channels;
                System.arraycopy(x, source, patch, at + from * channels, (until - from) * channels);
            }
            Arrays.fill(patch, at + until * channels, at + patchLine, 0);
        }
        transforms.input(m, patch, 0, patchLine, channels, v, to, pointStride, rooms[worker]);
    }

    /** The products of {@code n} squares with a panel of columns, at all points. */
    private void multiply(int panel, int first, int n, int worker) {
        int width = tiles.width();
        int all = (m + 2) * (m + 2);
        int block = channels * width;
        float[] v = inputs(worker);
        float[] p = products[worker];
        int inStride = (int) pointStride(n, channels);
        int outStride = (int) pointStride(n, width);
        for (int point = 0, at = panel * all * block; point < all; point++, at += block) {
            tiles.multiplyAll(
                    n,
                    v,
                    inputAt(first) + point * inStride,
                    channels,
                    channels,
                    points,
                    at,
                    zeros,
                    0,
                    p,
                    point * outStride,
                    width,
                    width,
                    null,
                    0);
        }
    }

    /** Transforms a panel of products back, and runs the epilogue on what lies side by side of each row of squares. */
    private void store(int first, int n, int column, int columns, int worker) {
        int width = tiles.width();
        int line = window.outWidth * outStride;
        boolean finite = true;
        for (int i = 0; i < n; ) {
            int row = (first + i) / squaresWide;
            int from = (first + i) % squaresWide;
            int until = Math.min(squaresWide, from + n - i);
            int top = row % squaresHigh * m;
            int outRow = row / squaresHigh * window.outHeight + top;
            int rows = Math.min(m, window.outHeight - top);
            for (int square = from; square < until; square++, i++) {
                finite &= transforms.output(
                        m,
                        products[worker],
                        i * width,
                        (int) pointStride(n, width),
                        columns,
                        bias,
                        column,
                        y,
                        yAt + (outRow * window.outWidth + square * m) * outStride + column,
                        line,
                        outStride,
                        rows,
                        Math.min(m, window.outWidth - square * m),
                        rooms[worker]);
            }
            for (int r = 0; r < rows && epilogue != null; r++) {
                int pixel = (outRow + r) * window.outWidth + from * m;
                int pixels = Math.min(until * m, window.outWidth) - from * m;
                epilogue.apply(yAt + pixel * outStride + column, outStride, pixel, pixels, column, columns);
            }
        }
        if (!finite) {
            overflows[worker] = true;
        }
    }
}
