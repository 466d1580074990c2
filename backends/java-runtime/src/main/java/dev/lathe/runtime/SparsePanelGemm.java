package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.runtime.machine.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@link SparseGemm} for {@link SparsePanels}: tiles that walk along the rows that a panel has. */
final class SparsePanelGemm extends SparseGemm {
    /** Bytes of the left operand that a task may take: what a level-2 cache holds beside some panels. */
    private static final int BLOCK_BYTES = 512 << 10;
    /** Rows that are turned over together at most. */
    private static final int MOST_ROWS = 128;

    private final Tiles tiles;
    private final SparsePanels panels;
    private final Path[] paths;
    private TurnedRows[] turning;
    /** Elements of a block of rows. */
    private int blockSize;
    /** For each worker the rows of a task, turned over, block by block. */
    private float[][] turned = {};

    SparsePanelGemm(Tiles tiles, PackedMatrix b, SparsePanels panels, @Nullable Pointwise epilogue) {
        this(tiles, b, panels, TurnedRows.best(Math.clamp(rowsOfTask(b), 1, MOST_ROWS)), epilogue);
    }

    private SparsePanelGemm(
            Tiles tiles, PackedMatrix b, SparsePanels panels, TurnedRows first, @Nullable Pointwise epilogue) {
        super(b, b.width, first.rows, rowsOfTask(b), epilogue);
        this.tiles = tiles;
        this.panels = panels;
        turning = new TurnedRows[] {first};
        int[] all = IntStream.range(0, b.rows()).map(row -> row * first.stride).toArray();
        paths = Arrays.stream(panels.paths(all)).map(Path::new).toArray(Path[]::new);
    }

    private static int rowsOfTask(PackedMatrix b) {
        return BLOCK_BYTES / 4 / Math.max(1, b.rows());
    }

    @Override
    boolean suits(int rows) {
        return true;
    }

    @Override
    void prepare(int rows, int workers) {
        super.prepare(rows, workers);
        TurnedRows first = turning[0];
        blockSize = Sizes.index((long) b.rows() * first.stride);
        turned = Scratch.floats(workers, (long) blockSize * (rowsPerTask() / first.rows));
        if (turning.length < workers) {
            turning = IntStream.range(0, workers)
                    .mapToObj(i -> i == 0 ? first : TurnedRows.best(first.rows))
                    .toArray(TurnedRows[]::new);
        }
    }

    @Override
    void take(float[] a, int at, int rows, int worker) {
        TurnedRows own = turning[worker];
        for (int r = 0; r < rows; r += own.rows) {
            int n = Math.min(own.rows, rows - r);
            own.turn(a, at + r * b.rows(), n, b.rows(), turned[worker], r / own.rows * blockSize);
        }
    }

    @Override
    void multiply(int rows, int column, int columns, float[] out, int outAt, int worker) {
        int block = turning[0].rows;
        for (int r = 0; r < rows; r += block) {
            block(
                    Math.min(block, rows - r),
                    turned[worker],
                    r / block * blockSize,
                    column,
                    columns,
                    out,
                    outAt + r * b.columns);
        }
    }

    private void block(int rows, float[] a, int at, int column, int columns, float[] out, int outAt) {
        Path path = paths[column / b.width];
        int from = panels.at(column);
        if (tiles instanceof FloatTiles machine) {
            machine.multiplyAllTurned(
                    rows, a, at, path, panels.elements, from, b.bias, column, out, outAt, b.columns, columns);
            return;
        }
        for (int row = 0; row < rows; ) {
            int n = tiles.nextRows(rows - row);
            tiles.multiplyTurned(
                    n,
                    a,
                    at + row,
                    path.steps(),
                    panels.elements,
                    from,
                    b.bias,
                    column,
                    out,
                    outAt + row * b.columns,
                    b.columns,
                    columns);
            row += n;
        }
    }
}
