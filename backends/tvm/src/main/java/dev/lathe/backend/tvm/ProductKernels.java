package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.function.IntFunction;

/** Matrix products: tiles of rows and panels of columns. */
final class ProductKernels {
    /** The multiplications that a worker takes at least. */
    private static final long GRAIN = 1 << 18;
    /** The bytes of rows that are multiplied with one panel after the other: a part of a level-2 cache. */
    private static final long BLOCK_BYTES = 1 << 18;

    private final Program program;

    ProductKernels(Program program) {
        this.program = program;
    }

    static long grain(long multiplications) {
        return Math.max(1, GRAIN / Math.max(1, multiplications));
    }

    /** Rows times weights, which are panels already. An item is a tile. */
    Launch matrix(Step.MatrixProduct s) {
        Step.MatrixProduct.Matrix m = s.matrix();
        Weight w = m.weight();
        return rows(
                "product",
                s,
                s.x(),
                s.rows(),
                m.depth(),
                m.columns(),
                m.transposed() ? new Panels.Filters(w, 1) : new Panels.Matrix(w),
                Panels.start(m.bias(), 1, m.columns()),
                s.epilogue());
    }

    Launch rows(
            String stem,
            Step.Making s,
            View from,
            Dim rows,
            long depth,
            long columns,
            Panels weights,
            Panels start,
            dev.lathe.backend.plan.@org.jspecify.annotations.Nullable ElementwiseKernel finish) {
        int height = Tile.rows(rows, Dim.of(depth));
        Code code = new Code();
        Array x = code.elements("x", Dtype.F32, from);
        Array w = code.panels("w", weights);
        Array bias = code.panels("bias", start);
        Array y = code.elements("y", Dtype.F32, s.to());
        Expr all = code.size("rows", rows);
        PointwiseKernels.Elements epilogue = Tile.epilogue(code, finish);
        Dim tiles = rows.ceilDiv(Dim.of(height));
        Expr tileCount = code.size("tiles", tiles);
        long panels = Panels.count(columns);
        long block = Math.clamp(BLOCK_BYTES / Math.max(1, 4 * depth * height), 1, BLOCK_BYTES);
        code.each("item", item -> {
            // Of a block of rows one panel after the other: rows and a panel stay in the caches.
            Expr before = code.let("before", item.over(block * panels).times(block));
            Expr many = code.let("many", tileCount.minus(before).min(Expr.of(block)));
            Expr inBlock = code.let("in_block", item.minus(before.times(panels)));
            Expr panel = code.let("panel", inBlock.over(many));
            Expr tileNumber = code.let("tile", before.plus(inBlock.mod(many)));
            Expr first = code.let("row", Tile.first(tileNumber, height, rows));
            IntFunction<Expr> starts = Tile.starts(code, height, first, rows, all, Expr.of(0), Expr.of(depth));
            Expr next = code.let("next", first.plus(height).times(depth));
            ColumnPanel.at(code, columns, panel, p -> {
                Expr own = code.let("own", p.column().times(depth));
                Tile tile = Tile.begin(code, height, bias, p);
                tile.add(
                        Expr.of(depth),
                        (r, k) -> x.at(starts.apply(r).plus(k)),
                        (k, lane) -> w.at(own.plus(k.times(Tile.WIDTH)).plus(lane)),
                        // The rows of the next tile, which follow these.
                        k -> code.prefetch(x, next.plus(k.times(height))));
                tile.store(
                        y,
                        r -> first.plus(r),
                        rows.isConstant() ? null : r -> first.plus(r).isBelow(all),
                        p.column(),
                        Expr.of(columns),
                        Expr.of(p.lanes()),
                        epilogue);
            });
        });
        return code.launch(program, stem, tiles.times(Dim.of(panels)), grain(depth * height * Tile.WIDTH));
    }

    /** Products of computed operands. An item is a panel of a batch, arranged and used for all rows. */
    Launch batched(Step.BatchedProduct s) {
        if (s.to().type().element() != dev.lathe.ir.type.ElementType.F32) {
            return plain(s);
        }
        Shape xs = s.x().shape();
        Shape ys = s.y().shape();
        Shape out = s.to().shape();
        Dim columns = ys.dim(-1);
        Dim rows = xs.dim(-2);
        int height = Tile.rows(rows, xs.dim(-1));
        Code code = new Code();
        Array x = code.elements("x", Dtype.F32, s.x());
        Array z = code.elements("z", Dtype.F32, s.y());
        Array y = code.elements("y", Dtype.F32, s.to());
        Array w = code.scratch("w", xs.dim(-1).times(Dim.of(Tile.WIDTH)));
        Expr rowCount = code.size("rows", rows);
        Expr depth = code.size("depth", xs.dim(-1));
        Expr columnCount = code.size("columns", columns);
        Dim panelDim = columns.ceilDiv(Dim.of(Tile.WIDTH));
        Expr panels = code.size("panels", panelDim);
        Expr tiles = code.size("tiles", rows.ceilDiv(Dim.of(height)));
        Batches batches = new Batches(code, xs, ys, out);
        PointwiseKernels.Elements epilogue = Tile.epilogue(code, s.epilogue());
        code.each("item", item -> {
            Expr batch = code.let("batch", item.over(panels));
            Expr column = code.let("column", item.mod(panels).times(Tile.WIDTH));
            Expr[] own = batches.of(batch);
            Expr fromX = code.let("from_x", own[0].times(rowCount).times(depth));
            Expr fromZ =
                    code.let("from_z", own[1].times(depth).times(columnCount).plus(column));
            Expr width = code.let("width", columnCount.minus(column).min(Expr.of(Tile.WIDTH)));
            code.loop("d", depth, d -> {
                Expr line = code.let("line", fromZ.plus(d.times(columnCount)));
                Expr place = code.let("place", d.times(Tile.WIDTH));
                code.when(
                        width.equalTo(Tile.WIDTH),
                        () -> code.vectorized(
                                "lane", Tile.WIDTH, l -> code.store(w, place.plus(l), z.at(line.plus(l)))));
                code.when(width.isBelow(Tile.WIDTH), () -> {
                    code.vectorized("lane", Tile.WIDTH, l -> code.store(w, place.plus(l), Expr.of(Dtype.F32, 0)));
                    code.loop("j", width, j -> code.store(w, place.plus(j), z.at(line.plus(j))));
                });
            });
            code.loop("tile", tiles, t -> {
                Expr first = code.let("row", Tile.first(t, height, rows));
                IntFunction<Expr> starts = Tile.starts(code, height, first, rows, rowCount, fromX, depth);
                Tile tile = Tile.begin(code, height, null, column);
                tile.add(
                        depth,
                        (r, k) -> x.at(starts.apply(r).plus(k)),
                        (k, lane) -> w.at(k.times(Tile.WIDTH).plus(lane)));
                Expr base = code.let("base", batch.times(rowCount).plus(first));
                tile.store(
                        y,
                        r -> base.plus(r),
                        rows.isConstant() ? null : r -> first.plus(r).isBelow(rowCount),
                        column,
                        columnCount,
                        width,
                        epilogue);
            });
        });
        long work = xs.dim(-1).isConstant() && rows.isConstant()
                ? xs.dim(-1).constant() * rows.constant() * Tile.WIDTH
                : GRAIN;
        return code.launch(
                program,
                "batched_product",
                out.slice(0, out.rank() - 2).elements().times(panelDim),
                grain(work));
    }

    /** A product of doubles: a loop over the depth for each element. */
    private Launch plain(Step.BatchedProduct s) {
        Shape xs = s.x().shape();
        Shape ys = s.y().shape();
        Shape out = s.to().shape();
        Dtype type = Dtype.stored(s.to().type().element()).orElseThrow();
        Code code = new Code();
        Array x = code.elements("x", type, s.x());
        Array z = code.elements("z", type, s.y());
        Array y = code.elements("y", type, s.to());
        Expr rows = code.size("rows", xs.dim(-2));
        Expr depth = code.size("depth", xs.dim(-1));
        Expr columns = code.size("columns", ys.dim(-1));
        Batches batches = new Batches(code, xs, ys, out);
        code.each("i", i -> {
            Expr column = code.let("column", i.mod(columns));
            Expr row = code.let("row", i.over(columns).mod(rows));
            Expr[] own = batches.of(code.let("batch", i.over(columns).over(rows)));
            Expr fromX = code.let("from_x", own[0].times(rows).plus(row).times(depth));
            Expr fromZ = code.let("from_z", own[1].times(depth).times(columns).plus(column));
            Array sum = code.local("sum", type, 1);
            code.store(sum, Expr.of(0), Expr.of(type, 0));
            code.loop(
                    "k",
                    depth,
                    k -> code.store(
                            sum,
                            Expr.of(0),
                            sum.at(Expr.of(0)).plus(x.at(fromX.plus(k)).times(z.at(fromZ.plus(k.times(columns)))))));
            code.store(y, i, sum.at(Expr.of(0)));
        });
        return code.launch(program, "batched_product_" + type.text, out.elements(), 1024);
    }
}
