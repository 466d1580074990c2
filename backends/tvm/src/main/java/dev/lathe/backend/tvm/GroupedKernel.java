package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import org.jspecify.annotations.Nullable;

/**
 * A convolution with groups of channels, of which there may be one. An item is a panel of channels of a block of lines.
 * The lines that a block sees are copied with their padding first, so that tiles ask for no borders, and serve all
 * panels that a worker takes of the block.
 */
final class GroupedKernel {
    /** The bytes of lines that are multiplied with one panel after the other: a part of a level-2 cache. */
    private static final long BLOCK_BYTES = 1 << 18;
    /** Blocks are smaller where there are fewer items than this, so that many workers can share them. */
    private static final long LEAST_ITEMS = 32;

    private final Step.Convolution step;
    private final Window2d window;
    /** The channels of a group, before and after. */
    private final long depth;

    private final long own;
    private final long panels;
    private final Shape out;
    /** The rows of a tile, and how many tiles a line has. */
    private final int height;

    private final Dim tiles;
    /** Without a border tiles read the lines where they are. */
    private final boolean isInPlace;
    /** Blocks are of one line, whose copy leaves out the lines between those that the window sees. */
    private final boolean isSpread;
    /** The pixels of a line that tiles read. */
    private final Dim pixels;
    /** The blocks of an image, and the lines of the result that one has. */
    private final Dim blocks;

    private final Dim lines;
    private final Code code = new Code();
    private final Array x;
    private final Array w;
    private final Array bias;
    private final Array y;
    private final Array source;
    private final WindowSizes z;
    private final Expr lineCount;
    private final Expr blockCount;
    private final Expr tileCount;
    private final Expr pixelCount;
    private final PointwiseKernels.@Nullable Elements epilogue;

    GroupedKernel(Step.Convolution s) {
        step = s;
        window = s.window();
        long groups = s.groups();
        own = groups == 0 ? 0 : s.filters().dim(0) / groups;
        panels = Panels.count(own);
        depth = s.filters().dim(1);
        out = s.to().shape();
        height = Tile.rows(out.dim(2), Dim.of(depth * window.taps()));
        tiles = out.dim(2).ceilDiv(Dim.of(height));
        boolean isWhole = out.dim(2).isConstant();
        isInPlace = groups == 1 && isWhole && window.pads().stream().allMatch(p -> p.isConstant(0));
        long kernelHeight = window.kernelHeight();
        isSpread = !isInPlace && (window.dilationHeight() > 1 || window.strideHeight() > kernelHeight);
        Dim read = isWhole ? out.dim(2) : tiles.times(Dim.of(height));
        Dim reach = Dim.of((window.kernelWidth() - 1) * window.dilationWidth() + 1);
        pixels = isInPlace
                ? s.x().shape().dim(2)
                : read.minus(1).times(Dim.of(window.strideWidth())).plus(reach);
        Dim images = out.dim(0);
        Dim fitting = Dim.of(BLOCK_BYTES).floorDiv(pixels.times(4 * depth).max(Dim.ONE));
        long more = Math.min(window.strideHeight(), kernelHeight);
        Dim most = isSpread
                ? Dim.ONE
                : fitting.minus(kernelHeight)
                        .floorDiv(Dim.of(more))
                        .plus(1)
                        .min(images.times(out.dim(1)).times(groups * panels).ceilDiv(Dim.of(LEAST_ITEMS)))
                        .max(Dim.ONE);
        blocks = out.dim(1).ceilDiv(most);
        lines = out.dim(1).ceilDiv(blocks.max(Dim.ONE)).max(Dim.ONE);
        x = code.elements("x", Dtype.F32, s.x());
        w = code.panels("w", new Panels.Filters(s.filters(), groups));
        bias = code.panels("bias", Panels.start(s.bias(), groups, own));
        y = code.elements("y", Dtype.F32, s.to());
        z = WindowSizes.of(code, s.x().shape(), out, window);
        lineCount = code.size("lines", lines);
        blockCount = code.size("blocks", blocks);
        tileCount = code.size("tiles", tiles);
        pixelCount = code.size("pixels", pixels);
        source =
                isInPlace ? x : code.scratch("copy", copied(lines).times(pixels).times(depth));
        epilogue = Tile.epilogue(code, s.epilogue());
    }

    /** The lines of the image that so many lines of the result see. */
    private Dim copied(Dim count) {
        return count.minus(1).times(window.strideHeight()).plus(window.kernelHeight());
    }

    /** A block of lines: its image and group, its first line and how many it has, and what it sees first. */
    private record Block(Expr image, Expr group, Expr first, Expr count, Expr top) {}

    Launch launch(Program program) {
        Dim images = out.dim(0);
        Expr imageCount = code.size("images", images);
        code.each("item", item -> {
            Expr panel = code.let("panel", item.mod(panels));
            Expr number = code.let("number", item.over(panels));
            Expr outer = code.let("outer", number.over(blockCount));
            boolean isOne = step.groups() == 1;
            Expr first = code.let("first_line", number.mod(blockCount).times(lineCount));
            Block block = new Block(
                    isOne ? outer : code.let("image", outer.mod(imageCount)),
                    isOne ? Expr.of(0) : code.let("group", outer.over(imageCount)),
                    first,
                    code.let("line_count", z.outHeight().minus(first).min(lineCount)),
                    code.let("top", first.times(window.strideHeight()).minus(z.top())));
            if (!isInPlace) {
                code.when(panel.equalTo(0).or(code.isFirst(item)), () -> copy(block));
            }
            ColumnPanel.at(
                    code,
                    own,
                    panel,
                    p -> code.loop(
                            "line",
                            block.count,
                            line -> code.loop("tile", tileCount, t -> {
                                Expr pixel = code.let("first_pixel", Tile.first(t, height, out.dim(2)));
                                tile(block, p, line, pixel);
                            })));
        });
        Dim items = images.times(blocks).times(step.groups() * panels);
        Dim work = lines.times(tiles).times(height * depth * window.taps() * Tile.WIDTH);
        return code.launch(
                program,
                "convolution_" + window.kernelHeight() + "x" + window.kernelWidth(),
                items,
                work.isConstant() ? ProductKernels.grain(work.constant()) : 1);
    }

    private void copy(Block block) {
        long step = isSpread ? window.dilationHeight() : 1;
        Expr count = block.count.minus(1).times(window.strideHeight()).plus(window.kernelHeight());
        code.loop("h", count, h -> {
            Expr at = code.let("at", block.top.plus(h.times(step)));
            Expr isInside = code.let("is_inside", at.isAtLeast(0).and(at.isBelow(z.height())));
            Expr from = code.let("from", block.image.times(z.height()).plus(at).times(z.width()));
            Expr to = code.let("to", h.times(pixelCount).times(depth));
            ConvolutionKernels.copyLine(
                    code, this.step, z.left(), z, x, source, pixelCount, depth, block.group, isInside, from, to);
        });
    }

    private void tile(Block block, ColumnPanel panel, Expr line, Expr pixel) {
        Expr number = code.let("in_all", block.group.times(panels).plus(panel.number()));
        Tile tile = Tile.begin(
                code,
                height,
                bias,
                new ColumnPanel(number, code.let("start", number.times(Tile.WIDTH)), panel.lanes()));
        Expr length = code.let("length", pixelCount.times(depth));
        Expr begin = line.times(window.strideHeight());
        if (isInPlace) {
            begin = begin.plus(block.image.times(z.height())).plus(block.top);
        }
        Expr from = code.let("begin", begin.times(length).plus(pixel.times(window.strideWidth() * depth)));
        Expr weights = code.let("weights", number.times(window.taps() * depth * Tile.WIDTH));
        Expr down = code.let("down", length.times(isInPlace ? window.dilationHeight() : 1));
        long kernelWidth = window.kernelWidth();
        code.loop("h", Expr.of(window.kernelHeight()), h -> {
            Expr base = code.let("base", from.plus(h.times(down)));
            Expr row = code.let("w_row", weights.plus(h.times(kernelWidth * depth * Tile.WIDTH)));
            if (window.dilationWidth() == 1) {
                products(tile, kernelWidth * depth, base, row);
            } else {
                code.loop("v", Expr.of(kernelWidth), v -> {
                    Expr at = code.let("at", base.plus(v.times(window.dilationWidth() * depth)));
                    products(tile, depth, at, code.let("w_tap", row.plus(v.times(depth * Tile.WIDTH))));
                });
            }
        });
        Expr outLine = block.image.times(z.outHeight()).plus(block.first).plus(line);
        Expr row = code.let("row_of", outLine.times(z.outWidth()).plus(pixel));
        tile.store(
                y,
                row::plus,
                out.dim(2).isConstant() ? null : r -> pixel.plus(r).isBelow(z.outWidth()),
                code.let("column", block.group.times(own).plus(panel.column())),
                Expr.of(step.filters().dim(0)),
                Expr.of(panel.lanes()),
                epilogue);
    }

    private void products(Tile tile, long count, Expr from, Expr weights) {
        tile.add(
                Expr.of(count),
                (r, k) -> source.at(from.plus(r * window.strideWidth() * depth).plus(k)),
                (k, lane) -> w.at(weights.plus(k.times(Tile.WIDTH)).plus(lane)));
    }
}
