package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Transposed convolutions of one group. Of the lines of the window those fall on a line of the result that are a
 * multiple of the stride away, and each is a convolution with stride 1 of a line of the operand: the channels of as
 * many neighbouring pixels of the result as the stride has are its columns, which lie one behind the other in the line.
 * An item is a line. Its sums are in memory before the epilogue and the cut at its borders.
 */
final class TransposedKernels {
    private final Program program;

    TransposedKernels(Program program) {
        this.program = program;
    }

    Launch launch(Step.Convolution s) {
        return new Writer(s).launch(program);
    }

    private static final class Writer {
        private final Code code = new Code();
        private final Step.Convolution step;
        private final Window2d window;
        private final long depth;
        /** The channels of the result, and those of the pixels that are made together. */
        private final long channels;

        private final long columns;
        private final long reach;
        private final Shape out;
        private final int height;
        private final Dim groups;
        private final Array x;
        private final Array w;
        private final Array bias;
        private final Array y;
        private final WindowSizes z;
        private final PointwiseKernels.@Nullable Elements epilogue;
        private final Expr tiles;
        /** Pixels of a copied line. */
        private final Expr pixels;
        /** Zeros before the pixels of a copied line. */
        private final Expr zeros;
        /** The first pixel of the result among those that are made. */
        private final Expr cut;

        /** Lines of the operand with zeros around; null where tiles read no other pixels than its own. */
        private final @Nullable Array copies;

        private final Array sums;

        Writer(Step.Convolution s) {
            step = s;
            window = s.window();
            depth = s.filters().dim(0);
            channels = s.filters().dim(1);
            long stride = window.strideWidth();
            columns = stride * channels;
            out = s.to().shape();
            Panels.Subpixel filters =
                    new Panels.Subpixel(s.filters(), window.kernelWidth(), stride, window.dilationWidth());
            reach = filters.reach();
            // Groups of pixels, of which the first may be before the operand where more than nothing is cut off.
            Dim before = Dim.ZERO.minus(window.pad(1)).max(Dim.ZERO).ceilDiv(Dim.of(stride));
            Dim first = window.pad(1).plus(before.times(Dim.of(stride)));
            groups = out.dim(2).plus(first).ceilDiv(Dim.of(stride));
            height = Tile.rows(groups);
            Dim tileDim = groups.ceilDiv(Dim.of(height));
            Dim made = groups.isConstant() ? groups : tileDim.times(Dim.of(height));
            Dim pixelDim = made.plus(reach - 1);
            x = code.elements("x", Dtype.F32, s.x());
            w = code.panels("w", filters);
            bias = code.panels(
                    "bias",
                    s.bias()
                            .<Panels>map(b -> new Panels.Repeated(b, stride))
                            .orElseGet(() -> new Panels.Zeros(Panels.count(columns) * Tile.WIDTH)));
            y = code.elements("y", Dtype.F32, s.to());
            z = WindowSizes.of(code, s.x().shape(), out, window);
            epilogue = Tile.epilogue(code, s.epilogue());
            tiles = code.size("tiles", tileDim);
            pixels = code.size("pixels", pixelDim);
            zeros = code.size("zeros", before.plus(reach - 1));
            cut = code.size("cut", first);
            Dim width = s.x().shape().dim(2);
            boolean staysInside = pixelDim.isConstant()
                    && width.isConstant()
                    && before.plus(reach - 1).isConstant(0)
                    && pixelDim.constant() <= width.constant();
            copies = staysInside ? null : code.scratch("copies", pixelDim.times(Dim.of(depth * window.kernelHeight())));
            sums = code.scratch("sums", made.times(Dim.of(columns)));
        }

        Launch launch(Program program) {
            code.each("line", line -> {
                Expr top = code.let("top", line.mod(z.outHeight()).plus(z.top()));
                Expr image = code.let("image", line.over(z.outHeight()).times(z.height()));
                Expr length = code.let("length", pixels.times(depth));
                if (copies != null) {
                    windowLines(
                            top,
                            (h, at) -> ConvolutionKernels.copyLine(
                                    code,
                                    step,
                                    zeros,
                                    z,
                                    x,
                                    copies,
                                    pixels,
                                    depth,
                                    Expr.of(0),
                                    at.isBelow(z.height()),
                                    code.let("from", image.plus(at).times(z.width())),
                                    code.let("to", h.times(length))));
                }
                ColumnPanel.each(
                        code,
                        columns,
                        panel -> code.loop("tile", tiles, t -> {
                            Expr first = code.let("first", Tile.first(t, height, groups));
                            tile(panel, top, image, length, first);
                        }));
                finish(line);
            });
            long work = groups.isConstant() ? groups.constant() * columns * depth * reach : 1 << 18;
            long each = Math.max(1, window.kernelHeight() / window.strideHeight());
            return code.launch(
                    program, "transposed_convolution", out.slice(0, 2).elements(), ProductKernels.grain(work * each));
        }

        /** Runs a body for the lines of the window that fall on a line of the result, with the operand's line. */
        private void windowLines(Expr top, java.util.function.BiConsumer<Expr, Expr> body) {
            code.loop("h", Expr.of(window.kernelHeight()), h -> {
                Expr above = code.let("above", top.minus(h.times(window.dilationHeight())));
                Expr at = code.let("at", above.over(window.strideHeight()));
                code.when(
                        above.isAtLeast(0)
                                .and(above.mod(window.strideHeight()).equalTo(0))
                                .and(at.isBelow(z.height())),
                        () -> body.accept(h, at));
            });
        }

        private void tile(ColumnPanel panel, Expr top, Expr image, Expr length, Expr first) {
            int lanes = Math.ceilDiv(panel.lanes(), Tile.LANES) * Tile.LANES;
            Tile tile = Tile.begin(
                    code, height, lanes, (_, lane) -> bias.at(panel.column().plus(lane)));
            long taps = window.kernelHeight() * reach;
            Expr own = code.let("own", panel.number().times(taps * depth * Tile.WIDTH));
            Array source = copies == null ? x : copies;
            windowLines(top, (h, at) -> {
                Expr start = copies == null ? image.plus(at).times(z.width()).times(depth) : h.times(length);
                Expr base = code.let("base", start.plus(first.times(depth)));
                Expr row = code.let("w_row", own.plus(h.times(reach * depth * Tile.WIDTH)));
                tile.add(
                        Expr.of(reach * depth),
                        (r, k) -> source.at(base.plus(r * depth).plus(k)),
                        (k, lane) -> w.at(row.plus(k.times(Tile.WIDTH)).plus(lane)));
            });
            Expr to = code.let("to", first.times(columns).plus(panel.column()));
            tile.keep(panel.lanes(), sums, to, Expr.of(columns), (_, sum) -> sum);
        }

        /** Stores a line of the result. */
        private void finish(Expr line) {
            Expr from = code.let("from", cut.times(channels));
            Expr pixel = code.let("first_pixel", line.times(z.outWidth()));
            Expr to = code.let("to", pixel.times(channels));
            if (epilogue == null) {
                code.loop("j", z.outWidth().times(channels), j -> code.store(y, to.plus(j), sums.at(from.plus(j))));
                return;
            }
            code.loop("p", z.outWidth(), p -> {
                Expr row = pixel.plus(p);
                Expr start = channels == 1 ? p : code.let("start", p.times(channels));
                code.loop("c", Expr.of(channels), c -> {
                    Expr flat = to.plus(start).plus(c);
                    code.store(y, flat, epilogue.at(sums.at(from.plus(start).plus(c)), row, c, flat));
                });
            });
        }
    }
}
