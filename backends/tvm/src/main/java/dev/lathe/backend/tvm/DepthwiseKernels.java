package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import org.jspecify.annotations.Nullable;

/**
 * Depthwise convolutions: an item is a line of the result, a panel of channels after the other. Pixels whose windows
 * reach over no border on their left and right are made in tiles, for which a vector of the filter is loaded once.
 */
final class DepthwiseKernels {
    /** Pixels of a tile. More would fit into registers, but their lines of an image take turns in the caches. */
    private static final int MOST_PIXELS = 6;

    private final Program program;

    DepthwiseKernels(Program program) {
        this.program = program;
    }

    Launch launch(Step.Convolution s) {
        return new Writer(s).launch(program);
    }

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
            height = height(whole);
            Dim hasTiles = whole.floorDiv(height).min(Dim.ONE);
            before = code.size("before", first);
            end = code.size("end", behind);
            tiles = code.size("tiles", whole.ceilDiv(Dim.of(height)).times(hasTiles));
            skipped = code.size("skipped", whole.times(hasTiles));
        }

        /** As even tiles as can be. */
        private static int height(Dim pixels) {
            if (!pixels.isConstant() || pixels.constant() <= 0) {
                return MOST_PIXELS;
            }
            long count = Math.ceilDiv(pixels.constant(), (long) MOST_PIXELS);
            return Math.toIntExact(Math.ceilDiv(pixels.constant(), count));
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
                ColumnPanel.each(code, channels, panel -> {
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
        private Expr tap(ColumnPanel panel, Expr h, Expr v) {
            Expr tap = h.times(window.kernelWidth()).plus(v);
            return code.let(
                    "w_row", panel.number().times(window.taps()).plus(tap).times(Tile.WIDTH));
        }

        private Expr left(Expr column) {
            return column.times(window.strideWidth()).minus(z.left());
        }

        /** A tile of pixels that ask for no border. */
        private void whole(Line line, ColumnPanel panel, Expr column) {
            Tile tile = begin(height, panel);
            Expr left = code.let("left", left(column));
            prefetch(line, panel, left);
            windowLines(
                    line,
                    (h, start) -> code.loop("v", Expr.of(window.kernelWidth()), v -> {
                        Expr place = start.plus(left).plus(v.times(window.dilationWidth()));
                        Expr from = code.let("from", place.times(channels).plus(panel.column()));
                        Expr row = tap(panel, h, v);
                        tile.multiply(
                                (r, lane) -> x.at(from.plus(r * window.strideWidth() * channels)
                                        .plus(lane)),
                                lane -> w.at(row.plus(lane)));
                    }));
            store(tile, line, panel, column);
        }

        /** Asks for what the tile below this one reads first, which a large image has in memory alone. */
        private void prefetch(Line line, ColumnPanel panel, Expr left) {
            for (int below = 0; below < window.strideHeight(); below++) {
                Expr at = line.top.plus(window.kernelHeight() * window.dilationHeight() + below);
                Expr pixel = line.image.plus(at).times(z.width()).plus(left);
                Expr from = code.let("below", pixel.times(channels).plus(panel.column()));
                for (int r = 0; r < height * window.strideWidth(); r++) {
                    for (int lane = 0; lane < panel.lanes(); lane += Tile.LANES) {
                        code.prefetch(x, from.plus(r * channels + lane));
                    }
                }
            }
        }

        private void single(Line line, ColumnPanel panel, Expr column) {
            Tile tile = begin(1, panel);
            Expr left = code.let("left", left(column));
            windowLines(
                    line,
                    (h, start) -> code.loop("v", Expr.of(window.kernelWidth()), v -> {
                        Expr place = code.let("place", left.plus(v.times(window.dilationWidth())));
                        code.when(place.isAtLeast(0).and(place.isBelow(z.width())), () -> {
                            Expr from = code.let(
                                    "from", start.plus(place).times(channels).plus(panel.column()));
                            Expr row = tap(panel, h, v);
                            tile.multiply((_, lane) -> x.at(from.plus(lane)), lane -> w.at(row.plus(lane)));
                        });
                    }));
            store(tile, line, panel, column);
        }

        private Tile begin(int pixels, ColumnPanel panel) {
            return Tile.begin(
                    code,
                    pixels,
                    panel.lanes(),
                    (_, lane) -> bias.at(panel.column().plus(lane)));
        }

        private void store(Tile tile, Line line, ColumnPanel panel, Expr column) {
            Expr pixel = code.let("pixel", line.pixel.plus(column));
            tile.store(y, pixel::plus, null, panel.column(), Expr.of(channels), Expr.of(panel.lanes()), epilogue);
        }
    }
}
