package dev.lathe.runtime;

import org.jspecify.annotations.Nullable;

/** {@link SparseGemm} for {@link SparseColumns}: the sums of a chunk of columns, which are then turned back. */
final class SparseColumnGemm extends SparseGemm {
    private static final int W = VectorColumns.W;

    private final SparseColumns columns;
    /** For each worker the sums of a chunk. */
    private float[][] sums = {};

    SparseColumnGemm(PackedMatrix b, SparseColumns columns, @Nullable Pointwise epilogue) {
        super(b, columns.chunk, ROWS, epilogue);
        this.columns = columns;
    }

    @Override
    boolean suits(int rows) {
        return Sparsity.suits(columns, rows);
    }

    @Override
    void prepare(int rows, int workers) {
        super.prepare(rows, workers);
        sums = Scratch.floats(workers, (long) columns.chunk * ROWS);
    }

    @Override
    void multiply(float[] x, int at, int n, int first, int count, float[] out, int outAt, float[] square, int worker) {
        SparseColumns s = columns;
        float[] sum = sums[worker];
        for (int j = 0; j < s.chunk; j++) {
            VectorColumns.fill(sum, j * ROWS, j < count ? b.bias[first + j] : 0);
        }
        int part = first / s.chunk * s.blocks();
        for (int left = at; left < at + s.depth * ROWS; left += s.block * ROWS, part++) {
            int j = part * s.chunk;
            for (int g = part * s.groups; g < (part + 1) * s.groups; g++, j += SparseColumns.GROUP) {
                VectorColumns.add(
                        x,
                        left,
                        s.rows,
                        s.values,
                        s.start(g),
                        s.ends[g],
                        sum,
                        s.order[j] * ROWS,
                        s.order[j + 1] * ROWS,
                        s.order[j + 2] * ROWS,
                        s.order[j + 3] * ROWS);
            }
        }
        for (int j = 0; j < count; j += W) {
            for (int r = 0; r < n; r += W) {
                VectorColumns.turnOut(
                        sum,
                        j * ROWS + r,
                        Math.min(W, n - r),
                        Math.min(W, count - j),
                        out,
                        outAt + r * b.columns + j,
                        b.columns,
                        square);
            }
        }
    }
}
