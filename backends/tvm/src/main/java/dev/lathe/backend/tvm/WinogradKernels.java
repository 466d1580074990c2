package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Step;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions with 3 × 3 windows side by side by Winograd's algorithm: an item transforms some squares of pixels,
 * multiplies them with some panels of transformed filters at each point, and transforms the products back. Where a
 * result is not finite, those of its square are computed again directly: an infinity or a NaN of the input would reach
 * pixels whose windows do not see it.
 */
final class WinogradKernels {
    private static final int TAPS = 3;
    /** Bytes of points of an item: half of what a level-2 cache holds. */
    private static final long BLOCK_BYTES = 1 << 19;
    /** Squares of an item at least, so that the filters are not loaded for a few. */
    private static final long LEAST_SQUARES = 24;
    /** Panels of an item: fewer would transform the same squares again more often. */
    private static final long PANELS = 4;

    private final Program program;

    WinogradKernels(Program program) {
        this.program = program;
    }

    /** @param m results on a side of a square, 2 or 4 */
    Launch launch(Step.Convolution s, int m) {
        return new Writer(s, m).launch(program);
    }

    /** A square of an item: its number there, where its pixels and results begin, and the image's first line. */
    private record Square(Expr number, Expr image, Expr outImage, Expr top, Expr left) {}

    private static final class Writer {
        private final Code code = new Code();
        private final WinogradTransforms transforms;
        private final int m;
        private final int side;
        private final int points;
        private final long depth;
        private final long columns;
        private final long panels;
        /** Squares of a tile, and of an item. */
        private final int height;

        private final long block;
        private final Dim squares;
        private final Expr squaresHigh;
        private final Expr squaresWide;
        private final Array x;
        private final Array w;
        private final Array direct;
        private final Array bias;
        private final Array y;
        private final WindowSizes z;
        /** The pixels of a square at a border, with zeros around the image. */
        private final Array patch;

        private final Array inputs;
        private final Array products;
        private final Array out;
        private final PointwiseKernels.@Nullable Elements epilogue;

        Writer(Step.Convolution s, int m) {
            this.m = m;
            transforms = new WinogradTransforms(code, m);
            side = transforms.side();
            points = side * side;
            depth = s.filters().dim(1);
            columns = s.filters().dim(0);
            panels = Panels.count(columns);
            Shape result = s.to().shape();
            Dim high = result.dim(1).ceilDiv(Dim.of(m));
            Dim wide = result.dim(2).ceilDiv(Dim.of(m));
            squares = result.dim(0).times(high).times(wide);
            long most = Math.max(LEAST_SQUARES, BLOCK_BYTES / (4L * points * (depth + Tile.WIDTH)));
            if (squares.isConstant()) {
                long all = Math.max(1, squares.constant());
                long even = Math.ceilDiv(all, Math.ceilDiv(all, most));
                height = Tile.rows(Dim.of(even));
                block = Math.ceilDiv(even, (long) height) * height;
            } else {
                height = Tile.rows(squares);
                block = Math.ceilDiv(most, (long) height) * height;
            }
            x = code.elements("x", Dtype.F32, s.x());
            w = code.panels("w", new Panels.Winograd(s.filters(), m));
            direct = code.panels("direct", new Panels.Filters(s.filters(), 1));
            bias = code.panels("bias", Panels.start(s.bias(), 1, columns));
            y = code.elements("y", Dtype.F32, s.to());
            z = WindowSizes.of(code, s.x().shape(), result, s.window());
            squaresHigh = code.size("squares_high", high);
            squaresWide = code.size("squares_wide", wide);
            patch = code.scratch("patch", Dim.of(points * depth));
            inputs = code.scratch("inputs", Dim.of(points * block * depth));
            products = code.scratch("products", Dim.of(points * block * Tile.WIDTH));
            out = code.scratch("out", Dim.of((long) m * m * Tile.WIDTH));
            epilogue = Tile.epilogue(code, s.epilogue());
        }

        Launch launch(Program program) {
            long tasks = Math.ceilDiv(panels, PANELS);
            long perTask = Math.ceilDiv(panels, tasks);
            Expr all = code.size("squares", squares);
            code.each("item", item -> {
                Expr first = code.let("first_square", item.over(tasks).times(block));
                Expr n = code.let("n", all.minus(first).min(Expr.of(block)));
                Expr panel = code.let("first_panel", item.mod(tasks).times(perTask));
                code.loop("i", n, i -> transform(square(first, i)));
                code.loop("p", Expr.of(panels).minus(panel).min(Expr.of(perTask)), p -> {
                    Expr own = code.let("panel", panel.plus(p));
                    multiply(own, n);
                    code.loop("i", n, i -> store(square(first, i), own));
                });
            });
            Dim items = squares.ceilDiv(Dim.of(block)).times(Dim.of(tasks));
            return code.launch(program, "winograd_" + m, items, 1);
        }

        private Square square(Expr first, Expr i) {
            Expr number = code.let("square", first.plus(i));
            Expr row = code.let("square_row", number.over(squaresWide));
            Expr image = code.let("image", row.over(squaresHigh));
            return new Square(
                    i,
                    code.let("image_line", image.times(z.height())),
                    code.let("out_line", image.times(z.outHeight())),
                    code.let("top", row.mod(squaresHigh).times(m)),
                    code.let("left", number.mod(squaresWide).times(m)));
        }

        // To the points.

        private void transform(Square s) {
            Expr top = code.let("y_from", s.top.minus(z.top()));
            Expr left = code.let("x_from", s.left.minus(z.left()));
            Expr isInside = code.let(
                    "is_inside",
                    top.isAtLeast(0)
                            .and(left.isAtLeast(0))
                            .and(new Expr.Binary(Expr.Op.LE, top.plus(side), z.height()))
                            .and(new Expr.Binary(Expr.Op.LE, left.plus(side), z.width())));
            Expr line = z.width().times(depth);
            code.when(isInside, () -> {
                Expr from = code.let(
                        "from", s.image.plus(top).times(z.width()).plus(left).times(depth));
                transform(s, x, from, line);
            });
            code.when(isInside.not(), () -> {
                copy(s, top, left);
                transform(s, patch, Expr.of(0), Expr.of(side * depth));
            });
        }

        /** Copies the pixels of a square at a border. */
        private void copy(Square s, Expr top, Expr left) {
            code.loop(
                    "i",
                    Expr.of(side),
                    i -> code.loop("j", Expr.of(side), j -> {
                        Expr high = code.let("high", top.plus(i));
                        Expr wide = code.let("wide", left.plus(j));
                        Expr to = code.let("to", i.times(side).plus(j).times(depth));
                        Expr isInside = code.let(
                                "is_pixel",
                                high.isAtLeast(0)
                                        .and(high.isBelow(z.height()))
                                        .and(wide.isAtLeast(0))
                                        .and(wide.isBelow(z.width())));
                        code.when(isInside, () -> {
                            Expr from = code.let(
                                    "from",
                                    s.image
                                            .plus(high)
                                            .times(z.width())
                                            .plus(wide)
                                            .times(depth));
                            code.loop("c", Expr.of(depth), c -> code.store(patch, to.plus(c), x.at(from.plus(c))));
                        });
                        code.when(
                                isInside.not(),
                                () -> code.loop(
                                        "c",
                                        Expr.of(depth),
                                        c -> code.store(patch, to.plus(c), Expr.of(Dtype.F32, 0))));
                    }));
        }

        /** The last vector of channels reaches back over channels that are done already. */
        private void transform(Square s, Array from, Expr at, Expr line) {
            Expr to = code.let("points_at", s.number.times(depth));
            code.loop("vector", Expr.of(Math.ceilDiv(depth, (long) Tile.LANES)), v -> {
                Expr next = v.times(Tile.LANES);
                Expr c = depth % Tile.LANES == 0 ? next : code.let("c", next.min(Expr.of(depth - Tile.LANES)));
                Expr source = code.let("source", at.plus(c));
                Expr target = code.let("target", to.plus(c));
                transforms.points(
                        (i, j, l) -> from.at(
                                source.plus(line.times(i)).plus(j * depth).plus(l)),
                        (i, j, l, value) -> code.store(
                                inputs,
                                target.plus((i * side + j) * block * depth).plus(l),
                                value));
            });
        }

        // The products.

        private void multiply(Expr panel, Expr n) {
            Expr tiles = code.let("tiles", n.plus(height - 1).over(height));
            code.loop("point", Expr.of(points), point -> {
                Expr row = code.let("w_row", panel.times(points).plus(point).times(depth * Tile.WIDTH));
                code.loop("tile", tiles, t -> {
                    Expr first = code.let("first_row", point.times(block).plus(t.times(height)));
                    Expr from = code.let("from", first.times(depth));
                    Tile tile = Tile.begin(code, height, null, Expr.of(0));
                    tile.add(
                            Expr.of(depth),
                            (r, k) -> inputs.at(from.plus(k).plus(r * depth)),
                            (k, lane) -> w.at(row.plus(k.times(Tile.WIDTH)).plus(lane)));
                    tile.keep(products, first.times(Tile.WIDTH), Expr.of(Tile.WIDTH), (_, sum) -> sum);
                });
            });
        }

        // Back to pixels.

        private void store(Square s, Expr panel) {
            Expr column = code.let("column", panel.times(Tile.WIDTH));
            Expr from = code.let("products_at", s.number.times(Tile.WIDTH));
            Array largest = code.local("largest", Dtype.I32, Tile.LANES);
            code.vectorized("lane", Tile.LANES, l -> code.store(largest, l, new Expr.Int(Dtype.I32, 0)));
            for (int first = 0; first < Tile.WIDTH; first += Tile.LANES) {
                results(from, column.plus(first), first, largest);
            }
            Array most = code.local("most", Dtype.I32, 1);
            code.store(most, Expr.of(0), new Expr.Int(Dtype.I32, 0));
            code.loop(
                    "lane",
                    Expr.of(Tile.LANES),
                    l -> code.store(most, Expr.of(0), most.at(Expr.of(0)).max(largest.at(l))));
            Expr rows = code.let("rows", z.outHeight().minus(s.top).min(Expr.of(m)));
            Expr pixels = code.let("pixels", z.outWidth().minus(s.left).min(Expr.of(m)));
            Expr width = Tile.width(code, column, Expr.of(columns));
            code.when(
                    most.at(Expr.of(0)).isAtLeast(Scalars.INFINITY_BITS),
                    () -> code.loop("a", rows, a -> code.loop("b", pixels, b -> directly(s, panel, a, b))));
            code.loop(
                    "a",
                    rows,
                    a -> code.loop("b", pixels, b -> {
                        Expr line = s.outImage.plus(s.top).plus(a);
                        Expr pixel = code.let(
                                "pixel", line.times(z.outWidth()).plus(s.left).plus(b));
                        Tile.storeRow(
                                code,
                                y,
                                out,
                                a.times(m).plus(b).times(Tile.WIDTH),
                                pixel,
                                column,
                                Expr.of(columns),
                                width,
                                epilogue);
                    }));
        }

        /** The results of a square at a vector of the panel, and the largest of their bits without signs. */
        private void results(Expr from, Expr column, int first, Array largest) {
            Array value = code.local("value", Dtype.F32, Tile.LANES);
            transforms.results(
                    (i, j, l) -> products.at(from.plus((i * side + j) * block * Tile.WIDTH + first)
                            .plus(l)),
                    (i, j, l, sum) -> {
                        code.store(value, l, sum.plus(bias.at(column.plus(l))));
                        code.store(largest, l, largest.at(l).max(Scalars.magnitude(value.at(l))));
                        code.store(out, l.plus((long) (i * m + j) * Tile.WIDTH + first), value.at(l));
                    });
        }

        /** A pixel as the sum of what its window sees. */
        private void directly(Square s, Expr panel, Expr a, Expr b) {
            Tile tile = Tile.begin(code, 1, bias, code.let("column", panel.times(Tile.WIDTH)));
            code.loop("h", Expr.of(TAPS), h -> {
                Expr high = code.let("high", s.top.plus(a).minus(z.top()).plus(h));
                code.when(
                        high.isAtLeast(0).and(high.isBelow(z.height())),
                        () -> code.loop("v", Expr.of(TAPS), v -> {
                            Expr wide = code.let(
                                    "wide", s.left.plus(b).minus(z.left()).plus(v));
                            code.when(wide.isAtLeast(0).and(wide.isBelow(z.width())), () -> {
                                Expr from = code.let(
                                        "from",
                                        s.image
                                                .plus(high)
                                                .times(z.width())
                                                .plus(wide)
                                                .times(depth));
                                Expr row = code.let(
                                        "row",
                                        panel.times(TAPS * TAPS)
                                                .plus(h.times(TAPS))
                                                .plus(v)
                                                .times(depth * Tile.WIDTH));
                                tile.add(
                                        Expr.of(depth),
                                        (_, k) -> x.at(from.plus(k)),
                                        (k, lane) -> direct.at(
                                                row.plus(k.times(Tile.WIDTH)).plus(lane)));
                            });
                        }));
            });
            Expr to = code.let("to", a.times(m).plus(b).times(Tile.WIDTH));
            tile.keep(out, to, Expr.of(0), (_, sum) -> sum);
        }
    }
}
