package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;

/** Innermost loops of {@link NumberProduct}: some rows times a panel of columns. */
abstract class NumberTiles {

    /** The tiles of this machine for doubles, or for integers of 32 or 64 bits with a sign or without. */
    static NumberTiles of(ElementType type) {
        if (Machine.VECTOR) {
            return VectorNumberTiles.of(type);
        }
        return new ScalarNumberTiles();
    }

    /** The columns of a panel. */
    abstract int width();

    /** From how many rows on a panel is worth to be copied, so that its rows lie one behind the other. */
    abstract int rowsToPack();

    /** Copies {@code n} columns of {@code depth} rows, which begin {@code stride} apart, into a panel. */
    void pack(Object b, int at, int stride, int depth, int n, Object panel) {
        for (int i = 0; i < depth; i++) {
            System.arraycopy(b, at + i * stride, panel, i * width(), n);
        }
    }

    /**
     * {@code c = a · b} for {@code rows} rows of {@code depth} elements and {@code n} columns; all are arrays of the
     * type.
     *
     * @param bStride from one row of the panel to the next, which has {@link #width} elements in any case
     */
    abstract void multiply(
            int rows,
            int depth,
            int n,
            Object a,
            int aAt,
            Object b,
            int bAt,
            int bStride,
            Object c,
            int cAt,
            int cStride);
}
