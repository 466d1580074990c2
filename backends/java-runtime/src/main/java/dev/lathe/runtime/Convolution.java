package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Grouped convolution of images with the channels last, as a product whose left rows are windows: where tiles can, they
 * read these line by line where they are, or else windows are copied, one behind the other. Works on blocks of pixels,
 * column panel by column panel; what follows happens to sums before they are stored, or else to each block while it is
 * near.
 */
public final class Convolution implements WorkerPool.Body {
    /** Bytes that the windows of a block may take. */
    private static final int BLOCK_BYTES = 1 << 20;
    /** Bytes of a level-1 cache that they may take if so many windows fill tiles. */
    private static final int NEAR_BYTES = 24 << 10;
    /** Pixels of a block at most. */
    private static final int BLOCK_PIXELS = 120;
    /** Bytes that the lines of a block may take which windows see. */
    private static final int LINES_BYTES = 400 << 10;
    /** Pixels of a block that reads lines at most, or of a row. */
    private static final int LINES_PIXELS = 512;
    /** Of these, how many meet one panel after the other: their results stay near, so that lines of them are whole. */
    private static final int NEAR_PIXELS = 128;
    /** Panels at most of windows that are not copied: with more, copies cost little and fill all tiles. */
    private static final int LINES_PANELS = 4;
    // The arrays of the workspace.
    private static final int COPIES = 0;
    private static final int PANELS = 1;

    private final Tiles tiles;
    private final SlidingWindow window;
    private final Workspace workspace;
    private final Primitives primitives = Primitives.best();
    private final PackedMatrix[] given;
    private final boolean skipsZeros;
    /** What runs instead where all numbers are small integers; null if those of the filters are not. */
    private final @Nullable IntegerConvolution integers;
    /** What runs instead if the filters are brain floats, for each group; null if they are not. */
    private final BrainProduct @Nullable [] brains;
    /** The matrices that it is prepared for: the given ones, or those with their zeros. */
    private PackedMatrix[] groups;

    private final int outChannels;
    private final int length;
    private int outStride;
    private final @Nullable Pointwise epilogue;
    /** What tiles do instead of the epilogue, where they can. */
    private final TileEnd end = new TileEnd();

    private final boolean tilesEnd;
    private int workers = 1;
    private int pixels;
    /** What windows are read from; null if they are copied. */
    private @Nullable WindowLines lines;
    /** What the division divides: pixels, or rows of pixels where lines are read. */
    private Division division = Division.of(0, 0, 1, 1, 0, 0, 1);
    /** Panels of a group. */
    private final int panelsOfGroup;

    private int[][] starts = {};
    private float[][] copies = {};
    /** Copies the windows of a pixel for all panels. */
    private final WorkerPool.Body copier = this::copy;
    /** Copies a line for all panels. */
    private final WorkerPool.Body lineCopier = this::copyLine;

    private float[] shared = {};
    /** What stands for a tap outside of the image. */
    private final float[] zeros;

    /** Windows, rounded for {@link #brains}. */
    private short[][] rounded = {};

    private float[][] panels = {};
    private float[] x = {};
    private int xAt;
    private float[] y = {};
    private int yAt;

    public Convolution(
            Tiles tiles,
            SlidingWindow window,
            PackedMatrix[] groups,
            Workspace workspace,
            @Nullable Pointwise epilogue) {
        this.tiles = tiles;
        this.window = window;
        this.workspace = workspace;
        this.given = groups;
        this.groups = groups;
        this.skipsZeros = Arrays.stream(groups).anyMatch(g -> g.sparse() != null);
        this.outChannels = Arrays.stream(groups).mapToInt(g -> g.columns).sum();
        this.panelsOfGroup = groups[0].panels();
        this.length = groups[0].taps * groups[0].depth;
        this.epilogue = epilogue;
        this.tilesEnd = !skipsZeros
                && tiles.hasEnds()
                && epilogue != null
                && epilogue.endsIn(end)
                && (groups.length == 1 || end.numbersOfColumns() == 0);
        this.zeros = new float[groups[0].depth];
        this.integers = IntegerConvolution.of(window, groups, epilogue);
        this.brains = BrainProduct.of(groups);
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newWorkers) {
        prepare(outChannels, newWorkers);
    }

    /** As the other, with pixels of the result that begin so many elements apart. */
    public void prepare(int newOutStride, int newWorkers) {
        end.prepare(outChannels, tiles.width());
        outStride = newOutStride;
        workers = newWorkers;
        pixels = Sizes.index((long) window.outRows() * window.outWidth);
        boolean canRead = tiles.readsLines() && given.length == 1 && !skipsZeros && brains == null;
        lines = canRead && panelsOfGroup <= LINES_PANELS && WindowLines.suit(window, tiles.maxRows())
                ? new WindowLines(window)
                : null;
        if (lines != null) {
            prepareLines(lines);
        } else {
            prepareCopies();
        }
        prepareGroups(given);
        if (integers != null) {
            integers.prepare(workers);
        }
    }

    private void prepareLines(WindowLines from) {
        int outWidth = window.outWidth;
        long bytes = Math.max(1, (long) Float.BYTES * window.strideHeight * from.lineStride());
        division = Division.of(
                window.outRows(),
                panelsOfGroup,
                Math.clamp(Math.min(LINES_BYTES / bytes, LINES_PIXELS / outWidth), 1, LINES_PIXELS),
                1,
                bytes + (long) Float.BYTES * outWidth * outChannels,
                (long) Float.BYTES * length * outChannels,
                workers);
        if (isShared()) {
            workspace.reserveShared(window.batch * from.room(window.outHeight));
        } else {
            workspace.reserve(COPIES, workers, from.room(Math.min(window.outHeight, division.rowsPerTask())));
        }
        starts = new int[0][];
        rounded = new short[0][];
    }

    private void prepareCopies() {
        int step = tiles.nextRows(Math.max(1, pixels));
        int near = NEAR_BYTES / 4 / Math.max(1, length);
        int limit = Math.min(BLOCK_PIXELS, near >= step ? near : BLOCK_BYTES / 4 / Math.max(1, length));
        division = Division.of(
                pixels,
                groups.length * panelsOfGroup,
                Math.max(step, limit / step * step),
                tiles.maxRows(),
                (long) Float.BYTES * (groups.length * length + outChannels),
                (long) Float.BYTES * length * outChannels,
                workers);
        int n = division.rowsPerTask();
        starts = Scratch.ints(workers, skipsZeros ? n : 0);
        if (isShared()) {
            workspace.reserveShared((long) groups.length * pixels * length);
        } else {
            workspace.reserve(COPIES, workers, (long) n * length);
        }
        long rows = isShared() ? (long) groups.length * pixels : n;
        rounded = Scratch.shorts(isShared() ? 1 : workers, brains == null ? 0 : rows * BrainProduct.stride(groups[0]));
    }

    private void prepareGroups(PackedMatrix[] newGroups) {
        groups = newGroups;
        boolean widened = brains == null && Arrays.stream(groups).anyMatch(PackedMatrix::isWidened);
        workspace.reserve(PANELS, workers, widened ? (long) length * tiles.width() : 0);
    }

    /** {@code newX} holds the input from {@code newXAt} on, {@code newY} the result from {@code newYAt} on. */
    public void run(float[] newX, int newXAt, float[] newY, int newYAt) {
        if (tilesEnd && epilogue != null) {
            epilogue.isTileEnd(end);
        }
        if (integers != null
                && outStride == outChannels
                && integers.run(newX, newXAt, newY, newYAt, tilesEnd ? end : null)) {
            return;
        }
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        if (skipsZeros) {
            // Infinity times a zero is NaN, so it must not be left out.
            boolean skips = primitives.isFinite(x, xAt, window.batch * window.height * window.width * window.channels);
            if (skips != (groups == given)) {
                prepareGroups(
                        skips
                                ? given
                                : Arrays.stream(given).map(PackedMatrix::dense).toArray(PackedMatrix[]::new));
            }
        }
        copies = workspace.floats(COPIES);
        panels = workspace.floats(PANELS);
        if (isShared()) {
            shared = workspace.shared();
            if (lines == null) {
                WorkerPool.shared().run(pixels, workers, copier);
            } else {
                WorkerPool.shared().run(lines.allLines(), workers, lineCopier);
            }
        }
        WorkerPool.shared().run(division.tasks(), workers, this);
    }

    /** Whether panels share windows that are copied before. */
    private boolean isShared() {
        return division.panelTasks() > 1;
    }

    @Override
    public void run(int task, int worker) {
        if (lines != null) {
            inLines(lines, task, worker);
            return;
        }
        int first = division.row(task);
        int n = Math.min(division.rowsPerTask(), pixels - first);
        int end = Math.min(groups.length * panelsOfGroup, division.panel(task) + division.panelsPerTask());
        for (int panel = division.panel(task); panel < end; panel++) {
            int g = panel / panelsOfGroup;
            int j = panel % panelsOfGroup * groups[g].width;
            if (j == 0 && !isShared()) {
                copy(g, first, n, worker);
            }
            panel(g, j, first, n, worker);
        }
    }

    private void copyLine(int line, int worker) {
        if (lines != null) {
            lines.copyLine(line, x, xAt, shared);
        }
    }

    /** The rows of a task, those of each image together. */
    private void inLines(WindowLines from, int task, int worker) {
        int end = Math.min(window.outRows(), division.row(task) + division.rowsPerTask());
        int panelEnd = Math.min(panelsOfGroup, division.panel(task) + division.panelsPerTask());
        for (int row = division.row(task); row < end; ) {
            int image = row / window.outHeight;
            int rows = Math.min(end, (image + 1) * window.outHeight) - row;
            if (from.areCopied() && !isShared()) {
                from.copy(row, rows, x, xAt, copies[worker]);
            }
            int near = Math.max(1, NEAR_PIXELS / window.outWidth);
            for (int done = 0; done < rows; done += near) {
                for (int panel = division.panel(task); panel < panelEnd; panel++) {
                    panelOfRows(from, panel * groups[0].width, row, row + done, Math.min(near, rows - done), worker);
                }
            }
            row += rows;
        }
    }

    /** A panel's columns of some output rows of an image, of which lines are copied from {@code begin} on. */
    private void panelOfRows(WindowLines from, int column, int begin, int first, int rows, int worker) {
        PackedMatrix b = groups[0];
        int columns = Math.min(b.width, b.columns - column);
        int image = first / window.outHeight;
        int firstCopied = isShared() ? image * window.outHeight : begin;
        int copiedAt = isShared() ? image * (int) from.room(window.outHeight) : 0;
        float[] data = b.panel(column, panels[worker]);
        for (int row = first; row < first + rows; row++) {
            int pixel = row * window.outWidth;
            tiles.multiplyLines(
                    window.outWidth,
                    from.areCopied() ? copies(worker) : x,
                    from.areCopied() ? copiedAt + from.copied(firstCopied, row) : xAt + from.inImage(row),
                    from.step(),
                    window.kernelHeight,
                    from.lineStride(),
                    from.depth(),
                    data,
                    b.panelAt(column),
                    b.bias,
                    column,
                    y,
                    yAt + pixel * outStride + column,
                    outStride,
                    columns,
                    tilesEnd ? end : null,
                    end.addendAt + pixel * end.addendStride + column);
        }
        if (epilogue != null && !tilesEnd) {
            int pixel = first * window.outWidth;
            epilogue.apply(yAt + pixel * outStride + column, outStride, pixel, rows * window.outWidth, column, columns);
        }
    }

    /** Copies a window of each group. */
    private void copy(int pixel, int worker) {
        for (int g = 0; g < groups.length; g++) {
            copy(g, pixel, 1, worker);
        }
    }

    private void copy(int g, int first, int n, int worker) {
        int depth = groups[g].depth;
        float[] to = copies(worker);
        int at = copyAt(g, first) * length;
        window.copy(first, n, x, xAt + g * depth, depth, to, at, zeros, primitives);
        if (brains != null) {
            brains[g].round(n, to, at, length, rounded(worker), copyAt(g, first) * BrainProduct.stride(groups[g]));
        }
    }

    private float[] copies(int worker) {
        return isShared() ? shared : copies[worker];
    }

    private short[] rounded(int worker) {
        return rounded[isShared() ? 0 : worker];
    }

    /** Which of the copied windows is that of a pixel, or of the first of a task. */
    private int copyAt(int g, int pixel) {
        return isShared() ? g * pixels + pixel : 0;
    }

    /** A panel's columns of {@code n} pixels from {@code first} on, in group {@code g}. */
    private void panel(int g, int j, int first, int n, int worker) {
        PackedMatrix b = groups[g];
        int column = g * b.columns + j;
        int columns = Math.min(b.width, b.columns - j);
        int out = yAt + first * outStride + column;
        int addendAt = end.addendAt + first * end.addendStride + column;
        int copy = copyAt(g, first);
        if (brains != null) {
            brains[g].multiply(
                    n,
                    rounded(worker),
                    copy * BrainProduct.stride(b),
                    j,
                    y,
                    out,
                    outStride,
                    columns,
                    tilesEnd ? end : null,
                    addendAt);
        } else if (b.sparse() instanceof SparsePanels sparse) {
            skippingZeros(b, sparse, j, n, copy * length, out, columns, worker);
        } else {
            tiles.multiplyAll(
                    n,
                    copies(worker),
                    copy * length,
                    length,
                    length,
                    b.panel(j, panels[worker]),
                    b.panelAt(j),
                    b.bias,
                    j,
                    y,
                    out,
                    outStride,
                    columns,
                    tilesEnd ? end : null,
                    addendAt);
        }
        if (epilogue != null && !tilesEnd) {
            epilogue.apply(out, outStride, first, n, column, columns);
        }
    }

    private void skippingZeros(
            PackedMatrix b, SparsePanels sparse, int j, int pixelCount, int copyAt, int out, int columns, int worker) {
        int[] at = starts[worker];
        for (int p = 0; p < pixelCount; ) {
            int n = tiles.nextRows(pixelCount - p);
            for (int i = 0; i < n; i++) {
                at[i] = copyAt + (p + i) * length;
            }
            tiles.multiplyAlong(
                    n,
                    copies(worker),
                    at,
                    0,
                    sparse.rows(j),
                    sparse.elements,
                    sparse.at(j),
                    b.bias,
                    j,
                    y,
                    out + p * outStride,
                    outStride,
                    columns);
            p += n;
        }
    }
}
