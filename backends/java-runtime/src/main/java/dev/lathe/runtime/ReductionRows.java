package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import java.util.List;

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

    /** Columns of a task are a multiple of this, so that no two tasks write within one line of a cache. */
    private static final int LINE = 32;

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

    /** Where these begin. */
    private final int[] resultsOfParts;

    private int perTask = 1;
    /** Columns of a task, where several share the rows. */
    private int columnsPerTask = 1;

    private int columnTasks = 1;
    private int workers = 1;
    private float[] x = {};
    private int xAt;
    private final float[][] results;
    private final int[] resultsAt;

    /** The number of the least and that of the greatest element, if rows have both. */
    private final int[] extremes;

    public ReductionRows(Function... functions) {
        this.functions = functions.clone();
        List<Function> all = List.of(functions);
        int least = all.indexOf(Function.MIN);
        int greatest = all.indexOf(Function.MAX);
        extremes = least < 0 || greatest < 0 ? new int[0] : new int[] {least, greatest};
        partial = new float[functions.length][];
        resultsOfParts = new int[functions.length];
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
        int wanted = workers == 1 || outer >= workers ? 1 : Math.clamp((long) count * inner / GRAIN, 1, workers);
        columnsPerTask = Math.max(1, Sizes.index((long) Math.ceilDiv(Math.ceilDiv(inner, wanted), LINE) * LINE));
        columnTasks = Math.max(1, Math.ceilDiv(inner, columnsPerTask));
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
        int tasks = parts > 1 ? outer * parts : Sizes.index((long) Math.ceilDiv(outer, perTask) * columnTasks);
        WorkerPool.shared().run(tasks, workers, this);
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
            each(xAt + task / parts * count + start, n, partial, resultsOfParts, task);
            return;
        }
        int first = task / columnTasks * perTask;
        int end = first + Math.min(perTask, outer - first);
        int column = task % columnTasks * columnsPerTask;
        int columns = Math.min(columnsPerTask, inner - column);
        for (int i = first; i < end; i++) {
            if (inner == 1) {
                each(xAt + i * count, count, results, resultsAt, i);
                for (int f = 0; f < functions.length; f++) {
                    results[f][resultsAt[f] + i] = finished(functions[f], results[f][resultsAt[f] + i]);
                }
                continue;
            }
            for (int f = 0; f < functions.length; f++) {
                int out = resultsAt[f] + i * inner + column;
                rows(functions[f], xAt + i * count * inner + column, columns, results[f], out);
            }
        }
    }

    /** Reduces {@code n} elements by each function, to number {@code i} of its results in {@code y}. */
    private void each(int from, int n, float[][] y, int[] at, int i) {
        long both = extremes.length == 0 ? 0 : primitives.extremes(x, from, n);
        for (int f = 0; f < functions.length; f++) {
            y[f][at[f] + i] = extremes.length > 0 && f == extremes[0]
                    ? Primitives.least(both)
                    : extremes.length > 0 && f == extremes[1]
                            ? Primitives.greatest(both)
                            : row(functions[f], x, from, n);
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

    /** Some columns of all rows. */
    private void rows(Function function, int from, int columns, float[] y, int out) {
        switch (function) {
            case SUM -> primitives.addRows(count, columns, x, from, inner, y, out);
            case MEAN -> {
                primitives.addRows(count, columns, x, from, inner, y, out);
                for (int i = out; i < out + columns; i++) {
                    y[i] /= count;
                }
            }
            case MIN -> {
                Arrays.fill(y, out, out + columns, Float.POSITIVE_INFINITY);
                for (int k = 0, at = from; k < count; k++, at += inner) {
                    min(at, columns, y, out);
                }
            }
            case MAX -> {
                Arrays.fill(y, out, out + columns, Float.NEGATIVE_INFINITY);
                for (int k = 0, at = from; k < count; k++, at += inner) {
                    primitives.max(x, at, columns, y, out);
                }
            }
            case PROD -> {
                Arrays.fill(y, out, out + columns, 1);
                for (int k = 0, at = from; k < count; k++, at += inner) {
                    multiply(at, columns, y, out);
                }
            }
        }
    }

    private void min(int from, int n, float[] y, int out) {
        for (int i = 0; i < n; i++) {
            y[out + i] = Math.min(y[out + i], x[from + i]);
        }
    }

    private void multiply(int from, int n, float[] y, int out) {
        for (int i = 0; i < n; i++) {
            y[out + i] *= x[from + i];
        }
    }
}
