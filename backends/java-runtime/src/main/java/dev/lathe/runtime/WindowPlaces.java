package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/**
 * Where the largest element of each window is, over planes of three axes, of which some may have one element: its flat
 * index among all elements, the first of equals.
 */
public final class WindowPlaces implements WorkerPool.Body {
    private static final int AXES = 3;

    private final OrderedElements order;
    private final boolean columnMajor;
    private final int[] kernel;
    private final int[] strides;
    private final int[] dilations;
    private int[] sizes = {1, 1, 1};
    private int[] out = {1, 1, 1};
    private int[] pads = {0, 0, 0};
    private int planes;
    private int plane;
    private int workers = 1;
    /** For each worker, the order of the elements of a plane, of up to 32 bits or of 64. */
    private int[][] keys = {};

    private long[][] wideKeys = {};
    /** For each worker, of each window of a row, the place of the largest element so far, and its order. */
    private int[][] places = {};

    private int[][] best = {};
    private long[][] wideBest = {};
    private Object x = new byte[0];
    private int xAt;
    private long[] y = {};
    private int yAt;

    /** @param columnMajor whether axes of a plane are counted in reverse order */
    public WindowPlaces(ElementType type, boolean columnMajor, int[] kernel, int[] strides, int[] dilations) {
        this.order = new OrderedElements(type);
        this.columnMajor = columnMajor;
        this.kernel = kernel;
        this.strides = strides;
        this.dilations = dilations;
    }

    /** Sets the number of planes, their sizes, those of the results, and the padding before each axis. */
    public void prepare(int newPlanes, int[] newSizes, int[] newOut, int[] newPads, int newWorkers) {
        planes = newPlanes;
        sizes = newSizes;
        out = newOut;
        pads = newPads;
        workers = newWorkers;
        long all = 1;
        for (int i = 0; i < AXES; i++) {
            all = Sizes.times(all, sizes[i]);
            Sizes.index((out[i] - 1L) * strides[i] + (kernel[i] - 1L) * dilations[i] + sizes[i] + pads[i]);
        }
        plane = Sizes.index(all);
        boolean wide = order.isWide();
        keys = Scratch.ints(workers, wide ? 0 : plane);
        wideKeys = Scratch.longs(workers, wide ? plane : 0);
        places = Scratch.ints(workers, out[2]);
        best = Scratch.ints(workers, wide ? 0 : out[2]);
        wideBest = Scratch.longs(workers, wide ? out[2] : 0);
    }

    public void run(Object newX, int newXAt, long[] newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(planes, workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int from = xAt + task * plane;
        if (order.isWide()) {
            order.load(x, from, 1, plane, wideKeys[worker]);
        } else {
            order.load(x, from, 1, plane, 0, keys[worker]);
        }
        int to = yAt + task * out[0] * out[1] * out[2];
        for (int d = 0; d < out[0]; d++) {
            for (int h = 0; h < out[1]; h++, to += out[2]) {
                row(d * strides[0] - pads[0], h * strides[1] - pads[1], worker);
                store(places[worker], (long) task * plane, to);
            }
        }
    }

    /** Windows side by side, of which the first two axes begin at {@code depth} and {@code height}. */
    private void row(int depth, int height, int worker) {
        int[] at = places[worker];
        Arrays.fill(at, 0, out[2], -1);
        for (int i = 0; i < kernel[0]; i++) {
            int d = depth + i * dilations[0];
            if (d < 0 || d >= sizes[0]) {
                continue;
            }
            for (int j = 0; j < kernel[1]; j++) {
                int h = height + j * dilations[1];
                if (h < 0 || h >= sizes[1]) {
                    continue;
                }
                int line = (d * sizes[1] + h) * sizes[2];
                for (int k = 0; k < kernel[2]; k++) {
                    int shift = k * dilations[2] - pads[2];
                    int first = Math.clamp(Math.ceilDiv(-shift, strides[2]), 0, out[2]);
                    int end = Math.clamp(Math.ceilDiv(sizes[2] - shift, strides[2]), first, out[2]);
                    int from = line + shift;
                    if (order.isWide()) {
                        join(wideKeys[worker], from, strides[2], first, end, wideBest[worker], at);
                    } else {
                        join(keys[worker], from, strides[2], first, end, best[worker], at);
                    }
                }
            }
        }
    }

    private static void join(int[] keys, int from, int step, int first, int end, int[] best, int[] at) {
        for (int w = first, p = from + first * step; w < end; w++, p += step) {
            int key = keys[p];
            boolean isBetter = at[w] < 0 || key > best[w];
            best[w] = isBetter ? key : best[w];
            at[w] = isBetter ? p : at[w];
        }
    }

    private static void join(long[] keys, int from, int step, int first, int end, long[] best, int[] at) {
        for (int w = first, p = from + first * step; w < end; w++, p += step) {
            long key = keys[p];
            boolean isBetter = at[w] < 0 || key > best[w];
            best[w] = isBetter ? key : best[w];
            at[w] = isBetter ? p : at[w];
        }
    }

    /** What is in no window is -1. */
    private void store(int[] at, long before, int to) {
        for (int w = 0; w < out[2]; w++) {
            int p = at[w];
            long place = p;
            if (columnMajor && p >= 0) {
                long rows = p / sizes[2] % sizes[1];
                long depth = p / sizes[2] / sizes[1];
                place = depth + sizes[0] * (rows + sizes[1] * (long) (p % sizes[2]));
            }
            y[to + w] = p < 0 ? -1 : before + place;
        }
    }
}
