package dev.lathe.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Chooses how products read a constant matrix, by how many of its elements are zero and where these are. Costs are
 * what {@code SparseBench} measured, in units of the time that a dense tile takes for one element of the matrix and
 * one row of the left operand. In doubt the matrix stays dense.
 */
final class Sparsity {
    /** Matrices of fewer elements are not looked at. */
    private static final int LEAST = 2048;
    /** What another form may cost at most, as a share of the dense one. */
    private static final double WORTHWHILE = 0.88;
    /** An element of a panel. */
    private static final double PANEL_ELEMENT = 1.04;
    /** An element of a panel of a convolution's filters. */
    private static final double WINDOW_ELEMENT = 1.4;
    /** A tile's start and end, for each of its columns. */
    private static final double PANEL_COLUMN = 5;
    /** An element of a column that is not zero. */
    private static final double COLUMN_ELEMENT = 1.9;
    /** Loading and storing the sum of a column, for each block of rows. */
    private static final double COLUMN_SUM = 15;
    /** Turning over an element of the left operand or of the result. */
    private static final double TURN = 12;

    private Sparsity() {}

    /**
     * The best form of a matrix, or nothing if that is the dense one.
     *
     * @param windows whether the rows of the left operand are windows of a convolution, for which panels alone can do
     */
    static @Nullable SparseForm choose(PackedMatrix matrix, boolean windows) {
        long elements = (long) matrix.rows() * matrix.columns;
        if (elements < LEAST) {
            return null;
        }
        int[] listed = new int[matrix.rows()];
        int[][] rows = new int[matrix.panels()][];
        float[] room = new float[matrix.isWidened() ? matrix.rows() * matrix.width : 0];
        long left = 0;
        long inPanels = 0;
        for (int p = 0; p < rows.length; p++) {
            float[] panel = matrix.panel(p * matrix.width, room);
            int n = 0;
            for (int row = 0, at = matrix.panelAt(p * matrix.width); row < matrix.rows(); row++, at += matrix.width) {
                int here = nonZero(panel, at, matrix.width);
                left += here;
                if (here > 0) {
                    listed[n++] = row;
                }
            }
            rows[p] = Arrays.copyOf(listed, n);
            inPanels += n;
        }
        double dense = (double) matrix.rows() * matrix.panels() * matrix.width;
        double panels = matrix.width * (inPanels * (windows ? WINDOW_ELEMENT : PANEL_ELEMENT) + matrix.panels() * PANEL_COLUMN);
        double columns = windows ? Double.POSITIVE_INFINITY : ofColumns(matrix, left);
        if (Math.min(panels, columns) > WORTHWHILE * dense) {
            return null;
        }
        return columns < panels ? new SparseColumns(matrix) : new SparsePanels(matrix, rows);
    }

    /** The cost of {@link SparseColumns} with {@code left} elements, where these loops exist. */
    private static double ofColumns(PackedMatrix matrix, double left) {
        if (!Machine.VECTOR || !VectorColumns.AVAILABLE) {
            return Double.POSITIVE_INFINITY;
        }
        return left * COLUMN_ELEMENT
                + (double) matrix.columns * SparseColumns.blocks(matrix.rows()) * COLUMN_SUM
                + (matrix.rows() + matrix.columns) * TURN;
    }

    /** Elements that are not zero. */
    private static int nonZero(float[] x, int at, int n) {
        int count = 0;
        for (int i = at; i < at + n; i++) {
            count += x[i] == 0 ? 0 : 1;
        }
        return count;
    }

    /** Whether so many rows are better multiplied by columns without zeros than by dense tiles. */
    static boolean suits(SparseColumns columns, int rows) {
        long padded = (long) Math.ceilDiv(rows, VectorColumns.ROWS) * VectorColumns.ROWS;
        double dense = (double) columns.depth * columns.columns * rows;
        double cost = columns.values.length * COLUMN_ELEMENT
                + (double) columns.order.length * COLUMN_SUM
                + (columns.depth + columns.columns) * TURN;
        return padded * cost <= WORTHWHILE * dense;
    }
}
