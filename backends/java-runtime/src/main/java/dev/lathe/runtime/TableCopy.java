package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;

/**
 * Copies elements along tables: element {@code i} of an axis of the result is element {@code table[i]} of that axis of
 * the source, or a constant where that is -1. Pads and nearest-neighbour resizes.
 */
public final class TableCopy implements WorkerPool.Body {
    private static final int GRAIN = 16384;
    /** Elements from which on a piece is faster to copy than one after the other. */
    private static final int LONG_RUN = 6;

    private int[][] tables = {};
    private int[] strides = {};
    /** Of the last table, pieces that move together: the end of each and, unless it is filled, its first index. */
    private int[] runEnds = {};

    private int[] runStarts = {};
    private int inner = 1;
    private int perTask = 1;
    private int rows;
    private int workers = 1;
    private final Object fill;
    private Object source = new byte[0];
    private int sourceAt;
    private Object target = new byte[0];
    private int targetAt;

    /** @param fill an array of the elements' type with the constant */
    public TableCopy(Object fill) {
        this.fill = fill;
    }

    /**
     * @param sourceDims the dimensions of the source
     * @param newTables for each axis the source index of each element of the result
     */
    public void prepare(int[] sourceDims, int[][] newTables, int newWorkers) {
        int rank = sourceDims.length;
        workers = newWorkers;
        int[] all = new int[rank];
        int stride = 1;
        for (int i = rank - 1; i >= 0; i--) {
            all[i] = stride;
            stride = Sizes.index((long) stride * sourceDims[i]);
        }
        // Trailing axes that stay as they are move in one piece.
        int outer = rank;
        inner = 1;
        while (outer > 0 && isIdentity(newTables[outer - 1], sourceDims[outer - 1])) {
            inner = Sizes.index((long) inner * sourceDims[--outer]);
        }
        tables = Arrays.copyOf(newTables, outer);
        strides = Arrays.copyOf(all, outer);
        rows = 1;
        for (int i = 0; i + 1 < outer; i++) {
            rows = Sizes.index((long) rows * tables[i].length);
        }
        int each = outer == 0 ? inner : Sizes.index((long) tables[outer - 1].length * inner);
        perTask = Math.clamp(GRAIN / Math.max(1, each), 1, Math.max(1, rows));
        rows = each == 0 ? 0 : rows;
        findRuns(outer == 0 ? new int[0] : tables[outer - 1]);
    }

    private void findRuns(int[] table) {
        int[] ends = new int[table.length];
        int[] starts = new int[table.length];
        int n = 0;
        for (int j = 0; j < table.length; j++) {
            boolean follows = j > 0 && table[j] == (table[j - 1] < 0 ? -1 : table[j - 1] + 1);
            if (!follows) {
                starts[n++] = table[j];
            }
            ends[n - 1] = j + 1;
        }
        runEnds = Arrays.copyOf(ends, n);
        runStarts = Arrays.copyOf(starts, n);
    }

    private static boolean isIdentity(int[] table, int n) {
        if (table.length != n) {
            return false;
        }
        for (int i = 0; i < n; i++) {
            if (table[i] != i) {
                return false;
            }
        }
        return true;
    }

    /** Both are arrays of the constant's type. */
    public void run(Object newSource, int newSourceAt, Object newTarget, int newTargetAt) {
        source = newSource;
        sourceAt = newSourceAt;
        target = newTarget;
        targetAt = newTargetAt;
        WorkerPool.shared().run(Math.ceilDiv(rows, perTask), workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int last = tables.length - 1;
        if (last < 0) {
            System.arraycopy(source, sourceAt, target, targetAt, inner);
            return;
        }
        int[] columns = tables[last];
        int first = task * perTask;
        int end = first + Math.min(perTask, rows - first);
        for (int row = first; row < end; row++) {
            int from = sourceAt;
            boolean outside = false;
            for (int i = last - 1, rest = row; i >= 0; i--) {
                int index = tables[i][rest % tables[i].length];
                rest /= tables[i].length;
                outside |= index < 0;
                from += index * strides[i];
            }
            row(from, outside, columns, strides[last], targetAt + row * columns.length * inner);
        }
    }

    private void row(int from, boolean outside, int[] columns, int stride, int to) {
        if (outside) {
            fill(to, columns.length * inner);
        } else if (inner == 1 && columns.length < LONG_RUN * runEnds.length) {
            elements(from, columns, stride, to);
        } else {
            for (int k = 0, at = 0; k < runEnds.length; at = runEnds[k++]) {
                int n = (runEnds[k] - at) * inner;
                if (runStarts[k] < 0) {
                    fill(to + at * inner, n);
                } else {
                    System.arraycopy(source, from + runStarts[k] * stride, target, to + at * inner, n);
                }
            }
        }
    }

    private void fill(int to, int n) {
        switch (target) {
            case float[] y -> Arrays.fill(y, to, to + n, ((float[]) fill)[0]);
            case double[] y -> Arrays.fill(y, to, to + n, ((double[]) fill)[0]);
            case long[] y -> Arrays.fill(y, to, to + n, ((long[]) fill)[0]);
            case int[] y -> Arrays.fill(y, to, to + n, ((int[]) fill)[0]);
            case short[] y -> Arrays.fill(y, to, to + n, ((short[]) fill)[0]);
            case byte[] y -> Arrays.fill(y, to, to + n, ((byte[]) fill)[0]);
            default -> throw new IllegalStateException("no copy of " + target.getClass());
        }
    }

    private void elements(int from, int[] columns, int stride, int to) {
        switch (source) {
            case float[] x -> {
                float[] y = (float[]) target;
                float constant = ((float[]) fill)[0];
                for (int j = 0; j < columns.length; j++) {
                    y[to + j] = columns[j] < 0 ? constant : x[from + columns[j] * stride];
                }
            }
            case double[] x -> {
                double[] y = (double[]) target;
                double constant = ((double[]) fill)[0];
                for (int j = 0; j < columns.length; j++) {
                    y[to + j] = columns[j] < 0 ? constant : x[from + columns[j] * stride];
                }
            }
            case long[] x -> {
                long[] y = (long[]) target;
                long constant = ((long[]) fill)[0];
                for (int j = 0; j < columns.length; j++) {
                    y[to + j] = columns[j] < 0 ? constant : x[from + columns[j] * stride];
                }
            }
            case int[] x -> {
                int[] y = (int[]) target;
                int constant = ((int[]) fill)[0];
                for (int j = 0; j < columns.length; j++) {
                    y[to + j] = columns[j] < 0 ? constant : x[from + columns[j] * stride];
                }
            }
            case short[] x -> {
                short[] y = (short[]) target;
                short constant = ((short[]) fill)[0];
                for (int j = 0; j < columns.length; j++) {
                    y[to + j] = columns[j] < 0 ? constant : x[from + columns[j] * stride];
                }
            }
            case byte[] x -> {
                byte[] y = (byte[]) target;
                byte constant = ((byte[]) fill)[0];
                for (int j = 0; j < columns.length; j++) {
                    y[to + j] = columns[j] < 0 ? constant : x[from + columns[j] * stride];
                }
            }
            default -> throw new IllegalStateException("no copy of " + source.getClass());
        }
    }
}
