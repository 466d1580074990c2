package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;

/**
 * Reduces the middle of {@code [outer, count, inner]}, floats of 32 bits. Long rows have parts, which run in parallel
 * and are as many for any number of workers.
 */
public final class Reduction implements WorkerPool.Body {

    /** How two elements become one. */
    public enum Function {
        SUM,
        MEAN,
        MIN,
        MAX,
        PROD
    }

    /** A task is about this many elements. */
    static final int GRAIN = 16384;

    private final Primitives primitives = Primitives.best();
    private final Function function;
    private int outer;
    private int count;
    private int inner;
    /** The parts of a row, each but the last of {@link #GRAIN} elements. */
    private int parts = 1;

    private float[] partial = {};
    private int perTask = 1;
    private int workers = 1;
    private float[] x = {};
    private int xAt;
    private float[] y = {};
    private int yAt;

    public Reduction(Function function) {
        this.function = function;
    }

    public void prepare(int newOuter, int newCount, int newInner, int newWorkers) {
        outer = newOuter;
        count = newCount;
        inner = newInner;
        workers = newWorkers;
        parts = inner == 1 && count >= 2 * GRAIN ? Math.ceilDiv(count, GRAIN) : 1;
        if (parts > 1) {
            perTask = 1;
            partial = new float[Sizes.index((long) outer * parts)];
        } else {
            int each = Math.max(1, Sizes.index((long) count * Math.max(1, inner)));
            perTask = Math.clamp(GRAIN / each, 1, Math.max(1, outer));
            partial = new float[0];
        }
    }

    public void run(float[] newX, int newXAt, float[] newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(parts > 1 ? partial.length : Math.ceilDiv(outer, perTask), workers, this);
        if (parts > 1) {
            for (int i = 0; i < outer; i++) {
                y[yAt + i] = finished(row(partial, i * parts, parts));
            }
        }
    }

    @Override
    public void run(int task, int worker) {
        if (parts > 1) {
            int start = task % parts * GRAIN;
            partial[task] = row(x, xAt + task / parts * count + start, Math.min(GRAIN, count - start));
            return;
        }
        int first = task * perTask;
        int end = first + Math.min(perTask, outer - first);
        for (int i = first; i < end; i++) {
            if (inner == 1) {
                y[yAt + i] = finished(row(x, xAt + i * count, count));
            } else {
                rows(xAt + i * count * inner, yAt + i * inner);
            }
        }
    }

    private float finished(float value) {
        return function == Function.MEAN ? value / count : value;
    }

    private float row(float[] v, int from, int n) {
        return switch (function) {
            case SUM, MEAN -> primitives.sum(v, from, n);
            case MAX -> primitives.max(v, from, n);
            case MIN -> primitives.min(v, from, n);
            case PROD -> {
                float p = 1;
                for (int i = from; i < from + n; i++) {
                    p *= v[i];
                }
                yield p;
            }
        };
    }

    private void rows(int from, int out) {
        float start = switch (function) {
            case SUM, MEAN -> 0;
            case MIN -> Float.POSITIVE_INFINITY;
            case MAX -> Float.NEGATIVE_INFINITY;
            case PROD -> 1;
        };
        Arrays.fill(y, out, out + inner, start);
        for (int k = 0; k < count; k++, from += inner) {
            switch (function) {
                case SUM, MEAN -> add(from, out);
                case MIN -> min(from, out);
                case MAX -> max(from, out);
                case PROD -> multiply(from, out);
            }
        }
        if (function == Function.MEAN) {
            for (int i = out; i < out + inner; i++) {
                y[i] /= count;
            }
        }
    }

    private void add(int from, int out) {
        for (int i = 0; i < inner; i++) {
            y[out + i] += x[from + i];
        }
    }

    private void min(int from, int out) {
        for (int i = 0; i < inner; i++) {
            y[out + i] = Math.min(y[out + i], x[from + i]);
        }
    }

    private void max(int from, int out) {
        for (int i = 0; i < inner; i++) {
            y[out + i] = Math.max(y[out + i], x[from + i]);
        }
    }

    private void multiply(int from, int out) {
        for (int i = 0; i < inner; i++) {
            y[out + i] *= x[from + i];
        }
    }
}
