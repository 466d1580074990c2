package dev.lathe.runtime;

import org.jspecify.annotations.Nullable;

/** {@code c = a · b + bias} with packed constant columns, then the epilogue on each block. */
public final class Gemm implements WorkerPool.Body {
    /** Bytes of the left operand that a block may take, about a quarter of a level-2 cache. */
    private static final int BLOCK_BYTES = 192 << 10;
    /** Tasks for each worker, so that none waits long for the last. */
    private static final int BALANCE = 4;

    private final Tiles tiles;
    private final PackedMatrix b;
    private final @Nullable Pointwise epilogue;
    private int rows;
    private int rowsPerTask;
    private int panelsPerTask;
    private int panelTasks;
    private int tasks;
    private int workers = 1;
    private int[][] offsets = {};
    private float[] a = {};
    private int aAt;
    private float[] c = {};
    private int cAt;

    public Gemm(Tiles tiles, PackedMatrix b, @Nullable Pointwise epilogue) {
        this.tiles = tiles;
        this.b = b;
        this.epilogue = epilogue;
    }

    /** Sets the number of rows of {@code a} and {@code c}. */
    public void prepare(int newRows, int newWorkers) {
        rows = newRows;
        workers = newWorkers;
        offsets = new int[workers][tiles.maxRows()];
        int step = tiles.maxRows();
        int block = Math.max(step, BLOCK_BYTES / 4 / Math.max(1, b.depth) / step * step);
        int wanted = workers * BALANCE;
        boolean byRows = workers > 1 && (rows / step >= 2 * wanted || b.panels() < workers);
        if (byRows) {
            block = Math.min(block, Math.max(step, (rows + wanted - 1) / wanted / step * step));
        }
        rowsPerTask = Math.min(block, Math.max(1, rows));
        panelsPerTask = workers == 1 || byRows ? Math.max(1, b.panels()) : 1;
        panelTasks = (b.panels() + panelsPerTask - 1) / panelsPerTask;
        tasks = Math.multiplyExact((rows + rowsPerTask - 1) / rowsPerTask, panelTasks);
    }

    /** {@code a} is {@code [rows, depth]} from {@code aAt} on, {@code c} {@code [rows, columns]} from {@code cAt} on. */
    public void run(float[] newA, int newAAt, float[] newC, int newCAt) {
        a = newA;
        aAt = newAAt;
        c = newC;
        cAt = newCAt;
        WorkerPool.shared().run(tasks, workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int from = task / panelTasks * rowsPerTask;
        int to = Math.min(rows, from + rowsPerTask);
        int panel = task % panelTasks * panelsPerTask;
        int panelEnd = Math.min(b.panels(), panel + panelsPerTask);
        int[] at = offsets[worker];
        for (; panel < panelEnd; panel++) {
            int column = panel * b.width;
            int columns = Math.min(b.width, b.columns - column);
            for (int row = from; row < to; ) {
                int n = tiles.rows(to - row);
                for (int r = 0; r < n; r++) {
                    at[r] = aAt + (row + r) * b.depth;
                }
                int out = cAt + row * b.columns + column;
                tiles.multiply(
                        n, a, at, 1, b.depth, b.data, column * b.depth, b.bias, column, c, out, b.columns, columns);
                row += n;
            }
            if (epilogue != null) {
                epilogue.apply(cAt + from * b.columns + column, b.columns, from, to - from, column, columns);
            }
        }
    }
}
