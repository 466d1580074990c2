package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.ElementwiseKernel;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Sums of products in registers: some rows of a panel's columns, in local arrays that LLVM keeps in vectors.
 *
 * @param code the kernel
 * @param sums the columns of each row
 * @param lanes how many columns of the panel it has
 */
record Tile(Code code, List<Array> sums, int lanes) {
    /** The floats of a vector. LLVM makes two of one where the processor has shorter ones. */
    static final int LANES = 16;

    static final int WIDTH = Panels.WIDTH;
    /** The most rows: with two vectors each they leave room in 32 registers for weights and an element. */
    private static final int MOST_ROWS = 14;

    private static final int USUAL_ROWS = 8;
    private static final int LEAST_ROWS = 6;
    private static final int USUAL_DEPTH = 256;
    /** What starting and storing a tile takes, whatever its size, as measured for depths of 16 to 64. */
    private static final int OVERHEAD = 49;

    /** How many rows the tiles of so many rows have, of a usual depth. */
    static int rows(Dim all) {
        return rows(all, Dim.of(USUAL_DEPTH));
    }

    /**
     * How many rows the tiles of so many rows have: those that take the least time together.
     *
     * @param depth the products of a sum
     */
    static int rows(Dim all, Dim depth) {
        if (!all.isConstant()) {
            return USUAL_ROWS;
        }
        long n = Math.max(1, all.constant());
        if (n <= MOST_ROWS) {
            return (int) n;
        }
        long sums = depth.isConstant() ? depth.constant() : USUAL_DEPTH;
        int best = USUAL_ROWS;
        for (int r = LEAST_ROWS; r <= MOST_ROWS; r++) {
            if (time(n, sums, r) <= time(n, sums, best)) {
                best = r;
            }
        }
        return best;
    }

    /** In products of a row with a panel, which take a cycle where there are two units for vectors of 16. */
    private static long time(long n, long depth, int rows) {
        return Math.ceilDiv(n, (long) rows) * (depth * rows + OVERHEAD);
    }

    /**
     * The first row of a tile. Where the number of rows is known, the last tile begins earlier instead of ending later,
     * and makes some rows once more.
     */
    static Expr first(Expr tile, int height, Dim rows) {
        Expr first = tile.times(height);
        boolean reachesOver = rows.isConstant() && rows.constant() % height != 0;
        return reachesOver ? first.min(Expr.of(rows.constant() - height)) : first;
    }

    /** Where rows of so many elements begin; those behind the last row, if there may be such, where that one does. */
    static IntFunction<Expr> starts(Code code, int height, Expr first, Dim rows, Expr allRows, Expr from, Expr length) {
        if (rows.isConstant()) {
            Expr start = code.let("from", from.plus(first.times(length)));
            return r -> start.plus(length.times(r));
        }
        List<Expr> starts = new ArrayList<>();
        for (int r = 0; r < height; r++) {
            Expr row = first.plus(r).min(allRows.minus(1));
            starts.add(code.let("from", from.plus(row.times(length))));
        }
        return starts::get;
    }

    /** Sums that start with {@code start} of each column, or 0. */
    static Tile begin(Code code, int rows, @Nullable Array start, Expr column) {
        return begin(code, rows, (_, lane) -> start == null ? Expr.of(Dtype.F32, 0) : start.at(column.plus(lane)));
    }

    /** Sums of a panel's columns that start with {@code start} of each column. */
    static Tile begin(Code code, int rows, Array start, ColumnPanel panel) {
        return begin(
                code,
                rows,
                panel.vectorLanes(),
                (_, lane) -> start.at(panel.column().plus(lane)));
    }

    /** Sums that start with what {@code start} is for a row and a lane. */
    static Tile begin(Code code, int rows, BiFunction<Integer, Expr, Expr> start) {
        return begin(code, rows, WIDTH, start);
    }

    /** As the other, of the first lanes of a panel. */
    static Tile begin(Code code, int rows, int lanes, BiFunction<Integer, Expr, Expr> start) {
        List<Array> sums = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            sums.add(code.local("sums", Dtype.F32, lanes));
        }
        Tile tile = new Tile(code, sums, lanes);
        tile.each((r, lane) -> code.store(sums.get(r), lane, start.apply(r, lane)));
        return tile;
    }

    /** Runs a body for the vectors of each row. */
    private void each(BiConsumer<Integer, Expr> body) {
        for (int r = 0; r < sums.size(); r++) {
            int row = r;
            lanes(lane -> body.accept(row, lane));
        }
    }

    /** Runs a body for each vector of a row. */
    private void lanes(Consumer<Expr> body) {
        lanes(lanes, body);
    }

    /** Runs a body for vectors of the first lanes, of which the last may be a short one. */
    private void lanes(int count, Consumer<Expr> body) {
        for (int v = 0; v < count; v += LANES) {
            int first = v;
            code.vectorized("lane", Math.min(LANES, count - v), l -> body.accept(l.plus(first)));
        }
    }

    /** Adds products, a factor for each row with one for all rows. */
    void multiply(BiFunction<Integer, Expr, Expr> x, UnaryOperator<Expr> w) {
        each((r, lane) -> {
            Array s = sums.get(r);
            code.store(s, lane, s.at(lane).plus(x.apply(r, lane).times(w.apply(lane))));
        });
    }

    /**
     * Adds products over a depth. An element serves both vectors of its row before the next one is loaded.
     *
     * @param x element {@code k} of a row
     * @param w row {@code k} of the panel, at a lane
     */
    void add(Expr depth, BiFunction<Integer, Expr, Expr> x, BiFunction<Expr, Expr, Expr> w) {
        add(depth, x, w, _ -> {});
    }

    /** As the other, with something beside it for each {@code k}. */
    void add(Expr depth, BiFunction<Integer, Expr, Expr> x, BiFunction<Expr, Expr, Expr> w, Consumer<Expr> beside) {
        code.loop("k", depth, k -> {
            beside.accept(k);
            each((r, lane) -> {
                Array s = sums.get(r);
                code.store(s, lane, s.at(lane).plus(x.apply(r, k).times(w.apply(k, lane))));
            });
        });
    }

    /**
     * Stores what becomes of the sums in an array of so many columns.
     *
     * @param value what becomes of the sum of a row, at a lane
     */
    void keep(Array to, Expr from, Expr columns, BiFunction<Integer, Expr, Expr> value) {
        keep(lanes, to, from, columns, value);
    }

    /** As the other, of the first lanes. */
    void keep(int count, Array to, Expr from, Expr columns, BiFunction<Integer, Expr, Expr> value) {
        for (int r = 0; r < sums.size(); r++) {
            Array s = sums.get(r);
            Expr start = from.plus(columns.times(r));
            int row = r;
            lanes(count, lane -> code.store(to, start.plus(lane), value.apply(row, s.at(lane))));
        }
    }

    /** How many columns a panel has from {@code column} on, if {@code end} is behind the last. */
    static Expr width(Code code, Expr column, Expr end) {
        boolean whole = end instanceof Expr.Int(Dtype _, long n) && n % WIDTH == 0;
        return whole ? Expr.of(WIDTH) : code.let("width", end.minus(column).min(Expr.of(WIDTH)));
    }

    /**
     * Stores the sums.
     *
     * @param rows the number of each row in the result
     * @param isRow whether there is such a row; null for all
     * @param column the first column of the panel
     * @param columns how many the result has
     * @param width how many the panel has
     */
    void store(
            Array y,
            UnaryOperator<Expr> rows,
            @Nullable UnaryOperator<Expr> isRow,
            Expr column,
            Expr columns,
            Expr width,
            PointwiseKernels.@Nullable Elements epilogue) {
        if (width instanceof Expr.Int(Dtype _, long count) && epilogue == null) {
            for (int r = 0; r < sums.size(); r++) {
                Array s = sums.get(r);
                int number = r;
                row(isRow, Expr.of(r), () -> {
                    Expr start = code.let(
                            "start", rows.apply(Expr.of(number)).times(columns).plus(column));
                    lanes((int) count, lane -> code.store(y, start.plus(lane), s.at(lane)));
                });
            }
            return;
        }
        // Through memory: what is counted through is no register, and the epilogue is written once.
        Array out = code.scratch("out", Dim.of((long) sums.size() * WIDTH));
        keep(out, Expr.of(0), Expr.of(WIDTH), (_, sum) -> sum);
        code.loop(
                "r",
                Expr.of(sums.size()),
                r -> row(isRow, r, () -> {
                    Expr row = code.let("row", rows.apply(r));
                    storeRow(code, y, out, r.times(WIDTH), row, column, columns, width, epilogue);
                }));
    }

    private void row(@Nullable UnaryOperator<Expr> isRow, Expr r, Runnable body) {
        if (isRow == null) {
            body.run();
        } else {
            code.when(isRow.apply(r), body);
        }
    }

    /**
     * Stores a row of sums that is in memory.
     *
     * @param from where its first sum is in {@code sums}
     * @param row its number in the result
     * @param column its first column
     * @param columns how many the result has
     * @param width how many columns it has
     */
    static void storeRow(
            Code code,
            Array y,
            Array sums,
            Expr from,
            Expr row,
            Expr column,
            Expr columns,
            Expr width,
            PointwiseKernels.@Nullable Elements epilogue) {
        Expr start = code.let("start", row.times(columns).plus(column));
        Expr first = code.let("from", from);
        code.loop("j", width, j -> {
            Expr sum = sums.at(first.plus(j));
            Expr value = epilogue == null ? sum : epilogue.at(code.let("sum", sum), row, column.plus(j), start.plus(j));
            code.store(y, start.plus(j), value);
        });
    }

    static PointwiseKernels.@Nullable Elements epilogue(Code code, @Nullable ElementwiseKernel kernel) {
        return kernel == null ? null : new PointwiseKernels.Elements(code, kernel);
    }
}
