package dev.lathe.runtime;

import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@link SparseGemm} for {@link SparsePanels}: tiles that walk along the rows that a panel has. */
final class SparsePanelGemm extends SparseGemm {
    /** Bytes of the left operand that a task may take: what a level-2 cache holds beside some panels. */
    private static final int BLOCK_BYTES = 512 << 10;

    private final Tiles tiles;
    private final SparsePanels panels;
    private final int[][] paths;

    SparsePanelGemm(Tiles tiles, PackedMatrix b, SparsePanels panels, @Nullable Pointwise epilogue) {
        super(b, b.width, BLOCK_BYTES / 4 / Math.max(1, b.rows()), epilogue);
        this.tiles = tiles;
        this.panels = panels;
        paths = panels.paths(IntStream.range(0, b.rows()).map(row -> row * ROWS).toArray());
    }

    @Override
    boolean suits(int rows) {
        return true;
    }

    @Override
    void multiply(
            float[] x, int at, int n, int column, int columns, float[] out, int outAt, float[] square, int worker) {
        int[] path = paths[column / b.width];
        int from = panels.at(column);
        for (int row = 0; row < n; ) {
            int height = tiles.nextRows(n - row);
            tiles.multiplyTurned(
                    height,
                    x,
                    at + row,
                    path,
                    panels.elements,
                    from,
                    b.bias,
                    column,
                    out,
                    outAt + row * b.columns,
                    b.columns,
                    columns);
            row += height;
        }
    }
}
