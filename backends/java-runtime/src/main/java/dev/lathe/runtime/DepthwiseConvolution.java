package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineDepthwise;
import dev.lathe.runtime.machine.PixelRuns;
import dev.lathe.runtime.machine.TapLine;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of images, channels last, in which each channel has a filter of its own: rows of pixels in machine code,
 * or else four adjacent pixels at a time, vectors along the channels.
 */
public final class DepthwiseConvolution implements WorkerPool.Body {
    private static final int PIXELS = 4;
    /** Multiply-adds of a call at most, unless a row has more, since no garbage is collected meanwhile. */
    private static final int LONGEST = 1 << 20;

    private final Primitives primitives = Primitives.best();
    private final SlidingWindow window;
    private final PackedMatrix matrix;
    private final WidenedFilters room;
    private final @Nullable Pointwise epilogue;
    private final TapLine line;
    /** What runs instead of vectors; null where there is none. */
    private final @Nullable MachineDepthwise machine;
    /** What the machine code does instead of the epilogue, where it can. */
    private final TileEnd end;

    private final boolean ends;

    private int workers = 1;
    private int[][] offsets = {};
    /** What the machine code computes in each task, call by call. */
    private PixelRuns[][] calls = {};

    private float[] filters = {};
    private float[] x = {};
    private int xAt;
    private int zeros;
    private float[] y = {};
    private int yAt;

    /**
     * @param filters {@code [taps, channels]} and the bias; see {@link PackedMatrix#ofChannels}
     * @param room for filters of few bits
     */
    public DepthwiseConvolution(
            SlidingWindow window, PackedMatrix filters, WidenedFilters room, @Nullable Pointwise epilogue) {
        this.window = window;
        this.matrix = filters;
        this.room = room;
        this.epilogue = epilogue;
        this.line = TapLine.of(window.kernelWidth, window.strideWidth, window.dilationWidth);
        this.machine = Machine.depthwise(line);
        TileEnd possible = new TileEnd();
        this.ends = machine != null
                && epilogue != null
                && epilogue.endsIn(possible)
                && possible.addend == null
                && possible.numbersOfColumns() == 0;
        this.end = ends ? possible : new TileEnd();
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newWorkers) {
        workers = newWorkers;
        window.divide(workers, PIXELS);
        if (machine == null) {
            offsets = Scratch.ints(workers, (long) PIXELS * window.taps());
        } else {
            calls = calls();
        }
    }

    private PixelRuns[][] calls() {
        int channels = window.channels;
        long ofRow = Math.max(1L, (long) window.outWidth * window.taps() * channels);
        int rows = Math.clamp(LONGEST / ofRow, 1, LONGEST);
        PixelRuns[][] all = new PixelRuns[channels == 0 ? 0 : window.tasks()][];
        for (int task = 0; task < all.length; task++) {
            int row = window.firstRow(task);
            all[task] = new PixelRuns[Math.ceilDiv(window.endRow(task) - row, rows)];
            for (int call = 0; call < all[task].length; call++) {
                PixelRuns runs = window.runs(line);
                int end = row + Math.min(rows, window.endRow(task) - row);
                for (; row < end; row++) {
                    window.addRow(runs, line, row, window.firstColumn(task), window.endColumn(task));
                }
                all[task][call] = runs;
            }
        }
        return all;
    }

    /** As {@link Convolution#run}. */
    public void run(float[] newX, int newXAt, int newZeros, float[] newY, int newYAt) {
        filters = room.of(matrix);
        if (ends && epilogue != null) {
            epilogue.isTileEnd(end);
        }
        x = newX;
        xAt = newXAt;
        zeros = newZeros;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(window.tasks(), workers, this);
    }

    @Override
    public void run(int task, int worker) {
        if (machine != null && calls.length > 0) {
            for (PixelRuns runs : calls[task]) {
                machine.multiply(
                        runs,
                        x,
                        xAt,
                        filters,
                        matrix.bias,
                        y,
                        yAt,
                        end.function,
                        end.constants,
                        end.least,
                        end.greatest);
            }
        }
        for (int row = window.firstRow(task); row < window.endRow(task); row++) {
            row(row, window.firstColumn(task), window.endColumn(task), worker);
        }
    }

    private void row(int row, int from, int to, int worker) {
        if (machine == null) {
            onVectors(row, from, to, offsets[worker]);
        }
        if (epilogue != null && !ends) {
            int channels = window.channels;
            int pixel = row * window.outWidth + from;
            epilogue.apply(yAt + pixel * channels, channels, pixel, to - from, 0, channels);
        }
    }

    private void onVectors(int row, int from, int to, int[] at) {
        int channels = window.channels;
        int kernelRow = window.firstKernelRow(row);
        int taps = (window.endKernelRow(row) - kernelRow) * window.kernelWidth;
        int w = kernelRow * window.kernelWidth * channels;
        int first = row * window.outWidth;
        for (int column = from; column < to; ) {
            int n = to - column >= PIXELS ? PIXELS : 1;
            window.offsets(row, column, n, xAt, zeros, at);
            int out = yAt + (first + column) * channels;
            primitives.depthwise(n, x, at, taps, filters, w, channels, matrix.bias, y, out);
            column += n;
        }
    }
}
