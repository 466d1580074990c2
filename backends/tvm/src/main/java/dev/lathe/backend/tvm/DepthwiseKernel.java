package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A depthwise convolution. An item is some vectors of channels of a block of lines. A tile is some pixels of two lines
 * of the result, one vector of channels after the other: an element of the image is loaded once for all windows that
 * see it. Tiles at the borders leave out the products with what is outside.
 */
final class DepthwiseKernel {
    /** The sums of a tile, which leave room in 32 registers for the elements that one line of a window sees. */
    private static final int MOST_SUMS = 14;
    /** The bytes that an item goes through for each tile: a part of a level-1 cache, for the tile below has some. */
    private static final long TILE_BYTES = 1 << 15;
    /** Images of this size are asked for beforehand. It takes longer than it saves where they are nearer. */
    private static final long FAR_BYTES = 1 << 22;
    /** A block has at most so many lines. */
    private static final long MOST_LINES = 32;
    /** Blocks are smaller where there are fewer items than this, so that many workers can share them. */
    private static final long LEAST_ITEMS = 16;
    /** Wider windows are counted through. */
    private static final long MOST_WRITTEN_OUT = 7;
    /** More tiles at borders than this are made pixel by pixel. */
    private static final int MOST_BORDERS = 3;

    private final Code code = new Code();
    private final Window2d window;
    private final long channels;
    private final Shape in;
    private final Shape out;
    /** The lines of a tile. */
    private final int tileLines;
    /** The lines of the result that an item has, and the blocks of these in an image. */
    private final Dim lines;

    private final Dim blocks;
    /** The whole vectors of channels, those of an item, and the channels that are left. */
    private final long vectors;

    private final long own;
    private final int rest;
    private final Array x;
    private final Array w;
    private final Array bias;
    private final Array y;
    private final WindowSizes z;
    private final PointwiseKernels.@Nullable Elements epilogue;

    DepthwiseKernel(Step.Convolution s) {
        window = s.window();
        channels = s.filters().dim(0);
        in = s.x().shape();
        out = s.to().shape();
        x = code.elements("x", Dtype.F32, s.x());
        w = code.panels("w", new Panels.Depthwise(s.filters()));
        bias = code.panels("bias", Panels.start(s.bias(), 1, channels));
        y = code.elements("y", Dtype.F32, s.to());
        z = WindowSizes.of(code, in, out, window);
        epilogue = Tile.epilogue(code, s.epilogue());
        boolean shares = window.dilationHeight() == 1 && window.strideHeight() <= window.kernelHeight();
        // Where only the call knows which windows reach over a border, LLVM would take a minute for two lines.
        tileLines = shares && isWidthKnown() && !out.dim(1).isConstant(1) ? 2 : 1;
        vectors = channels / Tile.LANES;
        rest = (int) (channels % Tile.LANES);
        long most = Math.max(1, TILE_BYTES / bytesOfVector());
        // Two side by side go through memory in uneven steps, which a processor does not foresee.
        own = vectors <= 2 ? 1 : Math.ceilDiv(vectors, Math.ceilDiv(vectors, most));
        Dim all = out.dim(0).times(out.dim(1)).times(groups());
        Dim few = all.floorDiv(Dim.of(LEAST_ITEMS * tileLines)).times(tileLines);
        Dim fitting = few.max(Dim.of(tileLines)).min(Dim.of(MOST_LINES));
        blocks = out.dim(1).ceilDiv(fitting);
        lines = out.dim(1).ceilDiv(blocks.max(Dim.ONE).times(tileLines)).times(tileLines);
    }

    /** Whether images are known to be so large that caches of a core do not hold one. */
    private boolean isFar() {
        Dim elements = in.elements();
        return elements.isConstant() && elements.constant() * Float.BYTES >= FAR_BYTES;
    }

    /** What a tile reads and writes for a vector of channels. */
    private long bytesOfVector() {
        long pixels = MOST_SUMS / tileLines;
        long seenLines = (tileLines - 1) * window.strideHeight() + window.kernelHeight();
        long seenPixels = (pixels - 1) * window.strideWidth() + window.kernelWidth();
        return (seenLines * seenPixels + tileLines * pixels + window.taps()) * Tile.LANES * Float.BYTES;
    }

    /** A block of lines of the result: of which image, the first one, and how many. */
    private record Block(Expr image, Expr first, Expr count) {}

    /** The lines of a tile: of which image, where their windows begin in it, and the first one's number. */
    private record Lines(Expr image, Expr top, Expr first) {}

    /** The vectors of an item: the first one, how many whole ones, and whether the channels that are left are its. */
    private record Group(Expr first, Expr count, Expr hasRest) {}

    /** The channels of a vector: how many, the first one, and where their filters are. */
    private record Channels(int lanes, Expr first, Expr filters) {}

    /** The groups of vectors of channels. */
    private long groups() {
        return Math.max(1, Math.ceilDiv(vectors, own));
    }

    Launch launch(Program program) {
        Expr blockCount = code.size("blocks", blocks);
        Expr lineCount = code.size("lines", lines);
        Columns columns = columns();
        code.each("item", item -> {
            Expr number = code.let("number", item.over(groups()));
            Expr image = code.let("image", number.over(blockCount));
            Expr begin = code.let("begin", number.mod(blockCount).times(lineCount));
            Expr count = code.let("count", z.outHeight().minus(begin).min(lineCount));
            Expr of = code.let("group", item.mod(groups()));
            Expr vector = code.let("first_vector", of.times(own));
            Expr vectorCount = vectors % own == 0
                    ? Expr.of(vectors == 0 ? 0 : own)
                    : code.let("vectors", Expr.of(vectors).minus(vector).min(Expr.of(own)));
            Group group = new Group(vector, vectorCount, of.equalTo(groups() - 1));
            columns.write(new Block(image, begin, count), group);
        });
        Dim items = out.dim(0).times(blocks).times(groups());
        Dim work = lines.times(out.dim(2)).times(window.taps() * own * Tile.LANES);
        return code.launch(
                program, "depthwise", items, work.isConstant() ? ProductKernels.grain(4 * work.constant()) : 1);
    }

    /** Whether the image has what a pixel of a tile sees with a column of the window. */
    private interface Seen {
        boolean at(int pixel, int column);
    }

    /** The columns of the result as tiles. */
    private interface Columns {
        void write(Block block, Group group);
    }

    private boolean isWidthKnown() {
        return in.dim(2).isConstant()
                && out.dim(2).isConstant()
                && out.dim(2).constant() > 0
                && window.pad(1).isConstant();
    }

    private Columns columns() {
        if (isWidthKnown() && window.kernelWidth() <= MOST_WRITTEN_OUT) {
            KnownColumns known = new KnownColumns();
            if (known.borders() <= MOST_BORDERS) {
                return known;
            }
        }
        return new AnyColumns();
    }

    /** Tiles side by side, of which the last one begins earlier instead of ending later. */
    private final class KnownColumns implements Columns {
        private final int width = Math.toIntExact(in.dim(2).constant());
        private final int outWidth = Math.toIntExact(out.dim(2).constant());
        private final int pixels = pixels(outWidth);
        private final int count = Math.ceilDiv(outWidth, pixels);

        private int start(int tile) {
            return Math.min(tile * pixels, outWidth - pixels);
        }

        private boolean isInside(int column, int v) {
            long at = column * window.strideWidth()
                    + v * window.dilationWidth()
                    - window.pad(1).constant();
            return at >= 0 && at < width;
        }

        private boolean isWhole(int tile) {
            return isInside(start(tile), 0) && isInside(start(tile) + pixels - 1, (int) window.kernelWidth() - 1);
        }

        /** How many tiles reach over a border. */
        int borders() {
            return (int) IntStream.range(0, count).filter(t -> !isWhole(t)).count();
        }

        @Override
        public void write(Block block, Group group) {
            int tile = 0;
            while (tile < count) {
                int end = tile;
                while (end < count && isWhole(end)) {
                    end++;
                }
                if (end > tile) {
                    int from = tile;
                    code.loop("tile", Expr.of(end - tile), t -> {
                        Expr column = t.plus(from).times(pixels);
                        boolean reachesOver = outWidth % pixels != 0;
                        tiles(
                                block,
                                group,
                                code.let("column", reachesOver ? column.min(Expr.of(outWidth - pixels)) : column),
                                pixels,
                                (_, _) -> true);
                    });
                    tile = end;
                } else {
                    int first = start(tile);
                    tiles(block, group, Expr.of(first), pixels, (p, v) -> isInside(first + p, v));
                    tile++;
                }
            }
        }
    }

    /** Tiles where no window reaches over a border, and the other pixels one by one. */
    private final class AnyColumns implements Columns {
        private final int pixels = MOST_SUMS / tileLines;
        /** The first column whose windows reach over no border, and the one behind the last. */
        private final Expr before;

        private final Expr end;
        /** The tiles of these, and how many columns they make. */
        private final Expr tiles;

        private final Expr skipped;

        AnyColumns() {
            Dim stride = Dim.of(window.strideWidth());
            Dim left = window.pad(1);
            Dim first = left.max(Dim.ZERO).ceilDiv(stride).min(out.dim(2));
            Dim last = in.dim(2)
                    .minus(1 + (window.kernelWidth() - 1) * window.dilationWidth())
                    .plus(left);
            Dim behind = last.floorDiv(stride).plus(1).min(out.dim(2)).max(first);
            Dim whole = behind.minus(first);
            Dim hasTiles = whole.floorDiv(pixels).min(Dim.ONE);
            before = code.size("before", first);
            end = code.size("end", behind);
            tiles = code.size("tiles", whole.ceilDiv(Dim.of(pixels)).times(hasTiles));
            skipped = code.size("skipped", whole.times(hasTiles));
        }

        @Override
        public void write(Block block, Group group) {
            code.loop("tile", tiles, t -> {
                Expr column = before.plus(t.times(pixels)).min(end.minus(pixels));
                tiles(block, group, code.let("column", column), pixels, (_, _) -> true);
            });
            code.loop("border", z.outWidth().minus(skipped), b -> {
                Expr column = code.let("column", b.isBelow(before).select(b, b.plus(skipped)));
                tiles(block, group, column, 1, null);
            });
        }
    }

    /** As even tiles as can be, and rather large ones. */
    private int pixels(int columns) {
        int most = MOST_SUMS / tileLines;
        int best = Math.min(columns, most);
        for (int p = best - 1; p >= most / 2; p--) {
            if (Math.ceilDiv(columns, p) * (p + 1) < Math.ceilDiv(columns, best) * (best + 1)) {
                best = p;
            }
        }
        return best;
    }

    /**
     * Writes the tiles of a block of lines from the top to the bottom, one vector of channels after the other.
     *
     * @param seen what the pixels see; null where only the call knows
     */
    private void tiles(Block block, Group group, Expr column, int pixels, @Nullable Seen seen) {
        code.loop("tile_line", block.count.plus(tileLines - 1).over(tileLines), t -> {
            Expr first = code.let("line", block.first.plus(t.times(tileLines)));
            Expr top = code.let("top", first.times(window.strideHeight()).minus(z.top()));
            Lines lines = new Lines(block.image, top, first);
            code.loop("vector", group.count, turn -> {
                Expr v = code.let("vector", group.first.plus(turn));
                Expr panel = v.over(Panels.WIDTH / Tile.LANES).times(window.taps() * Tile.WIDTH);
                Expr lane = v.mod(Panels.WIDTH / Tile.LANES).times(Tile.LANES);
                Expr filters = code.let("filters", panel.plus(lane));
                vector(
                        lines,
                        column,
                        pixels,
                        seen,
                        new Channels(Tile.LANES, code.let("channel", v.times(Tile.LANES)), filters));
            });
            if (rest > 0) {
                long panel = channels / Tile.WIDTH;
                long filters = panel * window.taps() * Tile.WIDTH + vectors * Tile.LANES % Tile.WIDTH;
                Channels last = new Channels(rest, Expr.of(vectors * Tile.LANES), Expr.of(filters));
                code.when(group.hasRest, () -> vector(lines, column, pixels, seen, last));
            }
        });
    }

    private void vector(Lines lines, Expr column, int pixels, @Nullable Seen seen, Channels c) {
        Tile tile = Tile.begin(code, tileLines * pixels, c.lanes, (_, lane) -> bias.at(c.first.plus(lane)));
        long stride = window.strideHeight();
        long height = window.kernelHeight();
        Window of = new Window(tile, lines, column, pixels, seen, c);
        if (isFar()) {
            of.prefetch();
        }
        if (tileLines == 1) {
            of.add(0, height, true, false);
        } else {
            of.add(0, stride, true, false);
            of.add(stride, height, true, true);
            of.add(height, height + stride, false, true);
        }
        boolean hasAll = out.dim(1).isConstant() && out.dim(1).constant() % tileLines == 0;
        Expr pixel = code.let(
                "pixel",
                lines.image
                        .times(z.outHeight())
                        .plus(lines.first)
                        .times(z.outWidth())
                        .plus(column));
        tile.store(
                y,
                r -> pixel.plus(r.over(pixels).times(z.outWidth())).plus(r.mod(pixels)),
                hasAll ? null : r -> lines.first.plus(r.over(pixels)).isBelow(z.outHeight()),
                c.first,
                Expr.of(channels),
                Expr.of(c.lanes),
                epilogue);
    }

    /** What the windows of a tile see. */
    private final class Window {
        private final Tile tile;
        private final Lines lines;
        private final int pixels;
        private final @Nullable Seen seen;
        private final Channels channel;
        private final Expr left;

        Window(Tile tile, Lines lines, Expr column, int pixels, @Nullable Seen seen, Channels channel) {
            this.tile = tile;
            this.lines = lines;
            this.pixels = pixels;
            this.seen = seen;
            this.channel = channel;
            this.left = code.let("left", column.times(window.strideWidth()).minus(z.left()));
        }

        /** Asks for what the tile below this one is the first to read. */
        void prefetch() {
            long next =
                    (tileLines - 1) * window.strideHeight() + (window.kernelHeight() - 1) * window.dilationHeight() + 1;
            for (int below = 0; below < tileLines * window.strideHeight(); below++) {
                Expr at = lines.top.plus(next + below);
                Expr pixel =
                        lines.image.times(z.height()).plus(at).times(z.width()).plus(left);
                Expr from = code.let("below", pixel.times(channels).plus(channel.first));
                for (int p = 0; p < pixels * window.strideWidth(); p++) {
                    code.prefetch(x, from.plus(p * channels));
                }
            }
        }

        /** Adds the products of some lines below the first one, which the first or the second line of the tile sees. */
        void add(long from, long end, boolean first, boolean second) {
            code.loop("h", Expr.of(end - from), turn -> {
                Expr h = turn.plus(from);
                Expr at = code.let("at", lines.top.plus(h.times(window.dilationHeight())));
                code.when(at.isAtLeast(0).and(at.isBelow(z.height())), () -> {
                    Expr start = code.let(
                            "image_line", lines.image.times(z.height()).plus(at).times(z.width()));
                    if (seen == null || window.kernelWidth() > MOST_WRITTEN_OUT) {
                        code.loop("v", Expr.of(window.kernelWidth()), v -> column(start, h, v, first, second));
                    } else {
                        Code.unrolled((int) window.kernelWidth(), v -> column(start, h, Expr.of(v), first, second));
                    }
                });
            });
        }

        private void column(Expr start, Expr h, Expr v, boolean first, boolean second) {
            Expr place = left.plus(v.times(window.dilationWidth()));
            Runnable products = () -> {
                Expr from = code.let("from", start.plus(place).times(channels).plus(channel.first));
                if (first) {
                    line(0, from, h, v);
                }
                if (second) {
                    line(1, from, h.minus(window.strideHeight()), v);
                }
            };
            if (seen == null) {
                code.when(place.isAtLeast(0).and(place.isBelow(z.width())), products);
            } else {
                products.run();
            }
        }

        /** Adds the products of a line of the tile with a tap of the window. */
        private void line(int number, Expr from, Expr h, Expr v) {
            Expr tap = h.times(window.kernelWidth()).plus(v);
            Expr filter = code.let("filter", channel.filters.plus(tap.times(Tile.WIDTH)));
            tile.multiply(
                    number * pixels,
                    pixels,
                    p -> seen == null || !(v instanceof Expr.Int(Dtype _, long at)) || seen.at(p, (int) at),
                    (p, lane) ->
                            x.at(from.plus(p * window.strideWidth() * channels).plus(lane)),
                    lane -> w.at(filter.plus(lane)));
        }
    }
}
