package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineSparse;
import java.util.Optional;

/**
 * The loops of products with {@link SparseColumns}: a vector holds one column of several rows of the left operand, so
 * that an element of the matrix multiplies all of them, wherever it stands in its column. The left operand is turned
 * over for that, and the sums are turned back.
 */
sealed interface ColumnKernel permits MachineColumns, VectorColumnLoops {
    /** Rows of the left operand that are multiplied together. */
    int rows();

    /** Rows, of which a product takes as much time for fewer as for so many. */
    int granule();

    /** What a product costs; see {@link Sparsity}. */
    Sparsity.ColumnCosts costs();

    /** The room of a worker. */
    Worker worker(SparseColumns columns);

    /** The fastest of this machine, or none, where only dense products are fast. */
    static Optional<ColumnKernel> best() {
        MachineSparse machine = Machine.sparse();
        if (machine != null) {
            return Optional.of(new MachineColumns(machine));
        }
        return Machine.VECTOR && VectorColumns.AVAILABLE ? Optional.of(new VectorColumnLoops()) : Optional.empty();
    }

    /** A worker with up to {@link #rows} rows. */
    interface Worker {
        /** Takes rows, from {@code at} on, one behind the other. */
        void take(float[] a, int at, int rows);

        /**
         * Multiplies the rows by a chunk of columns.
         *
         * @param chunk its number
         * @param bias what each column of the matrix starts from
         * @param columns columns of the chunk, which is cut at the end of the matrix
         * @param out the result, of which rows are {@code outStride} apart
         */
        void multiply(int chunk, float[] bias, int columns, float[] out, int outAt, int outStride);
    }
}
