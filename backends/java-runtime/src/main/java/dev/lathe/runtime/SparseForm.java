package dev.lathe.runtime;

/**
 * The elements of a matrix but for zeros, in an order in which a product reads them. {@link Sparsity} chooses one.
 *
 * <p>A product with it adds the same terms in the same order as one with all elements, but for those of zeros. So it
 * gives the same bits where the left operand is finite, and only the sign of a zero may differ.
 */
sealed interface SparseForm permits SparsePanels, SparseColumns {

    /** Puts the elements that are not zero into a row-major matrix of zeros with so many columns. */
    void into(float[] matrix, int columns);
}
