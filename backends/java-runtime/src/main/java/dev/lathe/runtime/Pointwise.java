package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;

/**
 * A generated elementwise kernel. The result is seen as rows of columns; an operand follows the rows, the columns,
 * both, or neither. Run on its own, or by another kernel as its epilogue, on each block of the result while that is
 * in the cache.
 */
public abstract class Pointwise implements WorkerPool.Body {
    private int rows;
    private int columns;
    private int rowsPerTask;
    private int columnsPerTask;
    private int columnTasks;
    private int tasks;
    private int workers = 1;

    /** A task is at least this many elements. */
    private static final int GRAIN = 16384;

    /**
     * Computes rows {@code row … row + rows - 1}, columns {@code column … column + columns - 1}. As an epilogue it
     * takes the values in place as its first operand.
     *
     * @param at where element ({@code row}, {@code column}) of the result is
     * @param stride from one row of the result to the next
     */
    protected abstract void apply(int at, int stride, int row, int rows, int column, int columns);

    /**
     * Whether this does no more to its first operand than a tile can do before it stores its sums, with the operands as
     * they are bound now. Then {@code end} is told, and a kernel on such tiles need not run this.
     */
    protected boolean isTileEnd(TileEnd end) {
        return false;
    }

    /** As {@link #isTileEnd}; false also where the machine has no code for the function that this is. */
    final boolean endsIn(TileEnd end) {
        return isTileEnd(end) && end.isWhole;
    }

    /** Sets the shape of the result. */
    public final void prepare(int newRows, int newColumns, int newWorkers) {
        rows = newRows;
        columns = newColumns;
        workers = newWorkers;
        rowsPerTask = Math.clamp(GRAIN / Math.max(1, columns), 1, Math.max(1, rows));
        columnsPerTask = rowsPerTask > 1 || columns <= 2 * GRAIN ? Math.max(1, columns) : GRAIN;
        columnTasks = Math.ceilDiv(columns, columnsPerTask);
        tasks = Sizes.index((long) Math.ceilDiv(rows, rowsPerTask) * columnTasks);
    }

    /** Where the result starts in its array. */
    protected abstract int start();

    /** Runs on the whole result. */
    public final void run() {
        WorkerPool.shared().run(tasks, workers, this);
    }

    @Override
    public final void run(int task, int worker) {
        int row = task / columnTasks * rowsPerTask;
        int column = task % columnTasks * columnsPerTask;
        apply(
                start() + row * columns + column,
                columns,
                row,
                Math.min(rowsPerTask, rows - row),
                column,
                Math.min(columnsPerTask, columns - column));
    }
}
