package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Depthwise convolutions: an item is a line of the result, a panel of channels after the other. Pixels whose windows
 * reach over no border on their left and right are made in tiles, for which a vector of the filter is loaded once.
 */
final class DepthwiseKernels {
    private final Program program;

    DepthwiseKernels(Program program) {
        this.program = program;
    }

    Launch launch(Step.Convolution s) {
        return new Writer(s).launch(program);
    }

    /** A panel of channels: its number, its first channel, and how many it has. */
    private record Panel(Expr number, Expr column, int lanes) {}

    /** A line of the result: its first pixel, and where its windows begin in the image. */
    private record Line(Expr pixel, Expr image, Expr top) {}

    private static final class Writer {
        private final Code code = new Code();
        private final Window2d window;
        private final long channels;
        private final Dim lines;
        private final Dim outWidth;
        private final Array x;
        private final Array w;
        private final Array bias;
        private final Array y;
        private final WindowSizes z;
        private final PointwiseKernels.@Nullable Elements epilogue;
        private final int height;
        /** The first column whose windows reach over no border, and the one behind the last. */
        private final Expr before;

        private final Expr end;
        /** The tiles of these, and how many columns they make. */
        private final Expr tiles;

        private final Expr skipped;

        Writer(Step.Convolution s) {
            window = s.window();
            channels = s.filters().dim(0);
            Shape out = s.to().shape();
            lines = out.slice(0, 2).elements();
            outWidth = out.dim(2);
            x = code.elements("x", Dtype.F32, s.x());
            w = code.panels("w", new Panels.Depthwise(s.filters()));
            bias = code.panels("bias", Panels.start(s.bias(), 1, channels));
            y = code.elements("y", Dtype.F32, s.to());
            z = WindowSizes.of(code, s.x().shape(), out, window);
            epilogue = Tile.epilogue(code, s.epilogue());
            Dim stride = Dim.of(window.strideWidth());
            Dim left = window.pad(1);
            Dim first = left.max(Dim.ZERO).ceilDiv(stride).min(outWidth);
            Dim last = s.x().shape().dim(2).minus(1 + reach()).plus(left);
            Dim behind = last.floorDiv(stride).plus(1).min(outWidth).max(first);
            Dim whole = behind.minus(first);
            height = Tile.rows(whole);
            Dim hasTiles = whole.floorDiv(height).min(Dim.ONE);
            before = code.size("before", first);
            end = code.size("end", behind);
            tiles = code.size("tiles", whole.ceilDiv(Dim.of(height)).times(hasTiles));
            skipped = code.size("skipped", whole.times(hasTiles));
        }

        private long reach() {
            return (window.kernelWidth() - 1) * window.dilationWidth();
        }

        Launch launch(Program program) {
            code.each("line", number -> {
                Line line = new Line(
                        code.let("first_pixel", number.times(z.outWidth())),
                        code.let("image", number.over(z.outHeight()).times(z.height())),
                        code.let(
                                "top",
                                number.mod(z.outHeight())
                                        .times(window.strideHeight())
                                        .minus(z.top())));
                panels(panel -> {
                    code.loop("tile", tiles, t -> {
                        Expr column = before.plus(t.times(height)).min(end.minus(height));
                        whole(line, panel, code.let("out_column", column));
                    });
                    code.loop("border", z.outWidth().minus(skipped), b -> {
                        Expr column = b.isBelow(before).select(b, b.plus(skipped));
                        single(line, panel, code.let("out_column", column));
                    });
                });
            });
            long work = outWidth.isConstant() ? outWidth.constant() * channels * window.taps() : 1 << 16;
            return code.launch(program, "depthwise", lines, ProductKernels.grain(4 * work));
        }

        private void panels(Consumer<Panel> body) {
            long whole = channels / Tile.WIDTH;
            int rest = (int) (channels % Tile.WIDTH);
            if (whole > 0) {
                code.loop(
                        "panel",
                        Expr.of(whole),
                        p -> body.accept(new Panel(p, code.let("column", p.times(Tile.WIDTH)), Tile.WIDTH)));
            }
            if (rest > 0) {
                body.accept(new Panel(Expr.of(whole), Expr.of(whole * Tile.WIDTH), rest));
            }
        }

        /** Runs a body for the lines of the window that are in the image, with where a line begins there. */
        private void windowLines(Line line, java.util.function.BiConsumer<Expr, Expr> body) {
            code.loop("h", Expr.of(window.kernelHeight()), h -> {
                Expr at = code.let("at", line.top.plus(h.times(window.dilationHeight())));
                code.when(
                        at.isAtLeast(0).and(at.isBelow(z.height())),
                        () -> body.accept(
                                h, code.let("image_line", line.image.plus(at).times(z.width()))));
            });
        }

        /** Where the filters of a tap are. */
        private Expr tap(Panel panel, Expr h, Expr v) {
            Expr tap = h.times(window.kernelWidth()).plus(v);
            return code.let("w_row", panel.number.times(window.taps()).plus(tap).times(Tile.WIDTH));
        }

        private Expr left(Expr column) {
            return column.times(window.strideWidth()).minus(z.left());
        }

        /** A tile of pixels that ask for no border. */
        private void whole(Line line, Panel panel, Expr column) {
            Tile tile = Tile.begin(code, height, bias, panel.column);
            Expr left = code.let("left", left(column));
            windowLines(
                    line,
                    (h, start) -> code.loop("v", Expr.of(window.kernelWidth()), v -> {
                        Expr place = start.plus(left).plus(v.times(window.dilationWidth()));
                        Expr from = code.let("from", place.times(channels).plus(panel.column));
                        Expr row = tap(panel, h, v);
                        tile.multiply(
                                panel.lanes,
                                (r, lane) -> x.at(from.plus(r * window.strideWidth() * channels)
                                        .plus(lane)),
                                lane -> w.at(row.plus(lane)));
                    }));
            store(tile, line, panel, column);
        }

        private void single(Line line, Panel panel, Expr column) {
            Tile tile = Tile.begin(code, 1, bias, panel.column);
            Expr left = code.let("left", left(column));
            windowLines(
                    line,
                    (h, start) -> code.loop("v", Expr.of(window.kernelWidth()), v -> {
                        Expr place = code.let("place", left.plus(v.times(window.dilationWidth())));
                        code.when(place.isAtLeast(0).and(place.isBelow(z.width())), () -> {
                            Expr from = code.let(
                                    "from", start.plus(place).times(channels).plus(panel.column));
                            Expr row = tap(panel, h, v);
                            tile.multiply(
                                    panel.lanes, (_, lane) -> x.at(from.plus(lane)), lane -> w.at(row.plus(lane)));
                        });
                    }));
            store(tile, line, panel, column);
        }

        private void store(Tile tile, Line line, Panel panel, Expr column) {
            Expr pixel = code.let("pixel", line.pixel.plus(column));
            tile.store(y, pixel::plus, null, panel.column, Expr.of(channels), Expr.of(panel.lanes), epilogue);
        }
    }
}
