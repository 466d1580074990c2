package dev.lathe.backend.opencl;

import dev.lathe.ir.type.Dim;
import java.util.List;

/**
 * How products are cut for work items that keep their sums in registers.
 *
 * @param rows the rows of a work item, of {@link Panels#WIDTH} columns each
 * @param group the work items of a group, which read one panel
 */
record RegisterTile(int rows, int group) {
    /** With two vectors each, 16 sums leave room in 32 registers. */
    private static final int MOST_ROWS = 8;

    private static final int GROUP = 8;

    /** What is worth to be measured; the first is what dynamic sizes get. */
    static final List<RegisterTile> CANDIDATES = List.of(
            new RegisterTile(MOST_ROWS, GROUP),
            new RegisterTile(MOST_ROWS, 1),
            new RegisterTile(MOST_ROWS, 32),
            new RegisterTile(4, GROUP),
            new RegisterTile(4, 32),
            new RegisterTile(6, GROUP),
            new RegisterTile(12, GROUP),
            new RegisterTile(12, 1));

    /** The tile that needs the fewest sums for so many rows, if nobody has measured: no higher than the others. */
    static RegisterTile usual(Dim rows) {
        if (!rows.isConstant() || rows.constant() <= 0) {
            return CANDIDATES.getFirst();
        }
        long tiles = Math.ceilDiv(rows.constant(), MOST_ROWS);
        int height = (int) Math.ceilDiv(rows.constant(), tiles);
        return new RegisterTile(height, height == 1 ? 1 : GROUP);
    }
}
