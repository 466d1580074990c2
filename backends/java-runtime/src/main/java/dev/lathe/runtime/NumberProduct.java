package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.lang.reflect.Array;
import java.util.Arrays;

/**
 * Matrix products of doubles and of integers of 32 and 64 bits, which wrap, {@code [rows, depth] · [depth, columns]}
 * for each of a batch, whose dimensions broadcast. Each sum is taken in order.
 */
public final class NumberProduct implements WorkerPool.Body {
    private final NumberTiles tiles;
    private final Class<?> element;
    private int rows;
    private int depth;
    private int columns;
    private int[] dims = {};
    private int[] aStrides = {};
    private int[] bStrides = {};
    private int panels;
    private int tasks;
    private int workers = 1;
    private Object[] packed = {};
    private Object a = new byte[0];
    private int aAt;
    private Object b = new byte[0];
    private int bAt;
    private Object c = new byte[0];
    private int cAt;

    /** @param type f64, or an integer of 32 or 64 bits */
    public NumberProduct(ElementType type) {
        tiles = NumberTiles.of(type);
        element = type == ElementType.F64 ? double.class : type.bits() == Long.SIZE ? long.class : int.class;
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
        aStrides = BatchedProduct.strides(batchOfA, Sizes.index((long) rows * depth));
        bStrides = BatchedProduct.strides(batchOfB, Sizes.index((long) depth * columns));
        int batch = 1;
        for (int d : dims) {
            batch = Sizes.index((long) batch * d);
        }
        panels = Math.ceilDiv(columns, tiles.width());
        tasks = Sizes.index((long) batch * panels);
        packed = new Object[workers];
        int room = Scratch.length(workers, (long) depth * tiles.width(), Long.BYTES);
        Arrays.setAll(packed, _ -> Array.newInstance(element, room));
    }

    /** All are arrays of the element type. */
    public void run(Object newA, int newAAt, Object newB, int newBAt, Object newC, int newCAt) {
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
        int batch = task / panels;
        int left = aAt;
        int right = bAt;
        for (int i = dims.length - 1, rest = batch; i >= 0; rest /= dims[i--]) {
            left += rest % dims[i] * aStrides[i];
            right += rest % dims[i] * bStrides[i];
        }
        int width = tiles.width();
        int column = task % panels * width;
        int n = Math.min(width, columns - column);
        int out = cAt + batch * rows * columns + column;
        boolean whole = n == width || tiles.rowsToPack() == Integer.MAX_VALUE;
        if (whole && rows < tiles.rowsToPack()) {
            tiles.multiply(rows, depth, n, a, left, b, right + column, columns, c, out, columns);
            return;
        }
        Object panel = packed[worker];
        tiles.pack(b, right + column, columns, depth, n, panel);
        tiles.multiply(rows, depth, n, a, left, panel, 0, width, c, out, columns);
    }
}
