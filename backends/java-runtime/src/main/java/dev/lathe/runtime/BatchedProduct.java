package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products of computed operands, {@code [rows, depth] · [depth, columns]} for each of a batch, whose
 * dimensions broadcast. The right operand is packed on the way, if it is not known before.
 */
public final class BatchedProduct implements WorkerPool.Body {
    private final Tiles tiles;
    private final @Nullable Pointwise epilogue;
    /** The right operands that are known before any call; none if they are computed. */
    private final PackedMatrix[] matrices;

    private final boolean widened;
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
    /** Of one row. */
    private float[][] sums = {};

    private float[] zeros = {};
    private float[] a = {};
    private int aAt;
    private float[] b = {};
    private int bAt;
    private float[] c = {};
    private int cAt;

    public BatchedProduct(Tiles tiles, @Nullable Pointwise epilogue) {
        this(tiles, new PackedMatrix[0], epilogue);
    }

    /** With {@code matrices} as right operands. */
    public BatchedProduct(Tiles tiles, PackedMatrix[] matrices, @Nullable Pointwise epilogue) {
        this.tiles = tiles;
        this.matrices = matrices;
        this.widened = Arrays.stream(matrices).anyMatch(PackedMatrix::isWidened);
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
        bStrides = strides(batchOfB, matrices.length > 0 ? 1 : Sizes.index((long) depth * columns));
        int batch = 1;
        for (int d : dims) {
            batch = Sizes.index((long) batch * d);
        }
        int panels = PackedMatrix.panels(columns, tiles.width());
        panelTasks = batch >= 2 * workers ? 1 : Math.max(1, panels);
        tasks = panels == 0 ? 0 : Sizes.index((long) batch * panelTasks);
        packed = Scratch.floats(workers, matrices.length == 0 || widened ? (long) depth * tiles.width() : 0);
        sums = Scratch.floats(workers, widened && rows == 1 ? tiles.width() : 0);
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

    /** With the matrices that are known. */
    public void run(float[] newA, int newAAt, float[] newC, int newCAt) {
        run(newA, newAAt, zeros, 0, newC, newCAt);
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
            int out = cAt + batch * rows * columns + column;
            if (matrices.length == 0) {
                PackedMatrix.packPanel(b, right + column, columns, 1, depth, n, width, packed[worker], 0);
                panel(left, packed[worker], 0, out, n);
            } else if (rows == 1 && matrices[right].isWidened()) {
                matrices[right].multiplyRow(column, a, left, tiles, packed[worker], sums[worker]);
                System.arraycopy(sums[worker], 0, c, out, n);
            } else {
                PackedMatrix m = matrices[right];
                panel(left, m.panel(column, packed[worker]), m.panelAt(column), out, n);
            }
            end(batch * rows, column, n);
        }
    }

    private void panel(int left, float[] panel, int panelAt, int out, int n) {
        for (int row = 0; row < rows; ) {
            int height = tiles.nextRows(rows - row);
            tiles.multiply(
                    height,
                    a,
                    left + row * depth,
                    depth,
                    depth,
                    panel,
                    panelAt,
                    zeros,
                    0,
                    c,
                    out + row * columns,
                    columns,
                    n);
            row += height;
        }
    }

    private void end(int firstRow, int column, int n) {
        if (epilogue != null) {
            epilogue.apply(cAt + firstRow * columns + column, columns, firstRow, rows, column, n);
        }
    }
}
