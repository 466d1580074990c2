package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products of computed operands, {@code [rows, depth] · [depth, columns]} for each of a batch, whose
 * dimensions broadcast. The right operand is packed on the way.
 */
public final class BatchedProduct implements WorkerPool.Body {
    private final Tiles tiles;
    private final @Nullable Pointwise epilogue;
    private int rows;
    private int depth;
    private int columns;
    private int[] dims = {};
    private int[] aStrides = {};
    private int[] bStrides = {};
    private int panelTasks = 1;
    private int tasks;
    private int workers = 1;
    private float[][] packed = {};
    private float[] zeros = {};
    private float[] a = {};
    private int aAt;
    private float[] b = {};
    private int bAt;
    private float[] c = {};
    private int cAt;

    public BatchedProduct(Tiles tiles, @Nullable Pointwise epilogue) {
        this.tiles = tiles;
        this.epilogue = epilogue;
    }

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
        aStrides = strides(batchOfA, Sizes.index((long) rows * depth));
        bStrides = strides(batchOfB, Sizes.index((long) depth * columns));
        int batch = 1;
        for (int d : dims) {
            batch = Sizes.index((long) batch * d);
        }
        int panels = PackedMatrix.panels(columns, tiles.width());
        panelTasks = batch >= 2 * workers ? 1 : Math.max(1, panels);
        tasks = panels == 0 ? 0 : Sizes.index((long) batch * panelTasks);
        packed = Scratch.floats(workers, (long) depth * tiles.width());
        zeros = new float[tiles.width()];
    }

    static int[] strides(int[] dims, int matrix) {
        int[] strides = new int[dims.length];
        int stride = matrix;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = dims[i] == 1 ? 0 : stride;
            stride = Sizes.index((long) stride * dims[i]);
        }
        return strides;
    }

    public void run(float[] newA, int newAAt, float[] newB, int newBAt, float[] newC, int newCAt) {
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
        int batch = task / panelTasks;
        int left = aAt;
        int right = bAt;
        for (int i = dims.length - 1, rest = batch; i >= 0; rest /= dims[i--]) {
            left += rest % dims[i] * aStrides[i];
            right += rest % dims[i] * bStrides[i];
        }
        int width = tiles.width();
        int first = panelTasks == 1 ? 0 : task % panelTasks * width;
        int last = panelTasks == 1 ? columns : Math.min(columns, first + width);
        for (int column = first; column < last; column += width) {
            int n = Math.min(width, columns - column);
            PackedMatrix.packPanel(b, right + column, columns, 1, depth, n, width, packed[worker], 0);
            panel(left, batch * rows, column, n, worker);
        }
    }

    private void panel(int left, int firstRow, int column, int n, int worker) {
        for (int row = 0; row < rows; ) {
            int height = tiles.nextRows(rows - row);
            int out = cAt + (firstRow + row) * columns + column;
            tiles.multiply(
                    height, a, left + row * depth, depth, depth, packed[worker], 0, zeros, 0, c, out, columns, n);
            row += height;
        }
        if (epilogue != null) {
            epilogue.apply(cAt + firstRow * columns + column, columns, firstRow, rows, column, n);
        }
    }
}
