package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
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
    /** Bytes of the image that a call goes through at most, for each block of channels anew. */
    private static final int NEAR_BYTES = 1 << 18;
    /** Multiply-adds of a task at least, some microseconds. */
    private static final int GRAIN = 1 << 17;
    /** Tasks for each worker at most, so that none waits long for the last. */
    private static final int BALANCE = 4;

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
    private int channelsPerTask = 1;
    private int channelTasks = 1;
    private int[][] offsets = {};
    /** What the machine code computes of each part of the window, call by call. */
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
        channelsPerTask = Math.max(1, window.channels);
        if (machine == null) {
            window.divide(workers, PIXELS);
            offsets = Scratch.ints(workers, (long) PIXELS * window.taps());
        } else {
            divide();
            calls = calls();
        }
        channelTasks = Math.max(1, Math.ceilDiv(window.channels, channelsPerTask));
    }

    /**
     * Rows for each worker; where these would be few, each of which sees rows of others, blocks of channels; and parts
     * of rows where there are few channels, too.
     */
    private void divide() {
        int rows = window.outRows();
        int blocks = Math.ceilDiv(window.channels, MachineDepthwise.BLOCK);
        long work = (long) rows * window.outWidth * window.taps() * window.channels;
        int most = Math.clamp(work / GRAIN / workers, 1, BALANCE);
        if (workers == 1) {
            window.divideRows(1);
        } else if (rows / workers > window.kernelHeight) {
            window.divideRows(workers * balanced(rows, most));
        } else if (blocks >= workers) {
            window.divideRows(1);
            int each = balanced(blocks, most);
            channelsPerTask = Math.ceilDiv(blocks, workers * each) * MachineDepthwise.BLOCK;
        } else {
            window.divide(workers, PIXELS);
        }
    }

    /** Tasks for each worker, so that none has more of {@code n} than it must; as many of these as may be. */
    private int balanced(int n, int most) {
        int best = 1;
        int least = Integer.MAX_VALUE;
        for (int each = 1; each <= most; each++) {
            int ofWorker = each * Math.ceilDiv(n, each * workers);
            if (ofWorker <= least) {
                least = ofWorker;
                best = each;
            }
        }
        return best;
    }

    /** The calls for each part of the window; all channels have the same. */
    private PixelRuns[][] calls() {
        int channels = window.channels;
        long ofRow = Math.max(1L, (long) window.outWidth * window.taps() * channels);
        long ofImage = Math.max(1L, (long) Float.BYTES * window.strideHeight * window.width * channels);
        int rows = Math.clamp(Math.min(LONGEST / ofRow, NEAR_BYTES / ofImage), 1, LONGEST);
        PixelRuns[][] all = new PixelRuns[channels == 0 ? 0 : window.tasks()][];
        for (int part = 0; part < all.length; part++) {
            int row = window.firstRow(part);
            all[part] = new PixelRuns[Math.ceilDiv(window.endRow(part) - row, rows)];
            for (int call = 0; call < all[part].length; call++) {
                PixelRuns runs = window.runs(line);
                int end = row + Math.min(rows, window.endRow(part) - row);
                for (; row < end; row++) {
                    window.addRow(runs, line, row, window.firstColumn(part), window.endColumn(part), Integer.MAX_VALUE);
                }
                all[part][call] = runs;
            }
        }
        return all;
    }

    /** As {@link Convolution#run}. */
    public void run(float[] newX, int newXAt, int newZeros, float[] newY, int newYAt) {
        begin(newX, newXAt, newY, newYAt);
        zeros = newZeros;
        WorkerPool.shared().run(Sizes.index((long) window.tasks() * channelTasks), workers, this);
    }

    /** Whether {@link #multiply} does all that {@link #run} does. */
    boolean isByRows() {
        return machine != null && window.channels > 0 && (epilogue == null || ends);
    }

    /** Runs for {@link #multiply} of whole output rows, which find the images in a ring of so many rows. */
    PixelRuns runs(int firstRow, int endRow, int ring) {
        PixelRuns runs = window.runs(line);
        for (int row = firstRow; row < endRow; row++) {
            window.addRow(runs, line, row, 0, window.outWidth, ring);
        }
        return runs;
    }

    /** Says for {@link #multiply} where all is. */
    void begin(float[] newX, int newXAt, float[] newY, int newYAt) {
        filters = room.of(matrix);
        if (ends && epilogue != null) {
            epilogue.isTileEnd(end);
        }
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
    }

    /** Computes some channels of pixels, with the image from {@code ahead} elements behind its begin on. */
    void multiply(PixelRuns runs, int ahead, int channel, int channels) {
        if (machine != null) {
            machine.multiply(
                    runs,
                    channel,
                    channels,
                    x,
                    xAt + ahead,
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

    @Override
    public void run(int task, int worker) {
        int part = task / channelTasks;
        int channel = task % channelTasks * channelsPerTask;
        int channels = Math.min(channelsPerTask, window.channels - channel);
        if (machine != null && calls.length > 0) {
            for (PixelRuns runs : calls[part]) {
                multiply(runs, 0, channel, channels);
            }
        }
        int from = window.firstColumn(part);
        int pixels = window.endColumn(part) - from;
        for (int row = window.firstRow(part); row < window.endRow(part); row++) {
            if (machine == null) {
                onVectors(row, from, from + pixels, offsets[worker]);
            }
            if (epilogue != null && !ends) {
                int pixel = row * window.outWidth + from;
                int at = yAt + pixel * window.channels + channel;
                epilogue.apply(at, window.channels, pixel, pixels, channel, channels);
            }
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
