package dev.lathe.runtime;

/**
 * The innermost loop of matrix products and convolutions: a few rows times one panel of packed columns, held in registers. Generated code brings a family for the
 * Vector API; {@link ScalarTiles} is its twin.
 */
public interface Tiles {

    /** Columns of a panel; see {@link PackedMatrix}. */
    int width();

    /** The most rows that the registers of this machine hold. */
    int maxRows();

    /** The rows of the next tile when {@code left} rows are left. */
    int rows(int left);

    /**
     * {@code c[r][j] = init[j] + Σ a[starts[startAt + r] + i] * b[bAt + i * width + j]} over depths {@code i}.
     *
     * @param rows a number that {@link #rows} returned
     * @param a the left operand
     * @param starts where each row of it starts, from {@code startAt} on
     * @param b the panel, from {@code bAt} on
     * @param init a value for each column, from {@code initAt} on, padded to the width
     * @param c the result, from {@code cAt} on, with rows {@code cStride} apart
     * @param columns how many columns of the panel to store
     */
    void multiply(
            int rows,
            float[] a,
            int[] starts,
            int startAt,
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
     * As {@link #multiply}, with rows whose element {@code i} is {@code path[i]} from their start: windows that are read where they are.
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
