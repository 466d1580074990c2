package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineRounding;
import dev.lathe.runtime.machine.MachineTiles;
import org.jspecify.annotations.Nullable;

/**
 * Products with a matrix of brain floats on tiles of these, which are about twice as fast as those of floats. The left
 * operand is rounded; sums are floats, which take two products at a time.
 */
final class BrainProduct {
    private final MachineTiles tiles;
    private final MachineRounding rounding;
    private final BrainElements elements;
    private final float[] bias;

    private BrainProduct(MachineTiles tiles, MachineRounding rounding, BrainElements elements, float[] bias) {
        this.tiles = tiles;
        this.rounding = rounding;
        this.elements = elements;
        this.bias = bias;
    }

    /** Null if the left operand of the matrix must not be rounded. */
    static @Nullable BrainProduct of(PackedMatrix matrix) {
        BrainElements elements = matrix.rounded();
        MachineTiles tiles = elements == null ? null : Machine.brainTiles(matrix.width);
        MachineRounding rounding = tiles == null ? null : Machine.rounding();
        return elements == null || tiles == null || rounding == null
                ? null
                : new BrainProduct(tiles, rounding, elements, matrix.bias);
    }

    /** As the other, for the groups of a convolution: of all or of none. */
    static BrainProduct @Nullable [] of(PackedMatrix[] groups) {
        BrainProduct[] all = new BrainProduct[groups.length];
        for (int g = 0; g < groups.length; g++) {
            BrainProduct product = of(groups[g]);
            if (product == null) {
                return null;
            }
            all[g] = product;
        }
        return all;
    }

    /** How many elements a rounded row of a left operand has. */
    static int stride(PackedMatrix matrix) {
        return 2 * BrainElements.pairs(matrix.rows());
    }

    /** Rounds rows of a left operand that are {@code xStride} apart; those of the result have no gaps. */
    void round(int rows, float[] x, int xAt, int xStride, short[] y, int yAt) {
        rounding.round(rows, x, xAt, xStride, elements.rows(), y, yAt, 2 * BrainElements.pairs(elements.rows()));
    }

    /**
     * A panel's columns of rounded rows, as {@link Tiles#multiplyAll}.
     *
     * @param a the rows, from {@code aAt} on
     * @param column the first column of the panel
     */
    void multiply(
            int rows,
            short[] a,
            int aAt,
            int column,
            float[] c,
            int cAt,
            int cStride,
            int columns,
            @Nullable TileEnd end,
            int addendAt) {
        float[] addend = end == null ? null : end.addend;
        int addendStride = end == null ? 0 : end.addendStride;
        int pairs = BrainElements.pairs(elements.rows());
        int at = elements.at(column / elements.width());
        int panel = pairs * elements.width();
        int parts = FloatTiles.fetchedParts(rows, tiles);
        int done = 0;
        for (int row = 0; row < rows; ) {
            int n = Tiles.nextRows(rows - row, tiles.maxRows());
            int count = FloatTiles.tiles(rows - row, n, pairs, tiles);
            tiles.multiplyHalves(
                    count,
                    n,
                    a,
                    aAt + row * 2 * pairs,
                    2 * pairs,
                    pairs,
                    elements.pairs(),
                    at,
                    bias,
                    column,
                    c,
                    cAt + row * cStride,
                    cStride,
                    columns,
                    addend,
                    addendAt + row * addendStride,
                    addendStride,
                    end == null ? null : end.function,
                    end == null || end.function == null ? bias : end.constants,
                    end == null || end.function == null ? bias : end.numbers,
                    end == null || end.function == null ? 0 : end.numbersAt(column),
                    end == null ? Float.NEGATIVE_INFINITY : end.least,
                    end == null ? Float.POSITIVE_INFINITY : end.greatest,
                    FloatTiles.fetched(at, panel, done, parts),
                    parts);
            row += count * n;
            done += count;
        }
    }
}
