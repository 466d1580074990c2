package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Grouped convolution of images with the channels last, as a product whose left rows are windows: copied into rows
 * first, or read where they are if the product is too small for that to pay and they do not reach over the border.
 * Works on blocks of pixels, column panel by column panel; the epilogue runs on each while it is near.
 */
public final class Convolution implements WorkerPool.Body {
    /** Bytes that the windows of a block may take when they are copied. */
    private static final int BLOCK_BYTES = 1 << 20;
    /** Pixels of a block at most. */
    private static final int BLOCK_PIXELS = 120;
    /** Tasks for each worker, so that none waits long for the last. */
    private static final int BALANCE = 4;
    /**
     * Panels from which on windows are copied wherever they are, if they are long enough: tiles are quicker along rows
     * that lie one behind the other.
     */
    private static final int PANELS = 2;

    private static final int LENGTH = 64;

    private final Tiles tiles;
    private final SlidingWindow window;
    private final Primitives primitives = Primitives.best();
    private final PackedMatrix[] given;
    private final boolean skipsZeros;
    /** What runs instead where all numbers are small integers; null if those of the filters are not. */
    private final @Nullable IntegerConvolution integers;
    /** The matrices that it is prepared for: the given ones, or those with their zeros. */
    private PackedMatrix[] groups;

    private final int outChannels;
    private final int length;
    private final @Nullable Pointwise epilogue;
    private int workers = 1;
    private int pixels;
    private int pixelsPerTask = 1;
    /** Whether windows are copied wherever they are. */
    private boolean copiesAll;

    private int[] path = {};
    /** The paths of each group's panels of which only some rows are there. */
    private int[][][] paths = {};

    private int[][] starts = {};
    private boolean[][] inside = {};
    private float[][] copies = {};
    /** What stands for a tap outside of the image. */
    private final float[] zeros;

    private float[][] panels = {};
    private float[] x = {};
    private int xAt;
    private float[] y = {};
    private int yAt;

    public Convolution(Tiles tiles, SlidingWindow window, PackedMatrix[] groups, @Nullable Pointwise epilogue) {
        this.tiles = tiles;
        this.window = window;
        this.given = groups;
        this.groups = groups;
        this.skipsZeros = Arrays.stream(groups).anyMatch(g -> g.sparse() != null);
        this.outChannels = Arrays.stream(groups).mapToInt(g -> g.columns).sum();
        this.length = groups[0].taps * groups[0].depth;
        this.epilogue = epilogue;
        this.zeros = new float[groups[0].depth];
        this.integers = IntegerConvolution.of(window, groups, epilogue);
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newWorkers) {
        workers = newWorkers;
        pixels = Sizes.index((long) window.outRows() * window.outWidth);
        int step = tiles.nextRows(Math.max(1, pixels));
        int limit = Math.min(BLOCK_PIXELS, BLOCK_BYTES / 4 / Math.max(1, length));
        if (workers > 1) {
            limit = Math.min(limit, pixels / (workers * BALANCE));
        }
        pixelsPerTask = Math.max(step, limit / step * step);
        path = window.path(groups[0].depth);
        starts = new int[workers][pixelsPerTask];
        inside = new boolean[workers][pixelsPerTask];
        copies = Scratch.floats(workers, (long) pixelsPerTask * length);
        prepareGroups(given);
        if (integers != null) {
            integers.prepare(workers);
        }
    }

    private void prepareGroups(PackedMatrix[] newGroups) {
        groups = newGroups;
        copiesAll = !skipsZeros && groups[0].panels() >= PANELS && length >= LENGTH;
        paths = new int[groups.length][][];
        for (int g = 0; g < groups.length; g++) {
            paths[g] = groups[g].sparse() instanceof SparsePanels p ? p.paths(path) : new int[0][];
        }
        boolean widened = Arrays.stream(groups).anyMatch(PackedMatrix::isWidened);
        panels = Scratch.floats(workers, widened ? (long) length * tiles.width() : 0);
    }

    /** {@code newX} holds the input from {@code newXAt} on, {@code newY} the result from {@code newYAt} on. */
    public void run(float[] newX, int newXAt, float[] newY, int newYAt) {
        if (integers != null && integers.run(newX, newXAt, newY, newYAt)) {
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
        WorkerPool.shared().run(Math.ceilDiv(pixels, pixelsPerTask), workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int first = task * pixelsPerTask;
        int end = first + Math.min(pixelsPerTask, pixels - first);
        int channel = 0;
        int column = 0;
        for (int g = 0; g < groups.length; g++) {
            PackedMatrix b = groups[g];
            place(first, end, channel, b.depth, worker);
            for (int j = 0; j < b.columns; j += b.width) {
                panel(g, j, first, end, column + j, worker);
            }
            channel += b.depth;
            column += b.columns;
        }
    }

    /** Finds where the windows of a block start, and copies those tiles of which one reaches over the border. */
    private void place(int first, int end, int channel, int depth, int worker) {
        int[] at = starts[worker];
        boolean[] whole = inside[worker];
        for (int p = first; p < end; ) {
            int n = tiles.nextRows(end - p);
            int slot = p - first;
            boolean all = !copiesAll;
            for (int i = 0; i < n && all; i++) {
                all = window.isInside(p + i);
            }
            whole[slot] = all;
            for (int i = 0; i < n; i++) {
                if (all) {
                    at[slot + i] = xAt + channel + window.start(p + i);
                } else {
                    window.copy(p + i, x, xAt + channel, depth, copies[worker], (slot + i) * length, zeros);
                }
            }
            p += n;
        }
    }

    private void panel(int group, int j, int first, int end, int column, int worker) {
        PackedMatrix b = groups[group];
        int[] at = starts[worker];
        boolean[] whole = inside[worker];
        int columns = Math.min(b.width, b.columns - j);
        SparsePanels sparse = b.sparse() instanceof SparsePanels s ? s : null;
        float[] panel = sparse == null ? b.panel(j, panels[worker]) : sparse.elements;
        int panelAt = sparse == null ? b.panelAt(j) : sparse.at(j);
        int[] along = sparse == null ? path : paths[group][j / b.width];
        for (int p = first; p < end; ) {
            int n = tiles.nextRows(end - p);
            int slot = p - first;
            int out = yAt + p * outChannels + column;
            if (whole[slot]) {
                tiles.multiplyAlong(n, x, at, slot, along, panel, panelAt, b.bias, j, y, out, outChannels, columns);
            } else if (sparse != null) {
                for (int i = 0; i < n; i++) {
                    at[slot + i] = (slot + i) * length;
                }
                tiles.multiplyAlong(
                        n,
                        copies[worker],
                        at,
                        slot,
                        sparse.rows(j),
                        panel,
                        panelAt,
                        b.bias,
                        j,
                        y,
                        out,
                        outChannels,
                        columns);
            } else {
                tiles.multiply(
                        n,
                        copies[worker],
                        slot * length,
                        length,
                        length,
                        panel,
                        panelAt,
                        b.bias,
                        j,
                        y,
                        out,
                        outChannels,
                        columns);
            }
            p += n;
        }
        if (epilogue != null) {
            epilogue.apply(yAt + first * outChannels + column, outChannels, first, end - first, column, columns);
        }
    }
}
