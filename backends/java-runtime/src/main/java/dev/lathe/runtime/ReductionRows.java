package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;

/**
 * Reduces the middle of {@code [outer, count, inner]}, floats of 32 bits, by one function or several, which read it
 * while it is in the cache. Long rows have parts, which run in parallel and are as many for any number of workers.
 */
public final class ReductionRows implements WorkerPool.Body {

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
    private final Function[] functions;
    private int outer;
    private int count;
    private int inner;
    /** The parts of a row, each but the last of {@link #GRAIN} elements. */
    private int parts = 1;

    /** For each function the results of the parts of all rows. */
    private final float[][] partial;

    private int perTask = 1;
    private int workers = 1;
    private float[] x = {};
    private int xAt;
    private final float[][] results;
    private final int[] resultsAt;

    public ReductionRows(Function... functions) {
        this.functions = functions.clone();
        partial = new float[functions.length][];
        results = new float[functions.length][];
        resultsAt = new int[functions.length];
    }

    public void prepare(int newOuter, int newCount, int newInner, int newWorkers) {
        outer = newOuter;
        count = newCount;
        inner = newInner;
        workers = newWorkers;
        parts = inner == 1 && count >= 2 * GRAIN ? Math.ceilDiv(count, GRAIN) : 1;
        if (parts > 1) {
            perTask = 1;
        } else {
            int each = Math.max(1, Sizes.index((long) count * Math.max(1, inner)));
            perTask = Math.clamp(GRAIN / each, 1, Math.max(1, outer));
        }
        Arrays.setAll(partial, _ -> new float[parts > 1 ? Sizes.index((long) outer * parts) : 0]);
    }

    /** Sets where the result of a function is. */
    public ReductionRows to(int number, float[] y, int yAt) {
        results[number] = y;
        resultsAt[number] = yAt;
        return this;
    }

    public void run(float[] newX, int newXAt) {
        x = newX;
        xAt = newXAt;
        WorkerPool.shared().run(parts > 1 ? outer * parts : Math.ceilDiv(outer, perTask), workers, this);
        for (int f = 0; f < functions.length && parts > 1; f++) {
            for (int i = 0; i < outer; i++) {
                results[f][resultsAt[f] + i] = finished(functions[f], row(functions[f], partial[f], i * parts, parts));
            }
        }
    }

    @Override
    public void run(int task, int worker) {
        if (parts > 1) {
            int start = task % parts * GRAIN;
            int n = Math.min(GRAIN, count - start);
            for (int f = 0; f < functions.length; f++) {
                partial[f][task] = row(functions[f], x, xAt + task / parts * count + start, n);
            }
            return;
        }
        int first = task * perTask;
        int end = first + Math.min(perTask, outer - first);
        for (int i = first; i < end; i++) {
            for (int f = 0; f < functions.length; f++) {
                if (inner == 1) {
                    results[f][resultsAt[f] + i] = finished(functions[f], row(functions[f], x, xAt + i * count, count));
                } else {
                    rows(functions[f], xAt + i * count * inner, results[f], resultsAt[f] + i * inner);
                }
            }
        }
    }

    private float finished(Function function, float value) {
        return function == Function.MEAN ? value / count : value;
    }

    private float row(Function function, float[] v, int from, int n) {
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

    private void rows(Function function, int from, float[] y, int out) {
        float start = switch (function) {
            case SUM, MEAN -> 0;
            case MIN -> Float.POSITIVE_INFINITY;
            case MAX -> Float.NEGATIVE_INFINITY;
            case PROD -> 1;
        };
        Arrays.fill(y, out, out + inner, start);
        for (int k = 0; k < count; k++, from += inner) {
            switch (function) {
                case SUM, MEAN -> add(from, y, out);
                case MIN -> min(from, y, out);
                case MAX -> max(from, y, out);
                case PROD -> multiply(from, y, out);
            }
        }
        if (function == Function.MEAN) {
            for (int i = out; i < out + inner; i++) {
                y[i] /= count;
            }
        }
    }

    private void add(int from, float[] y, int out) {
        for (int i = 0; i < inner; i++) {
            y[out + i] += x[from + i];
        }
    }

    private void min(int from, float[] y, int out) {
        for (int i = 0; i < inner; i++) {
            y[out + i] = Math.min(y[out + i], x[from + i]);
        }
    }

    private void max(int from, float[] y, int out) {
        for (int i = 0; i < inner; i++) {
            y[out + i] = Math.max(y[out + i], x[from + i]);
        }
    }

    private void multiply(int from, float[] y, int out) {
        for (int i = 0; i < inner; i++) {
            y[out + i] *= x[from + i];
        }
    }
}
