package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachineSparse;
import org.jspecify.annotations.Nullable;

/**
 * Turns over some rows of a matrix, so that what they hold in one column lies side by side. One object for each worker.
 */
final class TurnedRows {
    private static final boolean VECTORS = Machine.VECTOR && VectorColumns.AVAILABLE;
    private static final int SCALAR_ROWS = 8;

    /** A vector between the columns of the result, so that these do not share few sets of a cache. */
    private static final int GAP = 16;

    private final @Nullable MachineSparse machine;
    /** Rows that are turned over together. */
    final int rows;
    /** Elements from one column of the result to the next. */
    final int stride;

    private final int[] starts;
    private final float[] square;

    private TurnedRows(@Nullable MachineSparse machine, int rows, int stride) {
        this.machine = machine;
        this.rows = rows;
        this.stride = stride;
        boolean vectors = machine == null && VECTORS;
        starts = new int[vectors ? VectorColumns.W : 0];
        square = new float[vectors ? VectorColumns.W * VectorColumns.W : 0];
    }

    /**
     * In machine code, if this machine has some.
     *
     * @param most rows that are turned over together at most, where there is a choice; one vector at least
     */
    static TurnedRows best(int most) {
        MachineSparse machine = Machine.sparse();
        if (machine == null) {
            return withoutMachineCode();
        }
        int rows = Math.max(1, most / machine.lanes()) * machine.lanes();
        return new TurnedRows(machine, rows, rows + GAP);
    }

    /** On the Vector API, or one by one. */
    static TurnedRows withoutMachineCode() {
        int rows = VECTORS ? VectorColumns.ROWS : SCALAR_ROWS;
        return new TurnedRows(null, rows, rows);
    }

    /**
     * Turns over {@code n} rows of {@code depth} elements.
     *
     * @param n at most {@link #rows}; what other rows of the result hold is left open
     * @param out takes the elements of each column, from {@code to} on, {@link #stride} apart
     */
    void turn(float[] a, int at, int n, int depth, float[] out, int to) {
        if (machine != null && n >= machine.lanes() && depth >= 4) {
            machine.turn(n, a, at, depth, depth, out, to, stride);
            return;
        }
        int together = Math.max(1, starts.length);
        for (int first = 0; first < n; first += together) {
            if (starts.length > 0 && n - first > together / 4) {
                for (int r = 0; r < together; r++) {
                    // The last row again where there are no more: what comes out for it is not stored.
                    starts[r] = at + Math.min(first + r, n - 1) * depth;
                }
                VectorColumns.turnIn(a, starts, depth, out, to + first, square);
            } else {
                for (int r = first; r < Math.min(n, first + together); r++) {
                    for (int i = 0, x = at + r * depth, y = to + r; i < depth; i++, x++, y += stride) {
                        out[y] = a[x];
                    }
                }
            }
        }
    }
}
