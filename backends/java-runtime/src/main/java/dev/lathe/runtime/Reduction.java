package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;

/** Reduces the middle of {@code [outer, count, inner]}. */
public final class Reduction implements WorkerPool.Body {

    /** How two elements become one. */
    public enum Function {
        SUM,
        MEAN,
        MIN,
        MAX,
        PROD
    }

    private final Primitives primitives = Primitives.best();
    private final Function function;
    private int outer;
    private int count;
    private int inner;
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
        int each = Math.max(1, Sizes.index((long) count * Math.max(1, inner)));
        perTask = Math.clamp(16384 / each, 1, Math.max(1, outer));
    }

    public void run(float[] newX, int newXAt, float[] newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(Math.ceilDiv(outer, perTask), workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int first = task * perTask;
        int end = first + Math.min(perTask, outer - first);
        for (int i = first; i < end; i++) {
            if (inner == 1) {
                y[yAt + i] = row(xAt + i * count);
            } else {
                rows(xAt + i * count * inner, yAt + i * inner);
            }
        }
    }

    private float row(int from) {
        return switch (function) {
            case SUM -> primitives.sum(x, from, count);
            case MEAN -> primitives.sum(x, from, count) / count;
            case MAX -> primitives.max(x, from, count);
            case MIN -> {
                float m = Float.POSITIVE_INFINITY;
                for (int i = from; i < from + count; i++) {
                    m = Math.min(m, x[i]);
                }
                yield m;
            }
            case PROD -> {
                float p = 1;
                for (int i = from; i < from + count; i++) {
                    p *= x[i];
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
