package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.runtime.machine.MachinePanels;
import java.util.Arrays;

/**
 * Panels as {@link Tiles} read them, without the rows that are zero throughout a panel: for matrices whose zeros come
 * in blocks of a row and some columns. A tile walks along a list of rows, so it takes one load more for each.
 */
final class SparsePanels implements SparseForm {
    private final int width;
    /** Of each panel the rows that are there, upwards; on the Vector API also row 0 if their number would be odd. */
    private final int[][] rows;
    /** Where each panel starts. */
    private final int[] starts;

    final float[] elements;

    /** Of each panel of a matrix the rows that are not zero throughout. */
    static int[][] listed(PackedMatrix matrix) {
        int[][] listed = new int[matrix.panels()][];
        int[] found = new int[matrix.rows()];
        float[] room = new float[matrix.isWidened() ? matrix.rows() * matrix.width : 0];
        for (int p = 0; p < listed.length; p++) {
            float[] panel = matrix.panel(p * matrix.width, room);
            int n = 0;
            for (int row = 0, at = matrix.panelAt(p * matrix.width); row < matrix.rows(); row++, at += matrix.width) {
                if (Sparsity.nonZero(panel, at, matrix.width) > 0) {
                    found[n++] = row;
                }
            }
            listed[p] = Arrays.copyOf(found, n);
        }
        return listed;
    }

    /** The panels of a matrix, from which the rows in {@code listed} are taken. */
    SparsePanels(PackedMatrix matrix, int[][] listed) {
        this.width = matrix.width;
        // There an even number of steps goes in pairs; one row more has zeros.
        int together = Machine.sparse() == null ? 2 : 1;
        rows = new int[listed.length][];
        for (int p = 0; p < rows.length; p++) {
            int n = listed[p].length;
            rows[p] = Arrays.copyOf(listed[p], Math.ceilDiv(n, together) * together);
        }
        starts = new int[rows.length];
        long size = 0;
        for (int p = 0; p < rows.length; p++) {
            starts[p] = Sizes.index(size);
            size += (long) rows[p].length * width;
        }
        elements = new float[Sizes.index(size)];
        float[] room = new float[matrix.isWidened() ? matrix.rows() * width : 0];
        for (int p = 0; p < rows.length; p++) {
            float[] panel = matrix.panel(p * width, room);
            int from = matrix.panelAt(p * width);
            int to = starts[p];
            for (int row : listed[p]) {
                System.arraycopy(panel, from + row * width, elements, to, width);
                to += width;
            }
        }
    }

    /** The rows of the panel from column {@code column} on. */
    int[] rows(int column) {
        return rows[column / width];
    }

    /** Where the panel from column {@code column} on starts. */
    int at(int column) {
        return starts[column / width];
    }

    /** The same for machine code. */
    MachinePanels.Panels checked() {
        return new MachinePanels.Panels(width, elements, rows);
    }

    @Override
    public void into(float[] matrix, int columns) {
        for (int p = 0; p < rows.length; p++) {
            int column = p * width;
            int n = Math.min(width, columns - column);
            int from = starts[p];
            for (int row : rows[p]) {
                for (int j = 0; j < n; j++) {
                    matrix[row * columns + column + j] += elements[from + j];
                }
                from += width;
            }
        }
    }
}
