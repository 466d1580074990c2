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
        /** Room for fewer rows than are turned over at a time, one behind the other. */
        private final float[] few;

        private int rows;
        private int vectors = 1;
        /** From one row of {@code left} to the next, and from the sums of a column to the next. */
        private int stride;

        MachineWorker(SparseColumns s) {
            this.s = s;
            checked = new MachineSparse.Columns(s.places, s.values, s.ends, s.order, s.groups);
            long leftBytes = 4L * s.depth * rows();
            long sumBytes = 4L * s.chunk * rows();
            long fewFloats = (long) machine.lanes() * s.depth;
            Sizes.fit("the scratch memory of a kernel", leftBytes + sumBytes + 4 * fewFloats);
            left = MachineSparse.room(leftBytes);
            sums = MachineSparse.room(sumBytes);
            few = new float[Sizes.index(fewFloats)];
        }

        @Override
        public void take(float[] a, int at, int newRows) {
            rows = newRows;
            vectors = Math.ceilDiv(rows, machine.lanes());
            stride = machine.stride(vectors);
            if (s.depth < FEW) {
                for (int r = 0; r < rows; r++) {
                    for (int i = 0; i < s.depth; i++) {
                        left.setAtIndex(ValueLayout.JAVA_FLOAT, (long) i * stride + r, a[at + r * s.depth + i]);
                    }
                }
            } else if (rows < machine.lanes()) {
                System.arraycopy(a, at, few, 0, rows * s.depth);
                machine.turn(machine.lanes(), MemorySegment.ofArray(few), 0, s.depth, s.depth, left, 0, stride);
            } else {
                machine.turn(rows, MemorySegment.ofArray(a), at, s.depth, s.depth, left, 0, stride);
            }
        }

        @Override
        public void multiply(int chunk, float[] bias, int columns, float[] out, int outAt, int outStride) {
            machine.fill(vectors, sums, bias, chunk * s.chunk, columns);
            for (int block = 0; block < s.blocks(); block++) {
                long at = 4L * block * s.block * stride;
                machine.add(checked, chunk * s.blocks() + block, vectors, left, at, sums);
            }
            if (columns >= machine.lanes() && rows >= FEW) {
                machine.turn(columns, sums, 0, stride, rows, MemorySegment.ofArray(out), outAt, outStride);
                return;
            }
            for (int r = 0; r < rows; r++) {
                for (int j = 0; j < columns; j++) {
                    out[outAt + r * outStride + j] = sums.getAtIndex(ValueLayout.JAVA_FLOAT, (long) j * stride + r);
                }
            }
        }
    }
}
