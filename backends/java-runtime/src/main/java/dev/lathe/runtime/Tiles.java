package dev.lathe.runtime;

import org.jspecify.annotations.Nullable;

/**
 * The innermost loop of matrix products and convolutions: a few rows times one panel of packed columns, held in
 * registers. Generated code brings a family for the Vector API; {@link ScalarTiles} is its twin.
 */
public interface Tiles {

    /** Columns of a panel; see {@link PackedMatrix}. */
    int width();

    /** The most rows that the registers of this machine hold. */
    int maxRows();

    /**
     * How many of {@code rows} rows, at least one, the next tile should take, so that all tiles have about the same
     * height and none is too low to be worth loading the columns for: 49 rows are 10, 10, 10, 10 and 9. Even, as the
     * heights of tiles are, but for the last.
     */
    default int nextRows(int rows) {
        return nextRows(rows, maxRows());
    }

    /** As the other, for tiles of at most {@code maxRows} rows. */
    static int nextRows(int rows, int maxRows) {
        int tiles = Math.ceilDiv(rows, maxRows);
        int pairs = Math.ceilDiv(Math.ceilDiv(rows, 2), tiles);
        return Math.min(rows, Math.min(2 * pairs, maxRows));
    }

    /**
     * {@code c[r][j] = init[j] + Σ a[r * aStride + i] * b[i * width + j]} over depths {@code i}.
     *
     * @param rows how many, from 1 to {@link #maxRows}
     * @param a the left operand, from {@code aAt} on, with rows {@code aStride} apart
     * @param b the panel, from {@code bAt} on
     * @param init a value for each column, from {@code initAt} on, padded to the width
     * @param c the result, from {@code cAt} on, with rows {@code cStride} apart
     * @param columns how many columns of the panel to store
     */
    void multiply(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int depth,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns);

    /**
     * As {@link #multiply}, for one row and all columns of so many panels, which are one behind the other.
     *
     * @param init a value for each column of each panel
     */
    default void multiplyRow(
            float[] a,
            int aAt,
            int depth,
            float[] b,
            int bAt,
            int panels,
            float[] init,
            int initAt,
            float[] c,
            int cAt) {
        for (int p = 0; p < panels; p++) {
            int column = p * width();
            multiply(
                    1,
                    a,
                    aAt,
                    depth,
                    depth,
                    b,
                    bAt + column * depth,
                    init,
                    initAt + column,
                    c,
                    cAt + column,
                    column,
                    width());
        }
    }

    /** Whether {@link #multiplyAll} takes an end. */
    default boolean hasEnds() {
        return false;
    }

    /**
     * As {@link #multiply}, for any number of rows, one tile after the other, as {@link #nextRows} says.
     *
     * @param end what is done to each sum before it is stored; null for nothing
     * @param initAt also the first column of the panel, where {@code end} reads numbers of columns
     * @param addendAt where what {@code end} adds to the first row and column is
     */
    default void multiplyAll(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int depth,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns,
            @Nullable TileEnd end,
            int addendAt) {
        if (end != null) {
            throw new IllegalArgumentException("these tiles only store their sums");
        }
        for (int row = 0; row < rows; ) {
            int n = nextRows(rows - row);
            multiply(
                    n,
                    a,
                    aAt + row * aStride,
                    aStride,
                    depth,
                    b,
                    bAt,
                    init,
                    initAt,
                    c,
                    cAt + row * cStride,
                    cStride,
                    columns);
            row += n;
        }
    }

    /** Whether there is {@link #multiplyLines}. */
    default boolean readsLines() {
        return false;
    }

    /**
     * As {@link #multiplyAll}, with rows in {@code lines} lines that begin {@code lineStride} elements apart: windows
     * of an image that are read where they are. The panel has {@code lines * depth} rows.
     *
     * @param depth the elements of a line
     */
    default void multiplyLines(
            int rows,
            float[] a,
            int aAt,
            int aStride,
            int lines,
            int lineStride,
            int depth,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns,
            @Nullable TileEnd end,
            int addendAt) {
        throw new UnsupportedOperationException("these tiles read no lines");
    }

    /**
     * As {@link #multiply}, with rows that start where {@code starts} says, from {@code startAt} on, and whose element
     * {@code i} is {@code path[i]} from there: windows that are read where they are.
     */
    void multiplyAlong(
            int rows,
            float[] a,
            int[] starts,
            int startAt,
            int[] path,
            float[] b,
            int bAt,
            float[] init,
            int initAt,
            float[] c,
            int cAt,
            int cStride,
            int columns);
}
