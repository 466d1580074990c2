package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/** The running sums or products of each line, as the reference computes them: in double precision, or in 64 bits. */
public final class CumulateRows extends AxisKernel {
    private final NumberElements elements;
    private final boolean sum;
    private final boolean exclusive;
    private final boolean reverse;
    private Scratch[] scratch = {};
    private Object x = new byte[0];
    private int xAt;
    private Object y = new byte[0];
    private int yAt;

    private static final class Scratch {
        final double[] floats = new double[BLOCK];
        final double[] running = new double[BLOCK];
        final long[] integers = new long[BLOCK];
        final long[] runningIntegers = new long[BLOCK];
    }

    /**
     * @param sum of sums, else of products
     * @param exclusive whether an element does not count at its own place
     * @param reverse from the end
     */
    public CumulateRows(ElementType type, boolean sum, boolean exclusive, boolean reverse) {
        this.elements = new NumberElements(type);
        this.sum = sum;
        this.exclusive = exclusive;
        this.reverse = reverse;
    }

    @Override
    void resized() {
        if (scratch.length != workers) {
            scratch = new Scratch[workers];
            Arrays.setAll(scratch, _ -> new Scratch());
        }
    }

    /** Both are arrays of the element type. */
    public void run(Object newX, int newXAt, Object newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        start();
    }

    @Override
    void lines(int row, int column, int n, int worker) {
        Scratch s = scratch[worker];
        int at = row * length * inner + column;
        Arrays.fill(s.running, 0, n, sum ? 0 : 1);
        Arrays.fill(s.runningIntegers, 0, n, sum ? 0 : 1);
        if (inner > 1) {
            for (int j = 0; j < length; j++) {
                int step = at + (reverse ? length - 1 - j : j) * inner;
                if (elements.isFloat()) {
                    elements.load(x, xAt + step, 1, n, s.floats);
                    beside(s.floats, s.running, n);
                    elements.store(s.floats, n, y, yAt + step, 1);
                } else {
                    elements.load(x, xAt + step, 1, n, s.integers);
                    beside(s.integers, s.runningIntegers, n);
                    elements.store(s.integers, n, y, yAt + step, 1);
                }
            }
            return;
        }
        int direction = reverse ? -1 : 1;
        for (int j = 0; j < length; j += BLOCK) {
            int count = Math.min(BLOCK, length - j);
            int step = at + (reverse ? length - 1 - j : j);
            if (elements.isFloat()) {
                elements.load(x, xAt + step, direction, count, s.floats);
                s.running[0] = along(s.floats, s.running[0], count);
                elements.store(s.floats, count, y, yAt + step, direction);
            } else {
                elements.load(x, xAt + step, direction, count, s.integers);
                s.runningIntegers[0] = along(s.integers, s.runningIntegers[0], count);
                elements.store(s.integers, count, y, yAt + step, direction);
            }
        }
    }

    /** Adds a number to each of the lines side by side. */
    private void beside(double[] v, double[] running, int n) {
        for (int i = 0; i < n; i++) {
            double now = sum ? running[i] + v[i] : running[i] * v[i];
            v[i] = exclusive ? running[i] : now;
            running[i] = now;
        }
    }

    private void beside(long[] v, long[] running, int n) {
        for (int i = 0; i < n; i++) {
            long now = sum ? running[i] + v[i] : running[i] * v[i];
            v[i] = exclusive ? running[i] : now;
            running[i] = now;
        }
    }

    private double along(double[] v, double before, int n) {
        double running = before;
        for (int i = 0; i < n; i++) {
            double now = sum ? running + v[i] : running * v[i];
            v[i] = exclusive ? running : now;
            running = now;
        }
        return running;
    }

    private long along(long[] v, long before, int n) {
        long running = before;
        for (int i = 0; i < n; i++) {
            long now = sum ? running + v[i] : running * v[i];
            v[i] = exclusive ? running : now;
            running = now;
        }
        return running;
    }
}
