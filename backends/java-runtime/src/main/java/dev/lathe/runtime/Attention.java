package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.runtime.machine.MachineRowProducts;
import org.jspecify.annotations.Nullable;

/**
 * {@code softmax(scale * q kᵀ + mask) v} for each batch and head: the scores of a few queries at a time, never the
 * whole matrix. Operands are read, and the result is written, where their strides say, so that the transposes around
 * attention cost nothing.
 */
public final class Attention implements WorkerPool.Body {

    /** Where element {@code [batch, head, row, 0]} of an operand is; elements of a row are contiguous. */
    public static final class Layout {
        private int batchStride;
        private int headStride;
        private int rowStride;

        public void prepare(int newBatchStride, int newHeadStride, int newRowStride) {
            batchStride = newBatchStride;
            headStride = newHeadStride;
            rowStride = newRowStride;
        }

        private int at(int batch, int head) {
            return batch * batchStride + head * headStride;
        }
    }

    /** Queries at most that read keys and values where they are: to pack these takes as long as some queries. */
    private static final int FEW = 4;
    // The arrays of the workspace.
    private static final int KEYS = 0;
    private static final int VALUES = 1;
    private static final int SCORES = 2;

    private final Tiles tiles;
    private final Workspace workspace;
    private final Softmax softmax = new Softmax();
    private final @Nullable MachineRowProducts rowProducts = Machine.rowProducts();
    private final float scale;
    public final Layout q = new Layout();
    public final Layout k = new Layout();
    public final Layout v = new Layout();
    public final Layout mask = new Layout();
    public final Layout y = new Layout();
    private int heads;
    private int queries;
    private int keys;
    private int depth;
    private int valueDepth;
    private int maskStride;
    private int tasks;
    private int workers = 1;
    private float[][] packedKeys = {};
    private float[][] packedValues = {};
    private float[][] scores = {};
    private float[] zeros = {};
    private float[] qData = {};
    private int qAt;
    private float[] kData = {};
    private int kAt;
    private float[] vData = {};
    private int vAt;
    private float @Nullable [] maskData;
    private int maskAt;
    private float[] yData = {};
    private int yAt;

    public Attention(Tiles tiles, Workspace workspace, float scale) {
        this.tiles = tiles;
        this.workspace = workspace;
        this.scale = scale;
    }

    /** {@code maskStride} is 1, or 0 for a mask with one element for all keys. */
    public void prepare(
            int batch,
            int newHeads,
            int newQueries,
            int newKeys,
            int newDepth,
            int newValueDepth,
            int newMaskStride,
            int newWorkers) {
        heads = newHeads;
        queries = newQueries;
        keys = newKeys;
        depth = newDepth;
        valueDepth = newValueDepth;
        maskStride = newMaskStride;
        workers = newWorkers;
        tasks = Sizes.index((long) batch * heads);
        int width = tiles.width();
        if (rowProducts == null || queries > FEW) {
            workspace.reserve(KEYS, workers, PackedMatrix.size(depth, keys, width));
            workspace.reserve(VALUES, workers, PackedMatrix.size(keys, valueDepth, width));
        }
        workspace.reserve(SCORES, workers, (long) tiles.maxRows() * keys);
        zeros = new float[Sizes.index((long) PackedMatrix.panels(Math.max(keys, valueDepth), width) * width)];
    }

    public void run(
            float[] newQ,
            int newQAt,
            float[] newK,
            int newKAt,
            float[] newV,
            int newVAt,
            float @Nullable [] newMask,
            int newMaskAt,
            float[] newY,
            int newYAt) {
        packedKeys = workspace.floats(KEYS);
        packedValues = workspace.floats(VALUES);
        scores = workspace.floats(SCORES);
        qData = newQ;
        qAt = newQAt;
        kData = newK;
        kAt = newKAt;
        vData = newV;
        vAt = newVAt;
        maskData = newMask;
        maskAt = newMaskAt;
        yData = newY;
        yAt = newYAt;
        WorkerPool.shared().run(tasks, workers, this);
    }

    @Override
    public void run(int task, int worker) {
        int batch = task / heads;
        int head = task % heads;
        if (rowProducts != null && queries <= FEW) {
            rows(rowProducts, batch, head, scores[worker]);
            return;
        }
        int width = tiles.width();
        float[] keyPanels = packedKeys[worker];
        float[] valuePanels = packedValues[worker];
        PackedMatrix.pack(kData, kAt + k.at(batch, head), 1, k.rowStride, depth, keys, width, keyPanels, 0);
        PackedMatrix.pack(vData, vAt + v.at(batch, head), v.rowStride, 1, keys, valueDepth, width, valuePanels, 0);
        int from = qAt + q.at(batch, head);
        int to = yAt + y.at(batch, head);
        for (int row = 0; row < queries; ) {
            int n = tiles.nextRows(queries - row);
            float[] s = scores[worker];
            multiply(n, qData, from + row * q.rowStride, q.rowStride, depth, keyPanels, keys, s, 0, keys);
            int maskRow = maskAt + mask.at(batch, head) + row * mask.rowStride;
            softmax.rows(n, keys, s, 0, scale, maskData, maskRow, mask.rowStride, maskStride, s, 0);
            multiply(n, s, 0, keys, keys, valuePanels, valueDepth, yData, to + row * y.rowStride, y.rowStride);
            row += n;
        }
    }

    /** One query after the other. */
    private void rows(MachineRowProducts products, int batch, int head, float[] s) {
        for (int row = 0; row < queries; row++) {
            int from = qAt + q.at(batch, head) + row * q.rowStride;
            products.dots(qData, from, kData, kAt + k.at(batch, head), k.rowStride, keys, depth, s, 0);
            int maskRow = maskAt + mask.at(batch, head) + row * mask.rowStride;
            softmax.rows(1, keys, s, 0, scale, maskData, maskRow, mask.rowStride, maskStride, s, 0);
            int to = yAt + y.at(batch, head) + row * y.rowStride;
            products.sums(s, 0, vData, vAt + v.at(batch, head), v.rowStride, keys, valueDepth, yData, to);
        }
    }

    private void multiply(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int inner,
            float[] panels,
            int columns,
            float[] c,
            int cAt,
            int cStride) {
        int width = tiles.width();
        for (int j = 0; j < columns; j += width) {
            tiles.multiply(
                    rows,
                    a,
                    aAt,
                    aStride,
                    inner,
                    panels,
                    j * inner,
                    zeros,
                    0,
                    c,
                    cAt + j,
                    cStride,
                    Math.min(width, columns - j));
        }
    }
}
