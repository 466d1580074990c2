package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;

/**
 * Copies elements between arrays of one type, each with strides of its own: what transposes, slices, broadcasts and
 * concatenations come to.
 */
public final class StridedCopy implements WorkerPool.Body {
    /** A task copies at least about this many elements. */
    private static final int GRAIN = 16384;

    private static final int SQUARE = 16;
    /** Fewer elements are not turned over together. */
    private static final int FEW = 4;
    /** Rows that are worth a loop of their own. */
    private static final int TOGETHER = 16;
    /** Of fewer the calls that copy one again and again take longer than a loop. */
    private static final int MANY = 64;

    private final Primitives primitives = Primitives.best();
    private final MatrixTranspose transpose = new MatrixTranspose();
    /** Whether the last two axes are those that are contiguous in the source and in the target. */
    private boolean isTurned;
    /** Whether the same row comes again and again, one behind the other. */
    private boolean isRepeated;

    private int[] dims = {};
    private int[] from = {};
    private int[] to = {};
    private int perTask = 1;
    private int tasks;
    private int workers = 1;
    private Object source = new byte[0];
    private int sourceAt;
    private Object target = new byte[0];
    private int targetAt;

    /**
     * {@code targetStrides} are those of the result, {@code sourceStrides}, in its order of axes, those of the
     * source.
     */
    public void prepare(int[] newDims, int[] sourceStrides, int[] targetStrides, int newWorkers) {
        int[] d = newDims.clone();
        int[] s = sourceStrides.clone();
        int[] t = targetStrides.clone();
        int n = 0;
        // Axes that run on into the next are one; axes of one element are none.
        for (int i = 0; i < d.length; i++) {
            if (d[i] == 1) {
                continue;
            }
            if (n > 0 && s[n - 1] == (long) s[i] * d[i] && t[n - 1] == (long) t[i] * d[i]) {
                d[n - 1] = Sizes.index((long) d[n - 1] * d[i]);
            } else {
                d[n++] = d[i];
            }
            s[n - 1] = s[i];
            t[n - 1] = t[i];
        }
        if (n == 0) {
            d = new int[] {1};
            s = new int[] {1};
            t = new int[] {1};
            n = 1;
        }
        turned(d, s, t, n);
        if (!isTurned) {
            longest(d, s, t, n);
        }
        dims = Arrays.copyOf(d, n);
        from = Arrays.copyOf(s, n);
        to = Arrays.copyOf(t, n);
        isRepeated = n > 1 && s[n - 1] == 1 && t[n - 1] == 1 && s[n - 2] == 0 && t[n - 2] == d[n - 1];
        workers = newWorkers;
        int each = 1;
        for (int i = 1; i < n; i++) {
            each = Sizes.index((long) each * dims[i]);
        }
        // What is turned over is so in squares.
        int least = isTurned && n == 2 ? SQUARE : 1;
        perTask = n == 1
                ? Math.max(1, dims[0])
                : Math.min(Math.max(1, dims[0]), Math.max(least, GRAIN / Math.max(1, each)));
        tasks = each == 0 ? 0 : Math.ceilDiv(dims[0], perTask);
    }

    /** Moves the axis that is contiguous in the source to the one that is so in the target, if they differ. */
    private void turned(int[] d, int[] s, int[] t, int n) {
        int axis = n - 2;
        while (axis >= 0 && s[axis] != 1) {
            axis--;
        }
        isTurned = axis >= 0 && d[axis] >= FEW && s[n - 1] != 1 && t[n - 1] == 1;
        for (; isTurned && axis < n - 2; axis++) {
            swap(d, axis);
            swap(s, axis);
            swap(t, axis);
        }
    }

    /**
     * Moves another axis beside the last one, where there are few rows to copy together: the innermost that has many,
     * or the longest. Rows that are far apart would share sets of a cache.
     */
    private static void longest(int[] d, int[] s, int[] t, int n) {
        int axis = n - 2;
        if (axis < 0 || d[axis] >= FEW || s[n - 1] != 1 || t[n - 1] != 1) {
            return;
        }
        for (int i = n - 3; i >= 0 && d[axis] < TOGETHER; i--) {
            axis = s[i] != 0 && d[i] > d[axis] ? i : axis;
        }
        for (; axis < n - 2; axis++) {
            swap(d, axis);
            swap(s, axis);
            swap(t, axis);
        }
    }

    private static void swap(int[] values, int at) {
        int value = values[at];
        values[at] = values[at + 1];
        values[at + 1] = value;
    }

    /** Both are arrays of one primitive type. */
    public void run(Object newSource, int newSourceAt, Object newTarget, int newTargetAt) {
        source = newSource;
        sourceAt = newSourceAt;
        target = newTarget;
        targetAt = newTargetAt;
        WorkerPool.shared().run(tasks, workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int first = task * perTask;
        int n = Math.min(perTask, dims[0] - first);
        copy(0, n, sourceAt + first * from[0], targetAt + first * to[0]);
    }

    private void copy(int axis, int n, int s, int t) {
        if (axis == dims.length - 1) {
            row(n, s, from[axis], t, to[axis]);
        } else if (axis == dims.length - 2
                && isRepeated
                && (n >= TOGETHER || dims[axis + 1] > MANY || !(source instanceof float[]))) {
            repeat(n * dims[axis + 1], dims[axis + 1], s, t);
        } else if (axis == dims.length - 2 && from[axis + 1] == 1 && to[axis + 1] == 1 && source instanceof float[] x) {
            primitives.copy(n, dims[axis + 1], x, s, from[axis], (float[]) target, t, to[axis]);
        } else if (axis == dims.length - 2 && isTurned) {
            int columns = dims[axis + 1];
            if (to[axis] == columns && columns <= 3 && source instanceof float[] x) {
                interleave(columns, x, n, s, from[axis + 1], t, (float[]) target);
            } else {
                transpose.run(columns, n, source, s, from[axis + 1], target, t, to[axis]);
            }
        } else if (axis == dims.length - 2
                && to[axis + 1] == 1
                && from[axis + 1] > 1
                && to[axis] == dims[axis + 1]
                && source instanceof float[] x) {
            SteppedRows.copy(n, x, s, from[axis], from[axis + 1], dims[axis + 1], (float[]) target, t);
        } else {
            for (int i = 0; i < n; i++) {
                copy(axis + 1, dims[axis + 1], s + i * from[axis], t + i * to[axis]);
            }
        }
    }

    /** Copies a piece, and what is there behind itself. */
    private void repeat(int all, int piece, int s, int t) {
        System.arraycopy(source, s, target, t, Math.min(all, piece));
        for (int done = piece; done < all; ) {
            int more = Math.min(done, all - done);
            System.arraycopy(target, t, target, t + done, more);
            done += more;
        }
    }

    /** Two or three rows as columns, as of the colours of an image, or of channels that are shuffled. */
    private static void interleave(int rows, float[] x, int n, int s, int step, int t, float[] y) {
        int done = Machine.VECTOR ? VectorSteps.join(rows, n, x, s, step, y, t) : 0;
        if (rows == 2) {
            for (int i = done, to = t + 2 * done; i < n; i++, to += 2) {
                y[to] = x[s + i];
                y[to + 1] = x[s + step + i];
            }
        } else {
            for (int i = done, to = t + 3 * done; i < n; i++, to += 3) {
                y[to] = x[s + i];
                y[to + 1] = x[s + step + i];
                y[to + 2] = x[s + 2 * step + i];
            }
        }
    }

    private void row(int n, int s, int sStep, int t, int tStep) {
        if (sStep == 1 && tStep == 1) {
            System.arraycopy(source, s, target, t, n);
            return;
        }
        if (sStep == 0 && tStep == 1 && n >= MANY) {
            Fill.run(source, s, target, t, n);
            return;
        }
        switch (source) {
            case float[] x -> {
                float[] y = (float[]) target;
                if (tStep == 1) {
                    SteppedRows.copy(1, x, s, 0, sStep, n, y, t);
                    return;
                }
                for (int i = 0; i < n; i++) {
                    y[t + i * tStep] = x[s + i * sStep];
                }
            }
            case long[] x -> {
                long[] y = (long[]) target;
                for (int i = 0; i < n; i++) {
                    y[t + i * tStep] = x[s + i * sStep];
                }
            }
            case int[] x -> {
                int[] y = (int[]) target;
                for (int i = 0; i < n; i++) {
                    y[t + i * tStep] = x[s + i * sStep];
                }
            }
            case byte[] x -> {
                byte[] y = (byte[]) target;
                for (int i = 0; i < n; i++) {
                    y[t + i * tStep] = x[s + i * sStep];
                }
            }
            case double[] x -> {
                double[] y = (double[]) target;
                for (int i = 0; i < n; i++) {
                    y[t + i * tStep] = x[s + i * sStep];
                }
            }
            case short[] x -> {
                short[] y = (short[]) target;
                for (int i = 0; i < n; i++) {
                    y[t + i * tStep] = x[s + i * sStep];
                }
            }
            default -> throw new IllegalStateException("no copy of " + source.getClass());
        }
    }
}
