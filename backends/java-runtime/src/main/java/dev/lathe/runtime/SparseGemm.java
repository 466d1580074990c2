package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import org.jspecify.annotations.Nullable;

/**
 * {@code c = a · b + bias} for constant columns without their zeros, then the epilogue on each block. The rows of the
 * left operand must be finite: infinity times a zero that is left out would not be seen.
 */
abstract sealed class SparseGemm implements WorkerPool.Body permits SparsePanelGemm, SparseColumnGemm {
    /** Tasks for each worker, so that none waits long for the last. */
    private static final int BALANCE = 2;

    final PackedMatrix b;
    private final int units;
    private final int unit;
    private final int blockRows;
    private final int mostRows;
    private final @Nullable Pointwise epilogue;
    private int rows;
    private int workers;
    private int rowsPerTask;
    private int unitsPerTask = 1;
    private int unitTasks = 1;
    private int tasks;
    private float[] a = {};
    private int aAt;
    private float[] c = {};
    private int cAt;

    /**
     * @param unit columns that are computed together
     * @param blockRows rows that are multiplied together
     * @param mostRows rows of a task at most
     */
    SparseGemm(PackedMatrix b, int unit, int blockRows, int mostRows, @Nullable Pointwise epilogue) {
        this.b = b;
        this.unit = unit;
        this.units = Math.ceilDiv(b.columns, unit);
        this.blockRows = blockRows;
        this.mostRows = mostRows;
        this.epilogue = epilogue;
        this.rowsPerTask = blockRows;
    }

    /** The kernel for the form of a matrix, or null if it has its zeros. */
    static @Nullable SparseGemm of(Tiles tiles, PackedMatrix b, @Nullable Pointwise epilogue) {
        return switch (b.sparse()) {
            case null -> null;
            case SparsePanels panels -> new SparsePanelGemm(tiles, b, panels, epilogue);
            case SparseColumns columns -> new SparseColumnGemm(b, columns, epilogue);
        };
    }

    /** Whether so many rows are multiplied faster so than with the zeros. */
    abstract boolean suits(int newRows);

    /** Sets the number of rows of {@code a} and {@code c}. */
    void prepare(int newRows, int newWorkers) {
        rows = newRows;
        workers = newWorkers;
        int blocks = Math.ceilDiv(rows, blockRows);
        int most = Math.max(1, mostRows / blockRows);
        int blocksPerTask = Math.clamp(blocks / ((long) workers * BALANCE), 1, most);
        if (workers == 1) {
            blocksPerTask = Math.clamp(blocks, 1, most);
        }
        rowsPerTask = blocksPerTask * blockRows;
        int rowTasks = Math.ceilDiv(rows, rowsPerTask);
        // A task turns its rows over once for all its columns.
        int wanted = workers == 1 ? 1 : Math.ceilDiv(workers * BALANCE, Math.max(1, rowTasks));
        unitsPerTask = Math.max(1, Math.ceilDiv(units, wanted));
        unitTasks = Math.ceilDiv(units, unitsPerTask);
        tasks = Sizes.index((long) rowTasks * unitTasks);
    }

    /** Rows of a task at most, once it is known how many there are. */
    int rowsPerTask() {
        return rowsPerTask;
    }

    /** See {@link Gemm#run(float[], int, float[], int)}. */
    void run(float[] newA, int newAAt, float[] newC, int newCAt) {
        a = newA;
        aAt = newAAt;
        c = newC;
        cAt = newCAt;
        WorkerPool.shared().run(tasks, workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int row = task / unitTasks * rowsPerTask;
        int first = task % unitTasks * unitsPerTask;
        multiply(a, row, Math.min(rowsPerTask, rows - row), first, Math.min(units, first + unitsPerTask), worker);
    }

    /** Where a row of the left operand begins. */
    final int aAt(int row) {
        return aAt + row * b.rows();
    }

    /** The result. */
    final float[] c() {
        return c;
    }

    /** Where an element of the result is. */
    final int cAt(int row, int column) {
        return cAt + row * b.columns + column;
    }

    /** The epilogue of what was multiplied. */
    final void finish(int row, int n, int first, int end) {
        if (epilogue != null) {
            int column = first * unit;
            int columns = Math.min(end * unit, b.columns) - column;
            epilogue.apply(cAt(row, column), b.columns, row, n, column, columns);
        }
    }

    /**
     * Multiplies rows by units of columns, and calls {@link #finish} for all of it.
     *
     * @param left the left operand
     * @param row the first row
     * @param n how many rows
     * @param first the first unit
     * @param end behind the last unit
     */
    abstract void multiply(float[] left, int row, int n, int first, int end, int worker);
}
