package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Attention in one kernel: an item is some rows of queries of a head. It goes over the keys in blocks, of which the
 * keys and values are arranged as panels once. Of the scores only those of a tile and a block exist. What is summed up
 * so far is scaled anew when a larger score comes, so that no exponential overflows.
 */
final class AttentionKernels {
    /** The keys of a block: their panels and scores stay in the nearest caches. */
    private static final int KEYS = 128;
    /** The rows of an item, at most: they share the work of arranging a block. */
    private static final int ROWS = 64;

    private static final Expr ZERO = Expr.of(Dtype.F32, 0);
    private static final Expr NONE = Expr.of(0);

    private final Program program;

    AttentionKernels(Program program) {
        this.program = program;
    }

    Launch launch(Step.Attention s) {
        return new Writer(s).launch(program);
    }

    /** A view of {@code [batch, head, row, element]}: its elements, and how far apart they are along each axis. */
    private record Operand(Array elements, List<Expr> strides) {
        static Operand of(Code code, String name, View v) {
            List<Expr> strides = new ArrayList<>();
            for (int axis = 0; axis < v.strides().size(); axis++) {
                strides.add(code.size(name + axis, v.strides().get(axis)));
            }
            return new Operand(code.elements(name, Dtype.F32, v), strides);
        }

        Expr head(Expr batch, Expr head) {
            return batch.times(strides.get(0)).plus(head.times(strides.get(1)));
        }

        Expr row(Expr row) {
            return row.times(strides.get(2));
        }
    }

    /** What an item works on. */
    private record Item(Expr first, Expr q, Expr k, Expr v, Expr mask, Expr y, Expr tiles) {}

    private static final class Writer {
        private final Code code = new Code();
        private final Operand q;
        private final Operand k;
        private final Operand v;
        private final @Nullable Operand mask;
        private final Operand y;
        private final float scale;
        /** The rows of a tile, and of an item. */
        private final int height;

        private final int block;
        private final Expr heads;
        private final Expr rows;
        private final Expr keys;
        private final Expr depth;
        private final Expr width;
        /** The columns of the values, filled up to whole panels. */
        private final Expr wide;

        private final Array keyPanels;
        private final Array values;
        private final Array scores;
        private final Array sums;
        private final Array largest;
        private final Array totals;
        private final Array factors;
        private final Dim chunks;
        private final Dim items;

        Writer(Step.Attention s) {
            Shape shape = s.q().shape();
            Dim rowDim = shape.dim(2);
            Dim widthDim = s.v().shape().dim(3);
            Dim wideDim = widthDim.ceilDiv(Dim.of(Tile.WIDTH)).times(Tile.WIDTH);
            height = Tile.rows(rowDim);
            long tiles = rowDim.isConstant() ? Math.ceilDiv(Math.max(1, rowDim.constant()), height) : ROWS;
            block = height * Math.clamp(tiles, 1, Math.max(1, ROWS / height));
            scale = (float) s.scale();
            q = Operand.of(code, "q", s.q());
            k = Operand.of(code, "k", s.k());
            v = Operand.of(code, "v", s.v());
            mask = s.mask().map(m -> Operand.of(code, "mask", m)).orElse(null);
            y = Operand.of(code, "y", s.to());
            heads = code.size("heads", shape.dim(1));
            rows = code.size("rows", rowDim);
            keys = code.size("keys", s.k().shape().dim(2));
            depth = code.size("depth", shape.dim(3));
            width = code.size("width", widthDim);
            wide = code.size("wide", wideDim);
            keyPanels = code.scratch("key_panels", shape.dim(3).times(KEYS));
            values = code.scratch("values", wideDim.times(KEYS));
            scores = code.scratch("scores", Dim.of((long) height * KEYS));
            sums = code.scratch("sums", wideDim.times(block));
            largest = code.scratch("largest", Dim.of(block));
            totals = code.scratch("totals", Dim.of(block));
            factors = code.scratch("factors", Dim.of(height));
            chunks = rowDim.ceilDiv(Dim.of(block));
            items = shape.dim(0).times(shape.dim(1)).times(chunks);
        }

        Launch launch(Program program) {
            Expr chunkCount = code.size("chunks", chunks);
            Expr blocks = code.let("blocks", keys.plus(KEYS - 1).over(KEYS));
            code.each("item", number -> {
                Expr first = code.let("first_row", number.mod(chunkCount).times(block));
                Expr head = code.let("head", number.over(chunkCount).mod(heads));
                Expr batch = code.let("batch", number.over(chunkCount).over(heads));
                Expr tiles =
                        rows.minus(first).min(Expr.of(block)).plus(height - 1).over(height);
                Item item = new Item(
                        first,
                        code.let("q_at", q.head(batch, head)),
                        code.let("k_at", k.head(batch, head)),
                        code.let("v_at", v.head(batch, head)),
                        mask == null ? NONE : code.let("mask_at", mask.head(batch, head)),
                        code.let("y_at", y.head(batch, head)),
                        code.let("tiles", tiles));
                code.loop("r", Expr.of(block), r -> {
                    code.store(largest, r, Scalars.real(Dtype.F32, Double.NEGATIVE_INFINITY));
                    code.store(totals, r, ZERO);
                });
                code.loop("j", wide.times(block), j -> code.store(sums, j, ZERO));
                code.loop("block", blocks, b -> block(item, code.let("first_key", b.times(KEYS))));
                store(item);
            });
            return code.launch(program, "attention", items, 1);
        }

        /** Adds what the keys of a block give. */
        private void block(Item item, Expr firstKey) {
            Expr n = code.let("n", keys.minus(firstKey).min(Expr.of(KEYS)));
            Expr panels = code.let("panels", n.plus(Tile.WIDTH - 1).over(Tile.WIDTH));
            // The last panel is filled up with the last key, of which the scores do not count.
            code.loop("j", panels.times(Tile.WIDTH), j -> {
                Expr from = code.let("from", item.k.plus(k.row(firstKey.plus(j.min(n.minus(1))))));
                Expr to = code.let(
                        "to", j.over(Tile.WIDTH).times(depth).times(Tile.WIDTH).plus(j.mod(Tile.WIDTH)));
                code.loop(
                        "d",
                        depth,
                        d -> code.store(keyPanels, to.plus(d.times(Tile.WIDTH)), k.elements.at(from.plus(d))));
            });
            // The columns behind the last are never stored.
            code.loop("j", n, j -> {
                Expr from = code.let("from", item.v.plus(v.row(firstKey.plus(j))));
                Expr to = code.let("to", j.times(wide));
                code.loop("c", width, c -> code.store(values, to.plus(c), v.elements.at(from.plus(c))));
            });
            code.loop("tile", item.tiles, t -> {
                Expr row = code.let("row", t.times(height));
                code.loop("panel", panels, p -> scores(item, row, p));
                code.loop("r", Expr.of(height), r -> weights(item, row, r, firstKey, n, panels));
                code.loop("panel", wide.over(Tile.WIDTH), p -> {
                    Expr column = code.let("column", p.times(Tile.WIDTH));
                    Expr from = code.let("from", row.times(wide).plus(column));
                    Tile tile = Tile.begin(
                            code,
                            height,
                            (r, lane) ->
                                    sums.at(from.plus(wide.times(r)).plus(lane)).times(factors.at(Expr.of(r))));
                    tile.add(
                            n,
                            (r, j) -> scores.at(j.plus((long) r * KEYS)),
                            (j, lane) -> values.at(j.times(wide).plus(column).plus(lane)));
                    tile.keep(sums, from, wide, (_, sum) -> sum);
                });
            });
        }

        private Expr query(Item item, Expr row) {
            return item.first.plus(row).min(rows.minus(1));
        }

        /** The scores of a tile and a panel of keys. */
        private void scores(Item item, Expr row, Expr panel) {
            Expr[] from = new Expr[height];
            for (int r = 0; r < height; r++) {
                from[r] = code.let("from", item.q.plus(q.row(query(item, row.plus(r)))));
            }
            Expr own = code.let("own", panel.times(depth).times(Tile.WIDTH));
            Tile tile = Tile.begin(code, height, null, NONE);
            tile.add(
                    depth,
                    (r, d) -> q.elements.at(from[r].plus(d)),
                    (d, lane) -> keyPanels.at(own.plus(d.times(Tile.WIDTH)).plus(lane)));
            Expr factor = new Expr.Real(Dtype.F32, scale);
            tile.keep(scores, panel.times(Tile.WIDTH), Expr.of(KEYS), (_, sum) -> sum.times(factor));
        }

        /** From the scores of a row to the weights of the values, and the factor of what was summed up so far. */
        private void weights(Item item, Expr tileRow, Expr r, Expr firstKey, Expr n, Expr panels) {
            Scalars scalars = Scalars.in(code);
            Expr line = code.let("line", r.times(KEYS));
            Expr row = code.let("item_row", tileRow.plus(r));
            if (mask != null) {
                Expr from = code.let(
                        "mask_from",
                        item.mask.plus(mask.row(query(item, row))).plus(firstKey.times(mask.strides.get(3))));
                code.loop("j", n, j -> {
                    Expr added = mask.elements.at(from.plus(j.times(mask.strides.get(3))));
                    code.store(scores, line.plus(j), scores.at(line.plus(j)).plus(added));
                });
            }
            Expr least = Scalars.real(Dtype.F32, Double.NEGATIVE_INFINITY);
            Expr padded = code.let("padded", panels.times(Tile.WIDTH));
            code.loop("j", padded.minus(n), j -> code.store(scores, line.plus(n).plus(j), least));
            Expr before = code.kept(largest.at(row));
            Expr own = RowKernels.all(code, padded, least, j -> scores.at(line.plus(j)), RowKernels::larger);
            Expr most = code.kept(RowKernels.larger(before, own));
            // Before the first score that is no negative infinity all weights are 0.
            Expr base = code.kept(Scalars.isNegativeInfinity(most).select(ZERO, most));
            Expr factor = code.kept(scalars.exp(before.minus(base)));
            code.store(largest, row, most);
            code.store(factors, r, factor);
            code.loop("j", padded, j -> {
                Expr e = Scalars.in(code).exp(scores.at(line.plus(j)).minus(base));
                code.store(scores, line.plus(j), e);
            });
            Expr sum = RowKernels.all(code, padded, ZERO, j -> scores.at(line.plus(j)), Expr::plus);
            code.store(totals, row, totals.at(row).times(factor).plus(sum));
        }

        private void store(Item item) {
            code.loop("r", rows.minus(item.first).min(Expr.of(block)), r -> {
                Expr factor = code.let(
                        "factor",
                        keys.equalTo(0).select(ZERO, Expr.of(Dtype.F32, 1).over(totals.at(r))));
                Expr to = code.let("to", item.y.plus(y.row(item.first.plus(r))));
                Expr from = code.let("from", r.times(wide));
                code.loop(
                        "c",
                        width,
                        c -> code.store(
                                y.elements, to.plus(c), sums.at(from.plus(c)).times(factor)));
            });
        }
    }
}
