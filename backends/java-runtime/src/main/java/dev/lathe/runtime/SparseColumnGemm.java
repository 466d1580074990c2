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
    void multiply(float[] a, int row, int n, int first, int end, int worker) {
        ColumnKernel.Worker room = rooms[worker];
        room.take(a, aAt(row), n);
        for (int chunk = first; chunk < end; chunk++) {
            int column = chunk * columns.chunk;
            int width = Math.min(columns.chunk, b.columns - column);
            room.multiply(chunk, b.bias, width, c(), cAt(row, column), b.columns);
            finish(row, n, chunk, chunk + 1);
        }
    }
}
