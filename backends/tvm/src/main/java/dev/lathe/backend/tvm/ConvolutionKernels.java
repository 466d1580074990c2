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
        if (s.groups() == 1 && s.window().isPlain() && s.window().taps() == 1) {
            long columns = s.filters().dim(0);
            return products.rows(
                    "convolution_1x1",
                    s,
                    s.x(),
                    s.to().shape().slice(0, 3).elements(),
                    s.filters().dim(1),
                    columns,
                    new Panels.Filters(s.filters(), 1),
                    Panels.start(s.bias(), 1, columns),
                    s.epilogue());
        }
        return new GroupedKernel(s).launch(program);
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
