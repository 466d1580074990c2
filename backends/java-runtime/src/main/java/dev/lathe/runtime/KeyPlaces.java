package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;

/** The places of numbers among keys that are known when the model is loaded. */
public final class KeyPlaces implements WorkerPool.Body {
    private static final int BLOCK = 1024;

    private final KeyTable table;
    private final NumberElements elements;
    private int length;
    private int workers = 1;
    private double[][] floats = {};
    private long[][] integers = {};
    private Object x = new byte[0];
    private int xAt;
    private long[] y = {};
    private int yAt;

    /** @param type of the numbers, and of the keys */
    public KeyPlaces(KeyTable table, ElementType type) {
        this.table = table;
        this.elements = new NumberElements(type);
    }

    public void prepare(int newLength, int newWorkers) {
        length = newLength;
        workers = newWorkers;
        floats = Scratch.doubles(elements.isFloat() ? workers : 0, BLOCK);
        integers = Scratch.longs(elements.isFloat() ? 0 : workers, BLOCK);
    }

    /** {@code newX} is an array of the element type. */
    public void run(Object newX, int newXAt, long[] newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(Math.ceilDiv(length, BLOCK), workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int first = task * BLOCK;
        int n = Math.min(BLOCK, length - first);
        if (elements.isFloat()) {
            double[] v = floats[worker];
            elements.load(x, xAt + first, 1, n, v);
            for (int i = 0; i < n; i++) {
                y[yAt + first + i] = table.of(KeyTable.bits(v[i]));
            }
            return;
        }
        long[] v = integers[worker];
        elements.load(x, xAt + first, 1, n, v);
        for (int i = 0; i < n; i++) {
            y[yAt + first + i] = table.of(v[i]);
        }
    }
}
