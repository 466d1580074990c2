package dev.lathe.runtime;

/** {@link ColumnKernel} of the Vector API. */
record VectorColumnLoops() implements ColumnKernel {
    private static final int ROWS = VectorColumns.ROWS;
    private static final int W = VectorColumns.W;

    @Override
    public int rows() {
        return ROWS;
    }

    @Override
    public int granule() {
        return ROWS;
    }

    @Override
    public Sparsity.ColumnCosts costs() {
        return Sparsity.VECTORS;
    }

    @Override
    public Worker worker(SparseColumns columns) {
        return new VectorWorker(columns);
    }

    private static final class VectorWorker implements Worker {
        private final SparseColumns s;
        private final TurnedRows turned = new TurnedRows();
        private final float[] left;
        private final float[] sums;
        /** Room for two squares. */
        private final float[] square = new float[2 * W * W];

        private int rows;

        VectorWorker(SparseColumns s) {
            this.s = s;
            left = Scratch.floats(1, (long) s.depth * ROWS)[0];
            sums = Scratch.floats(1, (long) s.chunk * ROWS)[0];
        }

        @Override
        public void take(float[] a, int at, int newRows) {
            rows = newRows;
            turned.turn(a, at, rows, s.depth, left, 0);
        }

        @Override
        public void multiply(int chunk, float[] bias, int columns, float[] out, int outAt, int outStride) {
            for (int j = 0; j < columns; j++) {
                VectorColumns.fill(sums, j * ROWS, bias[chunk * s.chunk + j]);
            }
            int part = chunk * s.blocks();
            for (int at = 0; at < s.depth * ROWS; at += s.block * ROWS, part++) {
                int j = part * s.chunk;
                for (int g = part * s.groups; g < (part + 1) * s.groups; g++, j += SparseColumns.GROUP) {
                    VectorColumns.add(
                            left,
                            at,
                            s.places,
                            s.values,
                            s.start(g),
                            s.ends[g],
                            sums,
                            s.order[j] * ROWS,
                            s.order[j + 1] * ROWS,
                            s.order[j + 2] * ROWS,
                            s.order[j + 3] * ROWS);
                }
            }
            for (int j = 0; j < columns; j += W) {
                for (int r = 0; r < rows; r += W) {
                    VectorColumns.turnOut(
                            sums,
                            j * ROWS + r,
                            Math.min(W, rows - r),
                            Math.min(W, columns - j),
                            out,
                            outAt + r * outStride + j,
                            outStride,
                            square);
                }
            }
        }
    }
}
