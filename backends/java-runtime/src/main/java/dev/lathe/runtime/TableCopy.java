package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Copies elements along tables: element {@code i} of an axis of the result is element {@code table[i]} of that axis of
 * the source, or a constant where that is -1. Pads and nearest-neighbour resizes.
 */
public final class TableCopy implements WorkerPool.Body {
    private static final int GRAIN = 16384;
    /** Elements from which on a piece is faster to copy than one after the other. */
    private static final int LONG_RUN = 6;

    /** Rows that are copied on vectors together. */
    private static final int ROWS = 16;

    private final Primitives primitives = Primitives.best();
    private int[][] tables = {};
    private int[] strides = {};
    /** Of the last table, pieces that move together: the end of each and, unless it is filled, its first index. */
    private int[] runEnds = {};

    private int[] runStarts = {};
    /** The last table on vectors; null where these do not do. */
    private @Nullable VectorTable vectors;

    /** Rows that are copied on vectors, for each worker: where each comes from, goes to, and goes to once more. */
    private int[][][] vectorRows = {};

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
        boolean isByElement = inner == 1 && outer > 0 && fill instanceof float[] && Machine.VECTOR;
        vectors = isByElement ? VectorTable.of(tables[outer - 1], sourceDims[outer - 1]) : null;
        vectorRows = new int[vectors == null ? 0 : workers][3][ROWS];
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
        int first = task * perTask;
        int end = first + Math.min(perTask, rows - first);
        VectorTable v = vectors;
        if (v != null) {
            onVectors(v, first, end, vectorRows[worker]);
            return;
        }
        int[] columns = tables[last];
        int length = columns.length * inner;
        int[] lines = last == 0 ? new int[1] : tables[last - 1];
        for (int row = first, n; row < end; row += n) {
            int line = row % lines.length;
            int from = source(row / lines.length);
            boolean outside = from < 0;
            if (row > first && line > 0 && lines[line] == lines[line - 1]) { // the same once more
                System.arraycopy(target, targetAt + (row - 1) * length, target, targetAt + row * length, length);
                n = 1;
                continue;
            }
            n = together(lines, line, Math.min(end - row, lines.length - line), outside);
            if (outside || lines[line] < 0) {
                Fill.run(fill, 0, target, targetAt + row * length, n * length);
            } else {
                int step = last == 0 ? 0 : strides[last - 1];
                rows(n, from + lines[line] * step, step, columns, strides[last], targetAt + row * length);
            }
        }
    }

    /** Where the lines of a table come from that has this number in row-major order; -1 if they are filled. */
    private int source(int number) {
        int from = sourceAt;
        int rest = number;
        for (int i = tables.length - 3; i >= 0; i--) {
            int index = tables[i][rest % tables[i].length];
            rest /= tables[i].length;
            if (index < 0) {
                return -1;
            }
            from += index * strides[i];
        }
        return from;
    }

    private void onVectors(VectorTable v, int first, int end, int[][] all) {
        float[] x = (float[]) source;
        float[] y = (float[]) target;
        int last = tables.length - 1;
        int length = tables[last].length;
        int[] lines = last == 0 ? new int[1] : tables[last - 1];
        int step = last == 0 ? 0 : strides[last - 1];
        int n = 0;
        int from = 0;
        for (int row = first, line = first % lines.length;
                row < end;
                row++, line = line + 1 < lines.length ? line + 1 : 0) {
            if (row == first || line == 0) {
                from = source(row / lines.length);
            }
            if (from < 0 || lines[line] < 0) {
                Fill.run(fill, 0, y, targetAt + row * length, length);
            } else if (row > first && line > 0 && lines[line] == lines[line - 1]) {
                all[2][n - 1] += length; // the same once more
            } else {
                if (n == ROWS) {
                    v.copy(n, x, all[0], y, all[1], all[2]);
                    n = 0;
                }
                all[0][n] = from + lines[line] * step;
                all[1][n] = targetAt + row * length;
                all[2][n++] = targetAt + row * length;
            }
        }
        v.copy(n, x, all[0], y, all[1], all[2]);
    }

    /** How many rows from one on lie as far apart in the source as in the target, or are filled. */
    private static int together(int[] lines, int line, int most, boolean outside) {
        int n = 1;
        while (n < most && (outside || lines[line + n] == (lines[line] < 0 ? -1 : lines[line] + n))) {
            n++;
        }
        return n;
    }

    private void rows(int n, int from, int step, int[] columns, int stride, int to) {
        int length = columns.length * inner;
        if (inner == 1 && columns.length < LONG_RUN * runEnds.length) {
            for (int i = 0; i < n; i++) {
                elements(from + i * step, columns, stride, to + i * length);
            }
            return;
        }
        for (int k = 0, at = 0; k < runEnds.length; at = runEnds[k++]) {
            int run = (runEnds[k] - at) * inner;
            if (runStarts[k] < 0) {
                fill(n, run, to + at * inner, length);
            } else {
                copy(n, run, from + runStarts[k] * stride, step, to + at * inner, length);
            }
        }
    }

    private void copy(int n, int elements, int from, int step, int to, int toStep) {
        if (source instanceof float[] x) {
            primitives.copy(n, elements, x, from, step, (float[]) target, to, toStep);
            return;
        }
        for (int i = 0; i < n; i++) {
            System.arraycopy(source, from + i * step, target, to + i * toStep, elements);
        }
    }

    private void fill(int n, int elements, int to, int toStep) {
        if (target instanceof float[] y && elements < LONG_RUN) {
            float constant = ((float[]) fill)[0];
            for (int j = 0; j < elements; j++) {
                for (int i = 0, at = to + j; i < n; i++, at += toStep) {
                    y[at] = constant;
                }
            }
            return;
        }
        for (int i = 0; i < n; i++) {
            Fill.run(fill, 0, target, to + i * toStep, elements);
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
