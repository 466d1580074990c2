package dev.lathe.runtime;

import java.util.Arrays;
import java.util.Optional;
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

    /**
     * What products with {@link SparseColumns} cost.
     *
     * @param element an element of a column that is not zero
     * @param sum loading and storing the sum of a column, for each block of rows
     * @param turn turning over an element of the left operand or of the result
     */
    record ColumnCosts(double element, double sum, double turn) {
        double of(double elements, double sums, int rows, int columns) {
            return elements * element + sums * sum + ((double) rows + columns) * turn;
        }
    }

    /** Of the Vector API. */
    static final ColumnCosts VECTORS = new ColumnCosts(3.2, 10, 27);
    /** Of machine code. */
    static final ColumnCosts MACHINE = new ColumnCosts(1.7, 6, 9);

    /**
     * What products with {@link SparsePanels} cost.
     *
     * @param element an element of a panel
     * @param column a tile's start and end, for each of its columns
     */
    private record PanelCosts(double element, double column) {
        double of(PackedMatrix matrix, long inPanels) {
            return matrix.width * (inPanels * element + matrix.panels() * column);
        }
    }

    private static final PanelCosts VECTOR_PANELS = new PanelCosts(1.2, 9);
    private static final PanelCosts MACHINE_PANELS = new PanelCosts(1.07, 6);
    /** Of convolutions, whose windows are read where they are. */
    private static final PanelCosts WINDOWS = new PanelCosts(1.4, 5);

    /** Panels that are looked at first, and rows of each. */
    private static final int SAMPLES = 8;

    private static final int SAMPLED_ROWS = 256;
    /** Zeros among them, as a share, below which nothing else is looked at. */
    private static final double FEW = 0.06;

    private Sparsity() {}

    /**
     * The best form of a matrix, or nothing if that is the dense one.
     *
     * @param windows whether the rows of the left operand are windows of a convolution, for which panels alone can do
     */
    static @Nullable SparseForm choose(PackedMatrix matrix, boolean windows) {
        long elements = (long) matrix.rows() * matrix.columns;
        if (elements < LEAST || hasFewZeros(matrix)) {
            return null;
        }
        int[][] listed = SparsePanels.listed(matrix);
        long inPanels = Arrays.stream(listed).mapToLong(rows -> rows.length).sum();
        double dense = (double) matrix.rows() * matrix.panels() * matrix.width;
        PanelCosts costs = windows ? WINDOWS : Machine.sparse() == null ? VECTOR_PANELS : MACHINE_PANELS;
        double panels = costs.of(matrix, inPanels);
        Optional<ColumnKernel> kernel = windows ? Optional.empty() : ColumnKernel.best();
        double columns =
                kernel.map(k -> ofColumns(matrix, count(matrix, listed), k)).orElse(Double.POSITIVE_INFINITY);
        if (Math.min(panels, columns) > WORTHWHILE * dense) {
            return null;
        }
        return columns < panels ? new SparseColumns(matrix, kernel.orElseThrow()) : new SparsePanels(matrix, listed);
    }

    /** Whether some rows of some panels have hardly any zeros: most matrices have none, and loading must not wait. */
    private static boolean hasFewZeros(PackedMatrix matrix) {
        float[] room = new float[matrix.isWidened() ? matrix.rows() * matrix.width : 0];
        int panels = Math.min(SAMPLES, matrix.panels());
        int rows = Math.min(SAMPLED_ROWS, matrix.rows());
        long seen = 0;
        long nonZero = 0;
        for (int i = 0; i < panels; i++) {
            int column = (int) ((long) matrix.panels() * i / panels) * matrix.width;
            int n = Math.min(matrix.width, matrix.columns - column);
            float[] panel = matrix.panel(column, room);
            for (int k = 0; k < rows; k++) {
                int row = (int) ((long) matrix.rows() * k / rows);
                seen += n;
                nonZero += nonZero(panel, matrix.panelAt(column) + row * matrix.width, n);
            }
        }
        return seen - nonZero < FEW * seen;
    }

    /** The elements that are not zero, all of which are in the listed rows of panels. */
    private static long count(PackedMatrix matrix, int[][] listed) {
        float[] room = new float[matrix.isWidened() ? matrix.rows() * matrix.width : 0];
        long count = 0;
        for (int p = 0; p < listed.length; p++) {
            float[] panel = matrix.panel(p * matrix.width, room);
            int at = matrix.panelAt(p * matrix.width);
            for (int row : listed[p]) {
                count += nonZero(panel, at + row * matrix.width, matrix.width);
            }
        }
        return count;
    }

    /** Elements that are not zero. */
    static int nonZero(float[] x, int at, int n) {
        int count = 0;
        for (int i = at; i < at + n; i++) {
            count += x[i] == 0 ? 0 : 1;
        }
        return count;
    }

    /** The cost of {@link SparseColumns} with {@code left} elements. */
    private static double ofColumns(PackedMatrix matrix, double left, ColumnKernel kernel) {
        double sums = (double) matrix.columns * SparseColumns.blocks(matrix.rows(), kernel);
        return kernel.costs().of(left, sums, matrix.rows(), matrix.columns);
    }

    /** Whether so many rows are better multiplied by columns without zeros than by dense tiles. */
    static boolean suits(SparseColumns s, int rows) {
        long padded = (long) Math.ceilDiv(rows, s.kernel.granule()) * s.kernel.granule();
        double dense = (double) s.depth * s.columns * rows;
        double cost = s.kernel.costs().of(s.values.length, s.order.length, s.depth, s.columns);
        return padded * cost <= WORTHWHILE * dense;
    }
}
