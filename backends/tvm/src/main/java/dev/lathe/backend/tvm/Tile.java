package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.ElementwiseKernel;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Sums of products in registers: some rows of a panel's columns, in local arrays that LLVM keeps in vectors.
 *
 * @param code the kernel
 * @param sums the columns of each row
 */
record Tile(Code code, List<Array> sums) {
    /** The floats of a vector. LLVM makes two of one where the processor has shorter ones. */
    static final int LANES = 16;

    static final int WIDTH = Panels.WIDTH;
    /** The most rows: with two vectors each they leave room in 32 registers for weights and an element. */
    private static final int MOST_ROWS = 14;

    private static final int USUAL_ROWS = 8;
    private static final int LEAST_ROWS = 6;

    /** How many rows tiles of so many rows have: few enough rows are left over, or one tile has all. */
    static int rows(Dim all) {
        if (!all.isConstant()) {
            return USUAL_ROWS;
        }
        long n = Math.max(1, all.constant());
        if (n <= MOST_ROWS) {
            return (int) n;
        }
        int best = USUAL_ROWS;
        for (int r = LEAST_ROWS; r <= MOST_ROWS; r++) {
            if (waste(n, r) < waste(n, best) || waste(n, r) == waste(n, best) && r > best) {
                best = r;
            }
        }
        return best;
    }

    private static long waste(long n, int rows) {
        return Math.ceilDiv(n, (long) rows) * rows - n;
    }

    /** Sums that start with {@code start} of each column, or 0. */
    static Tile begin(Code code, int rows, @Nullable Array start, Expr column) {
        List<Array> sums = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            sums.add(code.local("sums", Dtype.F32, WIDTH));
        }
        Tile tile = new Tile(code, sums);
        tile.lanes(lane -> {
            for (Array s : sums) {
                code.store(s, lane, start == null ? Expr.of(Dtype.F32, 0) : start.at(column.plus(lane)));
            }
        });
        return tile;
    }

    /** Runs a body for each vector of the panel. */
    private void lanes(Consumer<Expr> body) {
        for (int v = 0; v < WIDTH; v += LANES) {
            int first = v;
            code.vectorized("lane", LANES, l -> body.accept(l.plus(first)));
        }
    }

    /**
     * Adds products over a depth.
     *
     * @param x element {@code k} of a row
     * @param w row {@code k} of the panel, at a lane
     */
    void add(Expr depth, BiFunction<Integer, Expr, Expr> x, BiFunction<Expr, Expr, Expr> w) {
        code.loop("k", depth, k -> {
            for (int v = 0; v < WIDTH; v += LANES) {
                int first = v;
                for (int r = 0; r < sums.size(); r++) {
                    Array s = sums.get(r);
                    int row = r;
                    code.vectorized("lane", LANES, l -> {
                        Expr lane = l.plus(first);
                        code.store(s, lane, s.at(lane).plus(x.apply(row, k).times(w.apply(k, lane))));
                    });
                }
            }
        });
    }

    /**
     * Stores the sums.
     *
     * @param rows the number of each row in the result
     * @param isRow whether there is such a row; null for all
     * @param column the first column of the panel
     * @param columns how many the result has
     * @param end the column before which the panel ends; null if only the result ends it
     */
    void store(
            Array y,
            UnaryOperator<Expr> rows,
            @Nullable UnaryOperator<Expr> isRow,
            Expr column,
            Expr columns,
            @Nullable Expr end,
            PointwiseKernels.@Nullable Elements epilogue) {
        Expr bound = end == null ? columns : end;
        boolean whole = bound instanceof Expr.Int(Dtype _, long n) && n % WIDTH == 0;
        if (whole && epilogue == null) {
            for (int r = 0; r < sums.size(); r++) {
                Array s = sums.get(r);
                int number = r;
                Runnable body = () -> {
                    Expr start = code.let(
                            "start", rows.apply(Expr.of(number)).times(columns).plus(column));
                    lanes(lane -> code.store(y, start.plus(lane), s.at(lane)));
                };
                if (isRow == null) {
                    body.run();
                } else {
                    code.when(isRow.apply(Expr.of(r)), body);
                }
            }
            return;
        }
        // Through memory: what is counted through is no register, and the epilogue is written once.
        Array out = code.scratch("out", Dim.of((long) sums.size() * WIDTH));
        for (int r = 0; r < sums.size(); r++) {
            Array s = sums.get(r);
            int first = r * WIDTH;
            lanes(lane -> code.store(out, lane.plus(first), s.at(lane)));
        }
        code.loop("r", Expr.of(sums.size()), r -> {
            Runnable body = () -> {
                Expr row = code.let("row", rows.apply(r));
                Expr start = code.let("start", row.times(columns).plus(column));
                Expr from = code.let("from", r.times(WIDTH));
                code.loop(
                        "j",
                        whole
                                ? Expr.of(WIDTH)
                                : code.let("width", bound.minus(column).min(Expr.of(WIDTH))),
                        j -> element(y, out.at(from.plus(j)), row, column.plus(j), start.plus(j), epilogue));
            };
            if (isRow == null) {
                body.run();
            } else {
                code.when(isRow.apply(r), body);
            }
        });
    }

    private void element(
            Array y, Expr sum, Expr row, Expr column, Expr flat, PointwiseKernels.@Nullable Elements epilogue) {
        code.store(y, flat, epilogue == null ? sum : epilogue.at(code.let("sum", sum), row, column, flat));
    }

    static PointwiseKernels.@Nullable Elements epilogue(Code code, @Nullable ElementwiseKernel kernel) {
        return kernel == null ? null : new PointwiseKernels.Elements(code, kernel);
    }
}
