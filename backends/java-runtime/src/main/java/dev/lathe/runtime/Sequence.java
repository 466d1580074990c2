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
        // Products of longs are slow on vectors: a block is the first one, moved on.
        for (int j = 0; j < Math.min(BLOCK, length); j++) {
            integers[j] = first + j * step;
        }
        for (int i = 0; i < length; i += BLOCK) {
            int n = Math.min(BLOCK, length - i);
            if (y instanceof long[] to) {
                add(integers, i * step, n, to, yAt + i);
            } else {
                elements.store(integers, n, y, yAt + i, 1);
                add(integers, BLOCK * step, BLOCK, integers, 0);
            }
        }
    }

    private static void add(long[] x, long more, int n, long[] y, int at) {
        for (int j = 0; j < n; j++) {
            y[at + j] = x[j] + more;
        }
    }
}
