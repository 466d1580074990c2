package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineDepthwise;
import org.jspecify.annotations.Nullable;

/**
 * Convolution of images, channels last, in which each channel has a filter of its own: rows of pixels in machine code,
 * or else four adjacent pixels at a time, vectors along the channels.
 */
public final class DepthwiseConvolution implements WorkerPool.Body {
    private static final int PIXELS = 4;

    private final Primitives primitives = Primitives.best();
    private final SlidingWindow window;
    private final float[] filters;
    private final float[] bias;
    private final @Nullable Pointwise epilogue;
    /** What runs instead of vectors; null where there is none. */
    private final @Nullable MachineDepthwise machine = Machine.depthwise();
    /** What the machine code does instead of the epilogue. */
    private final TileEnd end;

    private int workers = 1;
    private int[][] offsets = {};
    private float[] x = {};
    private int xAt;
    private int zeros;
    private float[] y = {};
    private int yAt;

    /**
     * @param filters {@code [taps, channels]}; see {@link #filters}
     * @param bias one for each channel
     */
    public DepthwiseConvolution(SlidingWindow window, float[] filters, float[] bias, @Nullable Pointwise epilogue) {
        this.window = window;
        this.filters = filters;
        this.bias = bias;
        TileEnd possible = new TileEnd();
        boolean ends = machine != null && epilogue != null && epilogue.endsIn(possible) && possible.addend == null;
        this.end = ends ? possible : new TileEnd();
        this.epilogue = ends ? null : epilogue;
    }

    /** Weights {@code [channels, 1, taps]} as {@code [taps, channels]}. */
    public static float[] filters(float[] weights, int channels, int taps) {
        float[] out = new float[weights.length];
        for (int c = 0; c < channels; c++) {
            for (int t = 0; t < taps; t++) {
                out[t * channels + c] = weights[c * taps + t];
            }
        }
        return out;
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newWorkers) {
        workers = newWorkers;
        window.divide(workers, PIXELS);
        offsets = Scratch.ints(workers, (long) PIXELS * window.taps());
    }

    /** As {@link Convolution#run}. */
    public void run(float[] newX, int newXAt, int newZeros, float[] newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        zeros = newZeros;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(window.tasks(), workers, this);
    }

    @Override
    public void run(int task, int worker) {
        for (int row = window.firstRow(task); row < window.endRow(task); row++) {
            row(row, window.firstColumn(task), window.endColumn(task), offsets[worker]);
        }
    }

    private void row(int row, int from, int to, int[] at) {
        if (machine == null) {
            onVectors(row, from, to, at);
        } else {
            int whole = Math.clamp(window.firstWholeColumn(), from, to);
            int end = Math.clamp(window.endWholeColumn(), whole, to);
            for (int column = from; column < whole; column++) {
                inMachineCode(machine, row, column, 1, at);
            }
            if (whole < end) {
                inMachineCode(machine, row, whole, end - whole, at);
            }
            for (int column = end; column < to; column++) {
                inMachineCode(machine, row, column, 1, at);
            }
        }
        if (epilogue != null) {
            int channels = window.channels;
            int pixel = row * window.outWidth + from;
            epilogue.apply(yAt + pixel * channels, channels, pixel, to - from, 0, channels);
        }
    }

    /** Pixels of which none reaches over a border on its left or right, or one alone. */
    private void inMachineCode(MachineDepthwise code, int row, int column, int pixels, int[] at) {
        int channels = window.channels;
        int kernelRow = window.firstKernelRow(row);
        int taps = (window.endKernelRow(row) - kernelRow) * window.kernelWidth;
        window.offsets(row, column, 1, xAt, zeros, at);
        code.multiply(
                pixels,
                x,
                window.strideWidth * channels,
                at,
                taps,
                filters,
                kernelRow * window.kernelWidth * channels,
                channels,
                bias,
                y,
                yAt + (row * window.outWidth + column) * channels,
                end.function,
                end.constants,
                end.least,
                end.greatest);
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
            primitives.depthwise(n, x, at, taps, filters, w, channels, bias, y, out);
            column += n;
        }
    }
}
