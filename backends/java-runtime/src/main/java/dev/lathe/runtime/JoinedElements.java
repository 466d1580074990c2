package dev.lathe.runtime;

import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.type.ElementType;

/** Joins elements with those that are there: an update of a scatter. */
final class JoinedElements {
    /** How many elements are widened at a time. */
    private static final int BLOCK = 128;

    private final ScatterReduction reduction;
    private final boolean unsigned;
    private final NumberElements elements;
    private final double[] floats = new double[BLOCK];
    private final double[] otherFloats = new double[BLOCK];
    private final long[] integers = new long[BLOCK];
    private final long[] otherIntegers = new long[BLOCK];

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
            block(x, from + i, 1, y, to + places[i]);
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
        if (x instanceof double[] a) {
            join(a, from, n, (double[]) y, to);
            return;
        }
        if (x instanceof long[] a) {
            join(a, from, n, (long[]) y, to);
            return;
        }
        for (int i = 0; i < n; i += BLOCK) {
            block(x, from + i, Math.min(BLOCK, n - i), y, to + i);
        }
    }

    private void join(float[] x, int from, int n, float[] y, int to) {
        if (!Machine.VECTOR || n < Machine.LANES) {
            for (int i = 0; i < n; i++) {
                y[to + i] = joined(y[to + i], x[from + i]);
            }
            return;
        }
        switch (reduction) {
            case ADD -> VectorJoins.add(x, from, y, to, n);
            case MUL -> VectorJoins.multiply(x, from, y, to, n);
            case MIN -> VectorJoins.least(x, from, y, to, n);
            default -> VectorJoins.greatest(x, from, y, to, n);
        }
    }

    private void join(double[] x, int from, int n, double[] y, int to) {
        if (reduction == ScatterReduction.ADD) {
            for (int i = 0; i < n; i++) {
                y[to + i] += x[from + i];
            }
            return;
        }
        for (int i = 0; i < n; i++) {
            y[to + i] = joined(y[to + i], x[from + i]);
        }
    }

    private void join(long[] x, int from, int n, long[] y, int to) {
        if (reduction == ScatterReduction.ADD) {
            for (int i = 0; i < n; i++) {
                y[to + i] += x[from + i];
            }
            return;
        }
        for (int i = 0; i < n; i++) {
            y[to + i] = joined(y[to + i], x[from + i]);
        }
    }

    private void block(Object x, int from, int n, Object y, int to) {
        if (elements.isFloat()) {
            elements.load(y, to, 1, n, floats);
            elements.load(x, from, 1, n, otherFloats);
            for (int i = 0; i < n; i++) {
                floats[i] = joined(floats[i], otherFloats[i]);
            }
            elements.store(floats, n, y, to, 1);
        } else {
            elements.load(y, to, 1, n, integers);
            elements.load(x, from, 1, n, otherIntegers);
            for (int i = 0; i < n; i++) {
                integers[i] = joined(integers[i], otherIntegers[i]);
            }
            elements.store(integers, n, y, to, 1);
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
