package dev.lathe.runtime.machine;

import dev.lathe.runtime.machine.Assembler.Form;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/**
 * Products of a few rows with panels that have some rows of a matrix, in machine code. Whatever the code touches is
 * checked here; see {@link MachineTiles}.
 */
public final class MachinePanels {
    private static final MethodHandle CALL = MachineSparse.handle(5, 8);

    private final int width;
    /** By the number of rows. */
    private final MemorySegment[] functions;

    MachinePanels(Form form, MemorySegment[] functions) {
        width = 2 * form.lanes;
        this.functions = functions;
    }

    static MachinePanels of(Form form, Convention convention, ExecutableMemory memory)
            throws ExecutableMemory.RefusedException {
        MemorySegment[] functions = new MemorySegment[TileCode.maxRows(form) + 1];
        for (int rows = 1; rows < functions.length; rows++) {
            functions[rows] = memory.holding(PanelCode.write(convention, form, rows));
        }
        return new MachinePanels(form, functions);
    }

    /** Columns of a panel: two vectors of floats. */
    public int width() {
        return width;
    }

    /** The most rows that are multiplied together. */
    public int maxRows() {
        return functions.length - 1;
    }

    /** Panels of a matrix, one behind the other. They are checked once, and must not be changed from then on. */
    public static final class Panels {
        private final int width;
        private final float[] elements;
        /** The steps of each panel, and what ends them. */
        private final int[] path;
        /** Where the steps of each panel begin, and where the last end. */
        private final int[] starts;

        private final int greatest;

        /**
         * @param width columns of a panel
         * @param elements the rows of each panel
         * @param rows which rows of the matrix each panel has
         * @throws IllegalArgumentException if these do not fit each other
         */
        public Panels(int width, float[] elements, int[][] rows) {
            this.width = width;
            this.elements = elements;
            starts = new int[rows.length + 1];
            for (int p = 0; p < rows.length; p++) {
                starts[p + 1] = Math.addExact(starts[p], rows[p].length + 1);
            }
            path = new int[starts[rows.length]];
            int most = -1;
            for (int p = 0; p < rows.length; p++) {
                for (int i = 0; i < rows[p].length; i++) {
                    int row = rows[p][i];
                    if (row < 0) {
                        throw new IllegalArgumentException("there is no row " + row);
                    }
                    path[starts[p] + i] = row;
                    most = Math.max(most, row);
                }
                path[starts[p + 1] - 1] = PanelCode.END;
            }
            greatest = most;
            if (at(rows.length) != elements.length) {
                throw new IllegalArgumentException("these are no rows of panels");
            }
        }

        /** Where the elements of a panel begin. */
        private long at(int panel) {
            return (long) width * (starts[panel] - panel);
        }

        /** The most panels from {@code first} on that together have at most so many rows; one at least. */
        public int together(int first, int end, int most) {
            int n = 1;
            while (first + n < end && starts[first + n + 1] - starts[first] <= most) {
                n++;
            }
            return n;
        }
    }

    /**
     * {@code c[r][j] = init[j] + Σ a[r][i] * b[i][j]} over the rows {@code i} that the panel of column {@code j} has,
     * in the order of these and rounded once a step.
     *
     * @param rows how many, from 1 to {@link #maxRows}
     * @param a the left operand, from {@code aAt} on, with rows {@code aStride} apart
     * @param first the first panel
     * @param count panels, one at least
     * @param init a value for each column, from {@code initAt} on
     * @param c the result, from {@code cAt} on, with rows {@code cStride} apart
     * @throws IndexOutOfBoundsException if anything of this lies outside of its array
     */
    public void multiply(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            Panels b,
            int first,
            int count,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride) {
        Objects.checkFromToIndex(1, rows, functions.length - 1);
        Objects.checkFromIndexSize(first, count, b.starts.length - 1);
        Objects.checkFromToIndex(1, count, Integer.MAX_VALUE);
        Objects.checkFromIndexSize(0, aStride, Integer.MAX_VALUE);
        Objects.checkFromIndexSize(0, cStride, Integer.MAX_VALUE);
        if (b.width != width) {
            throw new IllegalArgumentException("panels of " + b.width + " columns, and not " + width);
        }
        long columns = (long) count * width;
        Objects.checkFromIndexSize(aAt, (rows - 1L) * aStride + b.greatest + 1, (long) a.length);
        Objects.checkFromIndexSize(initAt, columns, (long) init.length);
        Objects.checkFromIndexSize(cAt, (rows - 1L) * cStride + columns, (long) c.length);
        try {
            CALL.invokeExact(
                    functions[rows],
                    MemorySegment.ofArray(a),
                    MemorySegment.ofArray(b.elements),
                    MemorySegment.ofArray(init),
                    MemorySegment.ofArray(c),
                    MemorySegment.ofArray(b.path),
                    4L * aStride,
                    4L * aAt,
                    4L * b.at(first),
                    4L * initAt,
                    4L * cAt,
                    4L * b.starts[first],
                    4L * cStride,
                    (long) count);
        } catch (Throwable e) {
            throw MachineTiles.unexpected(e);
        }
    }
}
