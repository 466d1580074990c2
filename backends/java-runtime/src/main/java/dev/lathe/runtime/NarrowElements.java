package dev.lathe.runtime;

/** The elements of a {@link PackedMatrix} in fewer bits than floats have, in its order. */
interface NarrowElements {

    /** The bytes of memory that they take. */
    long bytes();

    /**
     * Writes rows {@code row … row + n - 1} of a panel as floats into {@code room}, one row after the other from its
     * start.
     */
    void widen(int panel, int row, int n, float[] room);

    /**
     * Adds the products of rows {@code row … row + n - 1} of a panel and of {@code a}, from {@code aAt} on, to the sums
     * of the columns, each in the order of the rows. {@code room} is for so many rows.
     */
    void multiply(int panel, int row, int n, float[] a, int aAt, Tiles tiles, float[] room, float[] sums);
}
