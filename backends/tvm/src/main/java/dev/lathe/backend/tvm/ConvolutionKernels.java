package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Weight;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.WinogradCost;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * Convolutions of images with the channels last: tiles of pixels and panels of channels. The lines that a line of the
 * result sees are copied with their padding first, so that a tile asks for no borders.
 */
final class ConvolutionKernels {
    private static final long PANEL_BYTES = 1 << 19;

    private final Program program;
    private final ProductKernels products;
    private final WinogradKernels winograd;
    private final DepthwiseKernels depthwise;
    private final TransposedKernels transposed;
    private final Predicate<Weight> mayBeIntegers;
    /** For launches of which the sizes of a call decide which one runs. */
    private final Map<Launch, Way> ways = new IdentityHashMap<>();

    /**
     * @param mayBeIntegers whether a weight may have integers alone, whose sums are exact where they are not regrouped
     */
    ConvolutionKernels(Program program, ProductKernels products, Predicate<Weight> mayBeIntegers) {
        this.program = program;
        this.products = products;
        this.winograd = new WinogradKernels(program);
        this.depthwise = new DepthwiseKernels(program);
        this.transposed = new TransposedKernels(program);
        this.mayBeIntegers = mayBeIntegers;
    }

    /**
     * A way to compute a convolution.
     *
     * @param m results on a side of a square; 0 for the direct way
     */
    private record Way(Step.Convolution step, int m) {
        boolean isBest(ToLongFunction<Dim> dim) {
            return best(step, dim) == m;
        }
    }

    private static int best(Step.Convolution s, ToLongFunction<Dim> dim) {
        Shape to = s.to().shape();
        return WinogradCost.of(
                        dim.applyAsLong(to.dim(0)),
                        dim.applyAsLong(to.dim(1)),
                        dim.applyAsLong(to.dim(2)),
                        s.filters().dim(1),
                        s.filters().dim(0),
                        Tile.WIDTH)
                .best();
    }

    /** The launches of a convolution, of which {@link #runs} says which do. */
    List<Launch> launches(Step.Convolution s) {
        return switch (s.form()) {
            case GROUPED -> List.of(grouped(s));
            case WINOGRAD -> mayBeIntegers.test(s.filters()) ? List.of(grouped(s)) : cheapest(s);
            case DEPTHWISE -> List.of(depthwise.launch(s));
            case TRANSPOSED -> List.of(transposed.launch(s));
        };
    }

    private List<Launch> cheapest(Step.Convolution s) {
        if (s.to().shape().slice(0, 3).dims().stream().allMatch(Dim::isConstant)) {
            return List.of(launch(s, best(s, Dim::constant)));
        }
        List<Launch> all = new ArrayList<>();
        for (int m : new int[] {0, 2, 4}) {
            Launch launch = launch(s, m);
            ways.put(launch, new Way(s, m));
            all.add(launch);
        }
        return List.copyOf(all);
    }

    private Launch launch(Step.Convolution s, int m) {
        return m == 0 ? grouped(s) : winograd.launch(s, m);
    }

    /** Whether a launch runs in a call with these sizes. */
    boolean runs(Launch launch, ToLongFunction<Dim> dim) {
        Way way = ways.get(launch);
        return way == null || way.isBest(dim);
    }

    private Launch grouped(Step.Convolution s) {
        Window2d window = s.window();
        long groups = s.groups();
        long columns = s.filters().dim(0);
        long own = groups == 0 ? 0 : columns / groups;
        long depth = s.filters().dim(1);
        Shape in = s.x().shape();
        Shape out = s.to().shape();
        Panels weights = new Panels.Filters(s.filters(), groups);
        Panels start = Panels.start(s.bias(), groups, own);
        boolean sameSize = window.isPlain() && window.taps() == 1;
        if (groups == 1 && sameSize) {
            return products.rows(
                    "convolution_1x1",
                    s,
                    s.x(),
                    out.slice(0, 3).elements(),
                    depth,
                    columns,
                    weights,
                    start,
                    s.epilogue());
        }
        int height = Tile.rows(out.dim(2));
        Code code = new Code();
        Array x = code.elements("x", Dtype.F32, s.x());
        Array w = code.panels("w", weights);
        Array bias = code.panels("bias", start);
        Array y = code.elements("y", Dtype.F32, s.to());
        WindowSizes z = WindowSizes.of(code, in, out, window);
        Dim lines = out.slice(0, 2).elements();
        Expr lineCount = code.size("lines", lines);
        Dim tileDim = out.dim(2).ceilDiv(Dim.of(height));
        Expr tiles = code.size("tiles", tileDim);
        PointwiseKernels.Elements epilogue = Tile.epilogue(code, s.epilogue());
        long panels = Panels.count(own);
        // Panels that share a copy: as many as stay in a level-2 cache.
        long fit = PANEL_BYTES / Math.max(1, 4 * window.taps() * depth * Tile.WIDTH);
        long tasks = Math.ceilDiv(panels, Math.clamp(fit, 1, Math.max(1, panels)));
        long perTask = Math.ceilDiv(panels, Math.max(1, tasks));
        long strideWidth = window.strideWidth();
        long kernelHeight = window.kernelHeight();
        long kernelWidth = window.kernelWidth();
        boolean together = window.dilationWidth() == 1;
        // Pixels of a copied line, as many as tiles read.
        Dim read = out.dim(2).isConstant() ? out.dim(2) : tileDim.times(Dim.of(height));
        Dim pixelDim = read.minus(1).times(Dim.of(strideWidth)).plus((kernelWidth - 1) * window.dilationWidth() + 1);
        Expr many = code.size("pixels", pixelDim);
        // Without a border tiles read the lines where they are.
        boolean inPlace =
                groups == 1 && out.dim(2).isConstant() && window.pads().stream().allMatch(p -> p.isConstant(0));
        Array source = inPlace ? x : code.scratch("copy", pixelDim.times(Dim.of(depth * kernelHeight)));
        code.each("item", item -> {
            Expr task = code.let("task", item.over(lineCount));
            Expr line = code.let("line", item.mod(lineCount));
            Expr group = code.let("group", task.over(tasks));
            Expr firstPanel = code.let("first_panel", task.mod(tasks).times(perTask));
            Expr length =
                    code.let("length", inPlace ? z.width().times(window.dilationHeight() * depth) : many.times(depth));
            Expr image = code.let("image", line.over(z.outHeight()));
            Expr top = code.let(
                    "top", line.mod(z.outHeight()).times(window.strideHeight()).minus(z.top()));
            Expr begin = inPlace
                    ? code.let(
                            "begin",
                            image.times(z.height()).plus(top).times(z.width()).times(depth))
                    : Expr.of(0);
            if (!inPlace) {
                code.loop("h", Expr.of(kernelHeight), h -> {
                    Expr at = code.let("at", top.plus(h.times(window.dilationHeight())));
                    Expr to = code.let("to", h.times(length));
                    Expr isInside = code.let("is_inside", at.isAtLeast(0).and(at.isBelow(z.height())));
                    Expr from =
                            code.let("from", image.times(z.height()).plus(at).times(z.width()));
                    copyLine(code, s, z.left(), z, x, source, many, depth, group, isInside, from, to);
                });
            }
            Expr count = Expr.of(panels).minus(firstPanel).min(Expr.of(perTask));
            code.loop("p", count, p -> {
                Expr inTask = code.let("in_task", firstPanel.plus(p));
                Expr panel = code.let("panel", group.times(panels).plus(inTask));
                Expr inGroup = code.let("in_group", inTask.times(Tile.WIDTH));
                Expr ownPanel = code.let("weights", panel.times(window.taps() * depth * Tile.WIDTH));
                code.loop("tile", tiles, t -> {
                    Expr first = code.let("first_pixel", Tile.first(t, height, out.dim(2)));
                    Tile tile = Tile.begin(code, height, bias, code.let("start", panel.times(Tile.WIDTH)));
                    if (together) {
                        Expr run = Expr.of(kernelWidth * depth);
                        code.loop("h", Expr.of(kernelHeight), h -> {
                            Expr base = code.let(
                                    "base", begin.plus(h.times(length)).plus(first.times(strideWidth * depth)));
                            Expr row = code.let("w_row", ownPanel.plus(h.times(kernelWidth * depth * Tile.WIDTH)));
                            tile.add(
                                    run,
                                    (r, k) -> source.at(
                                            base.plus(r * strideWidth * depth).plus(k)),
                                    (k, lane) ->
                                            w.at(row.plus(k.times(Tile.WIDTH)).plus(lane)));
                        });
                    } else {
                        code.loop("tap", Expr.of(window.taps()), tap -> {
                            Expr h = code.let("h", tap.over(kernelWidth));
                            Expr v = code.let("v", tap.mod(kernelWidth).times(window.dilationWidth()));
                            Expr base = code.let(
                                    "base",
                                    begin.plus(h.times(length))
                                            .plus(first.times(strideWidth)
                                                    .plus(v)
                                                    .times(depth)));
                            Expr row = code.let("w_row", ownPanel.plus(tap.times(depth * Tile.WIDTH)));
                            tile.add(
                                    Expr.of(depth),
                                    (r, k) -> source.at(
                                            base.plus(r * strideWidth * depth).plus(k)),
                                    (k, lane) ->
                                            w.at(row.plus(k.times(Tile.WIDTH)).plus(lane)));
                        });
                    }
                    Expr base = code.let("row_of", line.times(z.outWidth()).plus(first));
                    tile.store(
                            y,
                            base::plus,
                            out.dim(2).isConstant() ? null : r -> first.plus(r).isBelow(z.outWidth()),
                            code.let("column", group.times(own).plus(inGroup)),
                            Expr.of(columns),
                            Tile.width(code, inGroup, Expr.of(own)),
                            epilogue);
                });
            });
        });
        long work = tileDim.isConstant()
                ? tileDim.constant() * height * depth * window.taps() * Tile.WIDTH * perTask
                : 1 << 18;
        return code.launch(
                program,
                "convolution_" + kernelHeight + "x" + kernelWidth,
                lines.times(Dim.of(groups * tasks)),
                ProductKernels.grain(work));
    }

    /**
     * Copies a line of an image with zeros around, or zeros.
     *
     * @param left the zeros before its first pixel
     */
    static void copyLine(
            Code code,
            Step.Convolution s,
            Expr left,
            WindowSizes z,
            Array x,
            Array copy,
            Expr pixels,
            long depth,
            Expr group,
            Expr isInside,
            Expr from,
            Expr to) {
        Expr zero = Expr.of(Dtype.F32, 0);
        Expr none = Expr.of(0);
        // The pixels from low to high are those of the image.
        Expr low = code.let("low", isInside.select(left.max(none).min(pixels), pixels));
        Expr high =
                code.let("high", isInside.select(left.plus(z.width()).max(low).min(pixels), pixels));
        code.loop("j", low.times(depth), j -> code.store(copy, to.plus(j), zero));
        Expr source = code.let(
                "source", from.plus(low).minus(left).times(z.channels()).plus(group.times(depth)));
        Expr place = code.let("place", to.plus(low.times(depth)));
        if (s.groups() == 1) {
            code.loop("j", high.minus(low).times(depth), j -> code.store(copy, place.plus(j), x.at(source.plus(j))));
        } else {
            code.loop(
                    "p",
                    high.minus(low),
                    p -> code.loop(
                            "c",
                            Expr.of(depth),
                            c -> code.store(
                                    copy,
                                    place.plus(p.times(depth)).plus(c),
                                    x.at(source.plus(p.times(z.channels())).plus(c)))));
        }
        Expr rest = code.let("rest", to.plus(high.times(depth)));
        code.loop("j", pixels.minus(high).times(depth), j -> code.store(copy, rest.plus(j), zero));
    }

    /** A convolution whose filters are computed: loops over the window and the depth for each element. */
    Launch computed(Step.ComputedConvolution s) {
        Window2d window = s.window();
        Shape in = s.x().shape();
        Shape out = s.to().shape();
        Dtype type = Dtype.stored(s.to().type().element()).orElseThrow();
        Code code = new Code();
        Array x = code.elements("x", type, s.x());
        Array filters = code.elements("filters", type, s.filters());
        Array y = code.elements("y", type, s.to());
        WindowSizes z = WindowSizes.of(code, in, out, window);
        Expr columns = code.size("columns", out.dim(3));
        Expr depth = code.size("depth", s.filters().shape().dim(1));
        PointwiseKernels.Elements epilogue = Tile.epilogue(code, s.epilogue());
        code.each("i", i -> {
            Expr column = code.let("column", i.mod(columns));
            Expr row = code.let("row", i.over(columns));
            Expr group = code.let("group", column.times(s.groups()).over(columns));
            Expr left = code.let(
                    "left", row.mod(z.outWidth()).times(window.strideWidth()).minus(z.left()));
            Expr line = code.let("line", row.over(z.outWidth()));
            Expr top = code.let(
                    "top", line.mod(z.outHeight()).times(window.strideHeight()).minus(z.top()));
            Expr image = code.let("image", line.over(z.outHeight()).times(z.height()));
            Expr own = code.let("own", column.times(depth).times(window.taps()));
            Array sum = code.local("sum", type, 1);
            Expr zero = Expr.of(0);
            code.store(sum, zero, Expr.of(type, 0));
            code.loop("h", Expr.of(window.kernelHeight()), h -> {
                Expr at = code.let("at", top.plus(h.times(window.dilationHeight())));
                code.loop("v", Expr.of(window.kernelWidth()), v -> {
                    Expr place = code.let("place", left.plus(v.times(window.dilationWidth())));
                    Expr isInside = at.isAtLeast(0)
                            .and(at.isBelow(z.height()))
                            .and(place.isAtLeast(0))
                            .and(place.isBelow(z.width()));
                    code.when(isInside, () -> {
                        Expr from = code.let(
                                "from",
                                image.plus(at)
                                        .times(z.width())
                                        .plus(place)
                                        .times(z.channels())
                                        .plus(group.times(depth)));
                        Expr tap = code.let(
                                "tap", own.plus(h.times(window.kernelWidth())).plus(v));
                        code.loop(
                                "k",
                                depth,
                                k -> code.store(
                                        sum,
                                        zero,
                                        sum.at(zero)
                                                .plus(x.at(from.plus(k))
                                                        .times(filters.at(tap.plus(k.times(window.taps())))))));
                    });
                });
            });
            Expr all = code.let("all", sum.at(zero));
            code.store(y, i, epilogue == null ? all : epilogue.at(all, row, column, i));
        });
        return code.launch(program, "computed_convolution", out.elements(), 256);
    }
}
