package dev.lathe.runtime;

import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@link SparseGemm} for {@link SparseColumns}. */
final class SparseColumnGemm extends SparseGemm {
    private final SparseColumns columns;
    private ColumnKernel.Worker[] rooms = {};

    SparseColumnGemm(PackedMatrix b, SparseColumns columns, @Nullable Pointwise epilogue) {
        super(b, columns.chunk, columns.kernel.rows(), columns.kernel.rows(), epilogue);
        this.columns = columns;
    }

    @Override
    boolean suits(int rows) {
        return Sparsity.suits(columns, rows);
    }

    @Override
    void prepare(int rows, int workers) {
        super.prepare(rows, workers);
        if (rooms.length < workers) {
            rooms = IntStream.range(0, workers)
                    .mapToObj(_ -> columns.kernel.worker(columns))
                    .toArray(ColumnKernel.Worker[]::new);
        }
    }

    @Override
    void take(float[] a, int at, int rows, int worker) {
        rooms[worker].take(a, at, rows);
    }

    @Override
    void multiply(int rows, int column, int n, float[] out, int outAt, int worker) {
        rooms[worker].multiply(column / columns.chunk, b.bias, n, out, outAt, b.columns);
    }
}
