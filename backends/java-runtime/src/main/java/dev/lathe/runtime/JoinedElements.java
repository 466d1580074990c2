package dev.lathe.runtime;

import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.type.ElementType;

/** Joins elements with those that are there: an update of a scatter. */
final class JoinedElements {
    private final ScatterReduction reduction;
    private final boolean unsigned;
    private final NumberElements elements;
    private final double[] floats = new double[1];
    private final double[] otherFloats = new double[1];
    private final long[] integers = new long[1];
    private final long[] otherIntegers = new long[1];

    JoinedElements(ScatterReduction reduction, ElementType type) {
        this.reduction = reduction;
        this.unsigned = type == ElementType.U64;
        this.elements = new NumberElements(type);
    }

    /** Whether elements replace those that are there. */
    boolean replaces() {
        return reduction == ScatterReduction.NONE;
    }

    /** Joins each of {@code n} elements with the one at its place, counted from {@code to} on, in order. */
    void join(Object x, int from, int[] places, int n, Object y, int to) {
        if (replaces()) {
            Places.scatter(x, from, places, n, y, to);
            return;
        }
        if (x instanceof float[] a) {
            join(a, from, places, n, (float[]) y, to);
            return;
        }
        for (int i = 0; i < n; i++) {
            join(x, from + i, y, to + places[i]);
        }
    }

    private void join(float[] x, int from, int[] places, int n, float[] y, int to) {
        switch (reduction) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    y[to + places[i]] += x[from + i];
                }
            }
            case MUL -> {
                for (int i = 0; i < n; i++) {
                    y[to + places[i]] *= x[from + i];
                }
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    y[to + places[i]] = joined(y[to + places[i]], x[from + i]);
                }
            }
        }
    }

    /** Joins {@code n} elements with as many others. */
    void join(Object x, int from, int n, Object y, int to) {
        if (replaces()) {
            System.arraycopy(x, from, y, to, n);
            return;
        }
        if (x instanceof float[] a) {
            join(a, from, n, (float[]) y, to);
            return;
        }
        for (int i = 0; i < n; i++) {
            join(x, from + i, y, to + i);
        }
    }

    private void join(float[] x, int from, int n, float[] y, int to) {
        switch (reduction) {
            case ADD -> {
                for (int i = 0; i < n; i++) {
                    y[to + i] += x[from + i];
                }
            }
            case MUL -> {
                for (int i = 0; i < n; i++) {
                    y[to + i] *= x[from + i];
                }
            }
            case MIN -> {
                for (int i = 0; i < n; i++) {
                    y[to + i] = Math.min(y[to + i], x[from + i]);
                }
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    y[to + i] = Math.max(y[to + i], x[from + i]);
                }
            }
        }
    }

    private void join(Object x, int from, Object y, int to) {
        if (elements.isFloat()) {
            elements.load(y, to, 1, 1, floats);
            elements.load(x, from, 1, 1, otherFloats);
            floats[0] = joined(floats[0], otherFloats[0]);
            elements.store(floats, 1, y, to, 1);
        } else {
            elements.load(y, to, 1, 1, integers);
            elements.load(x, from, 1, 1, otherIntegers);
            integers[0] = joined(integers[0], otherIntegers[0]);
            elements.store(integers, 1, y, to, 1);
        }
    }

    private float joined(float a, float b) {
        return switch (reduction) {
            case NONE -> b;
            case ADD -> a + b;
            case MUL -> a * b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
        };
    }

    private double joined(double a, double b) {
        return switch (reduction) {
            case NONE -> b;
            case ADD -> a + b;
            case MUL -> a * b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
        };
    }

    private long joined(long a, long b) {
        boolean less = unsigned ? Long.compareUnsigned(a, b) < 0 : a < b;
        return switch (reduction) {
            case NONE -> b;
            case ADD -> a + b;
            case MUL -> a * b;
            case MIN -> less ? a : b;
            case MAX -> less ? b : a;
        };
    }
}
