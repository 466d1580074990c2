package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import org.jspecify.annotations.Nullable;

/**
 * {@code c = a · b + bias} with packed constant columns, then the epilogue on each block. Zeros of a matrix that is
 * kept without them are skipped where all of {@code a} is finite.
 */
public final class Gemm implements WorkerPool.Body {
    /** Bytes of the left operand that a block may take: what a level-2 cache holds beside a panel. */
    private static final int BLOCK_BYTES = 800 << 10;
    /** Rows of a block, so that a panel's results are still near when the epilogue comes for them. */
    private static final int BLOCK_ROWS = 512;

    private static final float[] NO_ROOM = {};

    private final Tiles tiles;
    private final Primitives primitives = Primitives.best();
    private final PackedMatrix matrix;
    /** What runs instead where columns without zeros are better; null if they never are. */
    private final @Nullable SparseGemm sparse;

    /** What runs instead where all numbers are small integers; null if those of the matrix are not. */
    private final @Nullable IntegerProduct integers;

    private final ByteRange range;

    /** What runs instead if the matrix is one of brain floats; null if it is not. */
    private final @Nullable BrainProduct brains;

    /** Rounds the rows of a block for {@link #brains}. */
    private final WorkerPool.Body rounder;

    private final @Nullable Pointwise epilogue;
    /** What tiles do instead of the epilogue, where they can. */
    private final TileEnd end = new TileEnd();

    private final boolean tilesEnd;
    private boolean skipsZeros;
    /** Whether the rows of the left operand are in {@link #bytes}. */
    private boolean areIntegers;

    private byte[] bytes = {};
    /** The rounded rows of the left operand, for {@link #brains}. */
    private short[] rounded = {};

    private int[] starts = {};
    /** The matrix with its zeros, once it is needed. */
    private PackedMatrix b;

    private boolean isPrepared;
    private int rows;
    private int aStride;
    private int cStride;
    private boolean isContiguous;
    private Division division = Division.of(0, 0, 1, 1, 0, 0, 1);
    private int workers = 1;
    private float[][] panels = {};
    private float[][] sums = {};
    private float[] a = {};
    private int aAt;
    private float[] c = {};
    private int cAt;

    public Gemm(Tiles tiles, PackedMatrix b, @Nullable Pointwise epilogue) {
        this.tiles = tiles;
        this.matrix = b;
        this.b = b;
        this.epilogue = epilogue;
        this.sparse = SparseGemm.of(tiles, b, epilogue);
        this.integers = IntegerProduct.of(b);
        BrainProduct product = BrainProduct.of(b);
        this.brains = product;
        this.rounder = (block, worker) -> round(product, block);
        this.range = integers == null ? new ByteRange() : new ByteRange(integers);
        this.tilesEnd = tiles.hasEnds() && epilogue != null && epilogue.endsIn(end);
    }

    /** Sets the number of rows of {@code a} and {@code c}, which lie one behind the other. */
    public void prepare(int newRows, int newWorkers) {
        prepare(newRows, matrix.depth, matrix.columns, newWorkers);
    }

    /** As the other, with rows that begin so many elements apart. */
    public void prepare(int newRows, int newAStride, int newCStride, int newWorkers) {
        rows = newRows;
        aStride = newAStride;
        cStride = newCStride;
        isContiguous = aStride == matrix.depth && cStride == matrix.columns;
        workers = newWorkers;
        isPrepared = false;
        end.prepare(matrix.columns, matrix.width);
        skipsZeros = sparse != null && isContiguous && sparse.suits(rows);
        if (skipsZeros && sparse != null) {
            sparse.prepare(rows, workers);
        } else {
            prepareTiles();
        }
    }

    private void prepareTiles() {
        isPrepared = true;
        b = matrix.dense();
        int bytesOfRow = (brains == null ? Float.BYTES : Short.BYTES) * Math.max(1, b.depth);
        division = Division.of(
                rows,
                b.panels(),
                Math.max(tiles.maxRows(), Math.min(BLOCK_ROWS, BLOCK_BYTES / bytesOfRow)),
                tiles.maxRows(),
                bytesOfRow + (long) Float.BYTES * b.columns,
                (long) bytesOfRow * b.columns,
                workers);
        int widened = rows == 1 ? Math.min(PackedMatrix.PIECE, b.depth) : b.depth;
        boolean isWidened = b.isWidened() && brains == null;
        panels = Scratch.floats(workers, isWidened ? (long) widened * b.width : 0);
        sums = Scratch.floats(workers, isWidened && rows == 1 ? b.width : 0);
        rounded = new short[brains == null ? 0 : Sizes.index((long) rows * BrainProduct.stride(b))];
    }

    /**
     * {@code a} is {@code [rows, depth]} from {@code aAt} on, {@code c} {@code [rows, columns]} from {@code cAt} on.
     */
    public void run(float[] newA, int newAAt, float[] newC, int newCAt) {
        if (skipsZeros && sparse != null) {
            // Infinity times a zero is NaN, so it must not be left out.
            if (primitives.isFinite(newA, newAAt, rows * matrix.depth)) {
                sparse.run(newA, newAAt, newC, newCAt);
                return;
            }
            if (!isPrepared) {
                prepareTiles();
            }
        }
        a = newA;
        aAt = newAAt;
        c = newC;
        cAt = newCAt;
        areIntegers = integers != null && isContiguous && takeIntegers(integers);
        if (tilesEnd && epilogue != null) {
            epilogue.isTileEnd(end);
        }
        if (brains != null && division.panelTasks() > 1) {
            WorkerPool.shared().run(division.blocks(), workers, rounder);
        }
        WorkerPool.shared().run(division.tasks(), workers, this);
    }

    /**
     * Whether {@link #rows} computes what {@link #run} does: all by tiles of floats that do what follows, too, but add
     * nothing of other rows. Prepared it must be.
     */
    boolean isByRows() {
        boolean floats = brains == null && integers == null && !skipsZeros && !b.isWidened();
        return floats && isContiguous && (epilogue == null || tilesEnd && end.addend == null);
    }

    /** Says for {@link #rows} where {@code a} is. */
    void begin(float[] newA, int newAAt) {
        a = newA;
        aAt = newAAt;
        if (tilesEnd && epilogue != null) {
            epilogue.isTileEnd(end);
        }
    }

    /** Computes {@code n} rows from {@code first} on, which lie one behind the other from {@code toAt} on. */
    void rows(int first, int n, float[] to, int toAt) {
        for (int column = 0; column < b.columns; column += b.width) {
            tiles.multiplyAll(
                    n,
                    a,
                    aAt + first * aStride,
                    aStride,
                    b.depth,
                    b.panel(column, NO_ROOM),
                    b.panelAt(column),
                    b.bias,
                    column,
                    to,
                    toAt + column,
                    cStride,
                    Math.min(b.width, b.columns - column),
                    tilesEnd ? end : null,
                    0);
        }
    }

    private void round(@Nullable BrainProduct product, int block) {
        if (product == null) {
            return;
        }
        int from = block * division.rowsPerTask();
        int n = Math.min(division.rowsPerTask(), rows - from);
        product.round(n, a, aAt + from * aStride, aStride, rounded, from * BrainProduct.stride(b));
    }

    /** Takes the left operand as bytes, if it is one of small integers. */
    private boolean takeIntegers(IntegerProduct product) {
        int n = rows * b.depth;
        if (!IntegerProduct.isLikely(a, aAt, n)) {
            return false;
        }
        int stride = IntegerProduct.stride(b);
        int size = Sizes.index((long) rows * stride);
        if (bytes.length < size) {
            Sizes.fit("the left operand of a product", size + 4L * rows);
            bytes = new byte[size];
        }
        if (starts.length < rows) {
            starts = new int[rows];
        }
        boolean taken = range.isWhole() && narrow(range.least(), n, stride)
                || range.fit(primitives.min(a, aAt, n), primitives.max(a, aAt, n)) && narrow(range.least(), n, stride);
        if (taken) {
            product.starts(bytes, 0, rows, starts, 0);
        }
        return taken;
    }

    private boolean narrow(int least, int n, int stride) {
        if (stride == b.depth) {
            return primitives.narrow(a, aAt, n, least, bytes, 0);
        }
        for (int r = 0; r < rows; r++) {
            if (!primitives.narrow(a, aAt + r * b.depth, b.depth, least, bytes, r * stride)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void run(int task, int worker) {
        int from = division.row(task);
        int to = from + Math.min(division.rowsPerTask(), rows - from);
        int panel = division.panel(task);
        int panelEnd = Math.min(b.panels(), panel + division.panelsPerTask());
        if (rows == 1 && !b.isWidened() && !areIntegers) {
            row(panel, panelEnd);
            return;
        }
        if (brains != null && division.panelTasks() == 1) {
            round(brains, task);
        }
        for (; panel < panelEnd; panel++) {
            int column = panel * b.width;
            int columns = Math.min(b.width, b.columns - column);
            boolean ends = false;
            if (areIntegers && integers != null) {
                int out = cAt + from * cStride + column;
                int at = from * IntegerProduct.stride(b);
                ends = tilesEnd && integers.hasEnds();
                integers.multiply(
                        to - from,
                        bytes,
                        at,
                        starts,
                        from,
                        column,
                        c,
                        out,
                        cStride,
                        columns,
                        ends ? end : null,
                        end.addendAt + from * end.addendStride + column);
            } else if (brains != null) {
                int out = cAt + from * cStride + column;
                int at = from * BrainProduct.stride(b);
                int addendAt = end.addendAt + from * end.addendStride + column;
                brains.multiply(
                        to - from, rounded, at, column, c, out, cStride, columns, tilesEnd ? end : null, addendAt);
                ends = tilesEnd;
            } else if (rows == 1 && b.isWidened()) {
                row(column, columns, worker);
            } else {
                rows(from, to, column, columns, worker);
                ends = tilesEnd;
            }
            if (epilogue != null && !ends) {
                epilogue.apply(cAt + from * cStride + column, cStride, from, to - from, column, columns);
            }
        }
    }

    /** A panel's columns of rows {@code from … to - 1}. */
    private void rows(int from, int to, int column, int columns, int worker) {
        float[] data = b.panel(column, panels[worker]);
        int dataAt = b.panelAt(column);
        tiles.multiplyAll(
                to - from,
                a,
                aAt + from * aStride,
                aStride,
                b.depth,
                data,
                dataAt,
                b.bias,
                column,
                c,
                cAt + from * cStride + column,
                cStride,
                columns,
                tilesEnd ? end : null,
                end.addendAt + from * end.addendStride + column);
    }

    /** The columns of some panels of the only row. */
    private void row(int panel, int panelEnd) {
        int column = panel * b.width;
        int columns = Math.min(b.columns, panelEnd * b.width) - column;
        int whole = columns / b.width;
        tiles.multiplyRow(
                a, aAt, b.depth, b.panel(column, panels[0]), b.panelAt(column), whole, b.bias, column, c, cAt + column);
        int last = column + whole * b.width;
        if (last < column + columns) {
            tiles.multiply(
                    1,
                    a,
                    aAt,
                    aStride,
                    b.depth,
                    b.panel(last, panels[0]),
                    b.panelAt(last),
                    b.bias,
                    last,
                    c,
                    cAt + last,
                    cStride,
                    column + columns - last);
        }
        if (epilogue != null) {
            epilogue.apply(cAt + column, cStride, 0, 1, column, columns);
        }
    }

    /** A panel's columns of the only row. */
    private void row(int column, int columns, int worker) {
        b.multiplyRow(column, a, aAt, tiles, panels[worker], sums[worker]);
        System.arraycopy(sums[worker], 0, c, cAt + column, columns);
    }
}
