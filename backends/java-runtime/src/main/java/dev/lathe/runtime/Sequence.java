package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;

/** Numbers at equal distances. */
public final class Sequence {
    private static final int BLOCK = 512;

    private final NumberElements elements;
    private final double[] floats = new double[BLOCK];
    private final long[] integers = new long[BLOCK];
    private int length;

    public Sequence(ElementType type) {
        elements = new NumberElements(type);
    }

    public void prepare(int newLength) {
        length = newLength;
    }

    /** Stores {@code start + i * delta} as element {@code i}; all are arrays of the element type. */
    public void run(Object start, int startAt, Object delta, int deltaAt, Object y, int yAt) {
        if (elements.isFloat()) {
            elements.load(start, startAt, 1, 1, floats);
            double first = floats[0];
            elements.load(delta, deltaAt, 1, 1, floats);
            double step = floats[0];
            for (int i = 0; i < length; i += BLOCK) {
                int n = Math.min(BLOCK, length - i);
                for (int j = 0; j < n; j++) {
                    floats[j] = first + (i + j) * step;
                }
                elements.store(floats, n, y, yAt + i, 1);
            }
            return;
        }
        elements.load(start, startAt, 1, 1, integers);
        long first = integers[0];
        elements.load(delta, deltaAt, 1, 1, integers);
        long step = integers[0];
        long next = first;
        if (y instanceof long[] to) {
            for (int i = 0; i < length; i++) {
                to[yAt + i] = first + i * step;
            }
            return;
        }
        for (int i = 0; i < length; i += BLOCK) {
            int n = Math.min(BLOCK, length - i);
            for (int j = 0; j < n; j++, next += step) {
                integers[j] = next;
            }
            elements.store(integers, n, y, yAt + i, 1);
        }
    }
}
