package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import org.jspecify.annotations.Nullable;

/**
 * {@code c = a · b + bias} for constant columns without their zeros, then the epilogue on each block. The rows of the
 * left operand are turned over in blocks of {@link #ROWS}, so that what they hold for one row of {@code b} lies side by
 * side. They must be finite: infinity times a zero that is left out would not be seen.
 */
abstract sealed class SparseGemm implements WorkerPool.Body permits SparsePanelGemm, SparseColumnGemm {
    private static final boolean VECTORS = Machine.VECTOR && VectorColumns.AVAILABLE;
    /** Rows that are turned over together. */
    static final int ROWS = VECTORS ? VectorColumns.ROWS : 8;

    private static final int LANES = ROWS / 2;
    /** Tasks for each worker, so that none waits long for the last. */
    private static final int BALANCE = 2;

    final PackedMatrix b;
    private final int units;
    private final int unit;
    private final int mostRows;
    private final @Nullable Pointwise epilogue;
    private int rows;
    private int workers;
    private int rowsPerTask = ROWS;
    private int unitsPerTask = 1;
    private int unitTasks = 1;
    private int tasks;
    /** For each worker the left operand of a task, turned over, block by block. */
    private float[][] turned = {};

    private int[][] starts = {};
    private float[][] squares = {};
    private float[] a = {};
    private int aAt;
    private float[] c = {};
    private int cAt;

    /**
     * @param unit columns that are computed together
     * @param mostRows rows of a task at most
     */
    SparseGemm(PackedMatrix b, int unit, int mostRows, @Nullable Pointwise epilogue) {
        this.b = b;
        this.unit = unit;
        this.units = Math.ceilDiv(b.columns, unit);
        this.mostRows = mostRows;
        this.epilogue = epilogue;
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
        int blocks = Math.ceilDiv(rows, ROWS);
        int blocksPerTask = Math.clamp(blocks / ((long) workers * BALANCE), 1, Math.max(1, mostRows / ROWS));
        if (workers == 1) {
            blocksPerTask = Math.clamp(blocks, 1, Math.max(1, mostRows / ROWS));
        }
        rowsPerTask = blocksPerTask * ROWS;
        int rowTasks = Math.ceilDiv(rows, rowsPerTask);
        // A task turns its rows over once for all its columns.
        int wanted = workers == 1 ? 1 : Math.ceilDiv(workers * BALANCE, Math.max(1, rowTasks));
        unitsPerTask = Math.max(1, Math.ceilDiv(units, wanted));
        unitTasks = Math.ceilDiv(units, unitsPerTask);
        tasks = Sizes.index((long) rowTasks * unitTasks);
        turned = Scratch.floats(workers, (long) b.rows() * rowsPerTask);
        starts = Scratch.ints(workers, ROWS);
        squares = Scratch.floats(workers, 2L * LANES * LANES);
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
        int n = Math.min(rowsPerTask, rows - row);
        int first = task % unitTasks * unitsPerTask;
        int end = Math.min(units, first + unitsPerTask);
        for (int r = 0; r < n; r += ROWS) {
            turn(row + r, Math.min(ROWS, n - r), r * b.rows(), worker);
        }
        for (int u = first; u < end; u++) {
            int column = u * unit;
            int columns = Math.min(unit, b.columns - column);
            int at = cAt + row * b.columns + column;
            for (int r = 0; r < n; r += ROWS) {
                multiply(
                        turned[worker],
                        r * b.rows(),
                        Math.min(ROWS, n - r),
                        column,
                        columns,
                        c,
                        at + r * b.columns,
                        squares[worker],
                        worker);
            }
            if (epilogue != null) {
                epilogue.apply(at, b.columns, row, n, column, columns);
            }
        }
    }

    /**
     * Computes a unit of columns of up to {@link #ROWS} rows.
     *
     * @param x the rows, turned over, from {@code at} on
     * @param square room for two squares of {@code ROWS / 2}
     */
    abstract void multiply(
            float[] x, int at, int n, int column, int columns, float[] out, int outAt, float[] square, int worker);

    /** Turns {@code n} rows over. */
    private void turn(int row, int n, int to, int worker) {
        float[] out = turned[worker];
        int from = aAt + row * b.rows();
        for (int first = 0; first < n; first += LANES) {
            if (VECTORS && n - first > LANES / 4) {
                int[] at = starts[worker];
                for (int r = 0; r < LANES; r++) {
                    // The last row again where there are no more: what comes out for it is not stored.
                    at[r] = from + Math.min(first + r, n - 1) * b.rows();
                }
                VectorColumns.turnIn(a, at, b.rows(), out, to + first, squares[worker]);
            } else {
                for (int r = first; r < Math.min(n, first + LANES); r++) {
                    for (int i = 0, x = from + r * b.rows(), y = to + r; i < b.rows(); i++, x++, y += ROWS) {
                        out[y] = a[x];
                    }
                }
            }
        }
    }
}
