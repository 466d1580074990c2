package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.runtime.machine.MachineSparse;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@link ColumnKernel} in machine code. */
record MachineColumns(MachineSparse machine) implements ColumnKernel {
    /** Rows and columns that are turned over one by one, since there are fewer than the code takes. */
    private static final int FEW = 4;

    @Override
    public int rows() {
        return machine.rows();
    }

    @Override
    public int granule() {
        return machine.lanes();
    }

    @Override
    public Sparsity.ColumnCosts costs() {
        return Sparsity.MACHINE;
    }

    @Override
    public Worker worker(SparseColumns columns) {
        return new MachineWorker(columns);
    }

    private final class MachineWorker implements Worker {
        private final SparseColumns s;
        private final MachineSparse.Columns checked;
        /** The rows, turned over, and the sums. */
        private final MemorySegment left;

        private final MemorySegment sums;
        private int rows;

        MachineWorker(SparseColumns s) {
            this.s = s;
            checked = new MachineSparse.Columns(s.places, s.values, s.ends, s.order, s.groups);
            long leftBytes = 4L * s.depth * rows();
            long sumBytes = 4L * s.chunk * rows();
            Sizes.fit("the scratch memory of a kernel", leftBytes + sumBytes);
            left = MachineSparse.room(leftBytes);
            sums = MachineSparse.room(sumBytes);
        }

        @Override
        public void take(float[] a, int at, int newRows) {
            rows = newRows;
            boolean few = rows < machine.lanes() || s.depth < FEW;
            if (!few) {
                machine.turn(rows, MemorySegment.ofArray(a), at, s.depth, s.depth, left, 0, rows());
            }
            for (int r = 0; r < rows && few; r++) {
                for (int i = 0; i < s.depth; i++) {
                    left.setAtIndex(ValueLayout.JAVA_FLOAT, (long) i * rows() + r, a[at + r * s.depth + i]);
                }
            }
        }

        @Override
        public void multiply(int chunk, float[] bias, int columns, float[] out, int outAt, int outStride) {
            machine.fill(sums, bias, chunk * s.chunk, columns);
            int vectors = Math.ceilDiv(rows, machine.lanes());
            for (int block = 0; block < s.blocks(); block++) {
                long at = 4L * block * s.block * rows();
                machine.add(checked, chunk * s.blocks() + block, vectors, left, at, sums);
            }
            boolean few = columns < machine.lanes() || rows < FEW;
            if (!few) {
                machine.turn(columns, sums, 0, rows(), rows, MemorySegment.ofArray(out), outAt, outStride);
            }
            for (int r = 0; r < rows && few; r++) {
                for (int j = 0; j < columns; j++) {
                    out[outAt + r * outStride + j] = sums.getAtIndex(ValueLayout.JAVA_FLOAT, (long) j * rows() + r);
                }
            }
        }
    }
}
