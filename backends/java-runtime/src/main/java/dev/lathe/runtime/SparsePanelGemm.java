package dev.lathe.runtime;

import dev.lathe.runtime.machine.MachinePanels;
import dev.lathe.runtime.machine.MachineSparse;
import org.jspecify.annotations.Nullable;

/**
 * {@link SparseGemm} for {@link SparsePanels}: tiles that walk along the rows that a panel has. A tile's rows are
 * multiplied by one panel after the other, so that they stay in the nearest cache.
 */
final class SparsePanelGemm extends SparseGemm {
    /** Multiply-adds of a call of machine code at most, since no garbage is collected meanwhile: some microseconds. */
    private static final int LONGEST = 1 << 20;

    private final Tiles tiles;
    private final SparsePanels panels;
    private final @Nullable MachinePanels machine;
    private final MachinePanels.@Nullable Panels checked;
    /** For each worker where the rows of a tile are. */
    private int[][] starts = {};

    SparsePanelGemm(Tiles tiles, PackedMatrix b, SparsePanels panels, @Nullable Pointwise epilogue) {
        super(b, b.width, tiles.maxRows(), Integer.MAX_VALUE, epilogue);
        this.tiles = tiles;
        this.panels = panels;
        MachineSparse sparse = tiles instanceof FloatTiles ? Machine.sparse() : null;
        machine = sparse == null || sparse.panels().width() != b.width ? null : sparse.panels();
        checked = machine == null ? null : panels.checked();
    }

    @Override
    boolean suits(int rows) {
        return true;
    }

    @Override
    void prepare(int rows, int workers) {
        super.prepare(rows, workers);
        if (starts.length < workers) {
            starts = Scratch.ints(workers, tiles.maxRows());
        }
    }

    @Override
    void multiply(float[] a, int row, int rows, int first, int end, int worker) {
        for (int done = 0; done < rows; ) {
            int n = tiles.nextRows(rows - done);
            tile(a, row + done, n, first, end, starts[worker]);
            finish(row + done, n, first, end);
            done += n;
        }
    }

    /** Multiplies so many rows by the panels from {@code first} to {@code end}. */
    private void tile(float[] a, int row, int rows, int first, int end, int[] where) {
        int at = aAt(row);
        int panel = first;
        if (machine != null && checked != null) {
            // The last panel may lack columns.
            int whole = Math.min(end, b.columns / b.width);
            int most = LONGEST / (rows * b.width);
            while (panel < whole) {
                int n = checked.together(panel, whole, most);
                int column = panel * b.width;
                machine.multiply(
                        rows, a, at, b.rows(), checked, panel, n, b.bias, column, c(), cAt(row, column), b.columns);
                panel += n;
            }
        }
        for (int r = 0; r < rows; r++) {
            where[r] = at + r * b.rows();
        }
        for (; panel < end; panel++) {
            int column = panel * b.width;
            int columns = Math.min(b.width, b.columns - column);
            int[] path = panels.rows(column);
            float[] x = panels.elements;
            int from = panels.at(column);
            int out = cAt(row, column);
            tiles.multiplyAlong(rows, a, where, 0, path, x, from, b.bias, column, c(), out, b.columns, columns);
        }
    }
}
