package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;

/**
 * Matrix products of doubles, {@code [rows, depth] · [depth, columns]} for each of a batch, whose dimensions broadcast.
 * Each sum is taken in order and without fused operations, as the reference takes it; the JIT makes vectors of columns.
 */
public final class DoubleProduct implements WorkerPool.Body {
    /** Tasks for each worker, so that none waits long for the last. */
    private static final int BALANCE = 4;

    private int rows;
    private int depth;
    private int columns;
    private int[] dims = {};
    private int[] aStrides = {};
    private int[] bStrides = {};
    private int rowsPerTask = 1;
    private int rowTasks;
    private int tasks;
    private int workers = 1;
    private double[] a = {};
    private int aAt;
    private double[] b = {};
    private int bAt;
    private double[] c = {};
    private int cAt;

    /**
     * @param batchDims the batch dimensions of the result
     * @param batchOfA the batch dimensions of the left operand, as many, each that of the result or 1
     * @param batchOfB those of the right operand
     */
    public void prepare(
            int newRows,
            int newDepth,
            int newColumns,
            int[] batchDims,
            int[] batchOfA,
            int[] batchOfB,
            int newWorkers) {
        rows = newRows;
        depth = newDepth;
        columns = newColumns;
        workers = newWorkers;
        dims = batchDims;
        aStrides = BatchedProduct.strides(batchOfA, Sizes.index((long) rows * depth));
        bStrides = BatchedProduct.strides(batchOfB, Sizes.index((long) depth * columns));
        int batch = 1;
        for (int d : dims) {
            batch = Sizes.index((long) batch * d);
        }
        rowsPerTask = Math.max(1, rows / (workers * BALANCE));
        rowTasks = Math.ceilDiv(rows, rowsPerTask);
        tasks = Sizes.index((long) batch * rowTasks);
    }

    public void run(double[] newA, int newAAt, double[] newB, int newBAt, double[] newC, int newCAt) {
        a = newA;
        aAt = newAAt;
        b = newB;
        bAt = newBAt;
        c = newC;
        cAt = newCAt;
        WorkerPool.shared().run(tasks, workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int batch = task / rowTasks;
        int left = aAt;
        int right = bAt;
        for (int i = dims.length - 1, rest = batch; i >= 0; rest /= dims[i--]) {
            left += rest % dims[i] * aStrides[i];
            right += rest % dims[i] * bStrides[i];
        }
        int first = task % rowTasks * rowsPerTask;
        int end = first + Math.min(rowsPerTask, rows - first);
        for (int row = first; row < end; row++) {
            int out = cAt + (batch * rows + row) * columns;
            Arrays.fill(c, out, out + columns, 0);
            for (int i = 0; i < depth; i++) {
                add(a[left + row * depth + i], b, right + i * columns, columns, c, out);
            }
        }
    }

    /** {@code y += x * b}. */
    static void add(double x, double[] b, int bAt, int n, double[] y, int yAt) {
        for (int j = 0; j < n; j++) {
            y[yAt + j] += x * b[bAt + j];
        }
    }
}
