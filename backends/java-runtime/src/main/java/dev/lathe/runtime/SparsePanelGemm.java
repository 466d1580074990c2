package dev.lathe.runtime;

import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@link SparseGemm} for {@link SparsePanels}: tiles that walk along the rows that a panel has. */
final class SparsePanelGemm extends SparseGemm {
    /** Bytes of the left operand that a task may take: what a level-2 cache holds beside some panels. */
    private static final int BLOCK_BYTES = 512 << 10;
    /** Rows that are turned over together. */
    private static final int ROWS = TurnedRows.best().rows;

    private final Tiles tiles;
    private final SparsePanels panels;
    private final int[][] paths;
    private TurnedRows[] turning = {};
    /** For each worker the rows of a task, turned over, block by block. */
    private float[][] turned = {};

    SparsePanelGemm(Tiles tiles, PackedMatrix b, SparsePanels panels, @Nullable Pointwise epilogue) {
        super(b, b.width, ROWS, BLOCK_BYTES / 4 / Math.max(1, b.rows()), epilogue);
        this.tiles = tiles;
        this.panels = panels;
        paths = panels.paths(IntStream.range(0, b.rows()).map(row -> row * ROWS).toArray());
    }

    @Override
    boolean suits(int rows) {
        return true;
    }

    @Override
    void prepare(int rows, int workers) {
        super.prepare(rows, workers);
        turned = Scratch.floats(workers, (long) b.rows() * rowsPerTask());
        if (turning.length < workers) {
            turning = IntStream.range(0, workers).mapToObj(_ -> TurnedRows.best()).toArray(TurnedRows[]::new);
        }
    }

    @Override
    void take(float[] a, int at, int rows, int worker) {
        for (int r = 0; r < rows; r += ROWS) {
            int n = Math.min(ROWS, rows - r);
            turning[worker].turn(a, at + r * b.rows(), n, b.rows(), turned[worker], r * b.rows());
        }
    }

    @Override
    void multiply(int rows, int column, int columns, float[] out, int outAt, int worker) {
        for (int r = 0; r < rows; r += ROWS) {
            tiles.multiplyAllTurned(
                    Math.min(ROWS, rows - r),
                    turned[worker],
                    r * b.rows(),
                    paths[column / b.width],
                    panels.elements,
                    panels.at(column),
                    b.bias,
                    column,
                    out,
                    outAt + r * b.columns,
                    b.columns,
                    columns);
        }
    }
}
