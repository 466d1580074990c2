package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;

/**
 * Grouped convolution of images of doubles with the channels last, by filters {@code [groups * columns, depth, taps]}.
 * Each sum is taken in order and without fused operations, as the reference takes it; the JIT makes vectors of columns.
 */
public final class DoubleConvolution implements WorkerPool.Body {
    private final SlidingWindow window;
    private final int groups;
    private final int columns;
    private final int depth;
    private int workers = 1;
    /** The filters, {@code [groups, taps, depth, columns]}. */
    private double[] packed = {};

    private int[][] offsets = {};
    private double[] x = {};
    private int xAt;
    private double[] y = {};
    private int yAt;

    /**
     * @param columns the output channels of a group
     * @param depth the input channels of a group
     */
    public DoubleConvolution(SlidingWindow window, int groups, int columns, int depth) {
        this.window = window;
        this.groups = groups;
        this.columns = columns;
        this.depth = depth;
    }

    /** Must follow each change of the window's shape. */
    public void prepare(int newWorkers) {
        workers = newWorkers;
        offsets = Scratch.ints(workers, window.taps());
        packed = new double[Sizes.index((long) groups * window.taps() * depth * columns)];
    }

    /** {@code newX} and {@code newY} are the input and the result from there on, {@code w} the filters. */
    public void run(double[] newX, int newXAt, double[] w, int wAt, double[] newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        int taps = window.taps();
        int out = 0;
        for (int g = 0; g < groups; g++) {
            for (int t = 0; t < taps; t++) {
                for (int d = 0; d < depth; d++) {
                    for (int j = 0; j < columns; j++) {
                        packed[out++] = w[wAt + ((g * columns + j) * depth + d) * taps + t];
                    }
                }
            }
        }
        WorkerPool.shared().run(window.outRows(), workers, this);
    }

    @Override
    public void run(int row, int worker) {
        int[] at = offsets[worker];
        int first = window.firstKernelRow(row) * window.kernelWidth;
        int end = window.endKernelRow(row) * window.kernelWidth;
        int from = yAt + row * window.outWidth * groups * columns;
        Arrays.fill(y, from, from + window.outWidth * groups * columns, 0);
        for (int column = 0; column < window.outWidth; column++) {
            window.offsets(row, column, 1, xAt, -1, at);
            int out = from + column * groups * columns;
            for (int g = 0; g < groups; g++, out += columns) {
                for (int t = first; t < end; t++) {
                    if (at[t - first] >= 0) {
                        tap(at[t - first] + g * depth, (g * window.taps() + t) * depth * columns, out);
                    }
                }
            }
        }
    }

    /** Adds what the channels of a pixel give by one tap of the filters. */
    private void tap(int in, int w, int out) {
        for (int d = 0; d < depth; d++) {
            ScalarNumberTiles.add(x[in + d], packed, w + d * columns, columns, y, out);
        }
    }
}
