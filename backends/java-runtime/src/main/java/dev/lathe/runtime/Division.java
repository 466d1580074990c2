package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;

/**
 * How the product of many rows with the panels of a matrix is divided into tasks, one behind the other: blocks of rows,
 * each with all panels, or blocks with one panel each.
 *
 * <p>Blocks of rows share the matrix, which each worker then reads as a whole; panels share the rows. So what takes
 * more bytes is divided. Rows are divided rather than panels if in doubt: the step that follows mostly goes by rows,
 * and finds them in the cache of the worker that made them.
 *
 * @param rowsPerTask rows of a block; the last may have fewer
 * @param panelsPerTask panels of a task: all or one
 * @param panelTasks tasks of each block
 * @param tasks all of them
 */
record Division(int rowsPerTask, int panelsPerTask, int panelTasks, int tasks) {
    /** Tasks for each worker, so that none waits long for the last. */
    private static final int BALANCE = 4;
    /** Rows of a block at least, so that the panels are not read for a few. */
    private static final int LEAST_ROWS = 24;

    /**
     * A division for so many workers.
     *
     * @param rows how many; any number
     * @param panels how many
     * @param mostRows rows of a block at most, at least 1
     * @param tileRows rows of a tile at most
     * @param rowBytes bytes of a row of the left operand and of the result
     * @param matrixBytes bytes of all panels
     */
    static Division of(int rows, int panels, int mostRows, int tileRows, long rowBytes, long matrixBytes, int workers) {
        int blocks = Math.max(1, Math.ceilDiv(rows, mostRows));
        int step = Tiles.nextRows(Math.max(1, rows), tileRows);
        if (workers == 1) {
            return inBlocks(rows, blocks, step, Math.max(1, panels), 1);
        }
        if (rows >= LEAST_ROWS * workers && rowBytes * rows >= matrixBytes) {
            return inBlocks(rows, blocks(rows, blocks, tileRows, workers), 1, Math.max(1, panels), 1);
        }
        if ((long) blocks * panels < (long) workers * BALANCE) {
            // There are few of both.
            blocks = workers * BALANCE;
            return inBlocks(rows, blocks, step, Math.max(1, panels), 1);
        }
        return inBlocks(rows, blocks, step, 1, panels);
    }

    /** How many blocks there are. */
    int blocks() {
        return tasks / panelTasks;
    }

    /** The first row of a task. */
    int row(int task) {
        return task / panelTasks * rowsPerTask;
    }

    /** The first panel of a task. */
    int panel(int task) {
        return task % panelTasks * panelsPerTask;
    }

    /** As few tiles for each worker as can be, and of those ways the one with most blocks. */
    private static int blocks(int rows, int least, int tileRows, int workers) {
        int best = 0;
        int bestTiles = Integer.MAX_VALUE;
        int first = Math.ceilDiv(least, workers);
        for (int each = first; each <= Math.max(first, BALANCE); each++) {
            int blockRows = Math.ceilDiv(rows, each * workers);
            int tiles = each * Math.ceilDiv(blockRows, tileRows);
            if (tiles <= bestTiles && (blockRows >= LEAST_ROWS || each == first)) {
                best = each;
                bestTiles = tiles;
            }
        }
        return best * workers;
    }

    /** Blocks of one size, a multiple of {@code step}: a small last block would read the panels for a few rows. */
    private static Division inBlocks(int rows, int blocks, int step, int panelsPerTask, int panelTasks) {
        int each = Math.max(1, Math.ceilDiv(rows, blocks));
        int rowsPerTask = Sizes.index((long) Math.ceilDiv(each, step) * step);
        return new Division(
                rowsPerTask,
                panelsPerTask,
                panelTasks,
                Sizes.index((long) Math.ceilDiv(rows, rowsPerTask) * panelTasks));
    }
}
