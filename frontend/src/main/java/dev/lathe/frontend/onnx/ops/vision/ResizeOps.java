package dev.lathe.frontend.onnx.ops.vision;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.node.ScaledSize;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Resampling. */
public final class ResizeOps {
    /** Larger than any tensor. */
    private static final int LARGEST_SCALE = 1 << 30;

    private ResizeOps() {}

    public static void addTo(Operators t) {
        t.on("Upsample")
                .since(
                        1,
                        n -> asymmetric(
                                n,
                                n.b.constant(tensor(List.of(1f, 1f, n.f("height_scale", 1), n.f("width_scale", 1))))))
                .since(
                        7,
                        n -> asymmetric(
                                n, n.b.constant(tensor(n.floats("scales").orElseThrow(() -> missing())))))
                .since(9, n -> asymmetric(n, n.in(1)));
        t.on("Resize").since(10, n -> asymmetric(n, n.in(1))).since(11, ResizeOps::resize);
    }

    private static InvalidOpException missing() {
        return new InvalidOpException("neither scales nor sizes are given");
    }

    private static List<Float> floats(Tensor t) {
        List<Float> all = new ArrayList<>();
        for (float f : t.toFloatArray()) {
            all.add(f);
        }
        return all;
    }

    private static Value asymmetric(OnnxNode n, Value scales) {
        List<Integer> all = IntStream.range(0, n.rank(0)).boxed().toList();
        Optional<Tensor> known = n.b.known(scales);
        List<Dim> dims =
                known.isPresent() ? knownSizes(n, all, floats(known.get())) : computedSizes(n, all, scales, false);
        return n.b.add(new Resize(
                n.in(0),
                Optional.of(scales),
                Optional.empty(),
                Shape.of(dims),
                mode(n),
                CoordinateMode.ASYMMETRIC,
                NearestMode.FLOOR,
                -0.75,
                false,
                0,
                false));
    }

    /** Of the layout in blocks: by whole factors, which are an attribute. */
    public static Value blockedUpsample(OnnxNode n) {
        List<Long> given = n.ints("scales").filter(s -> s.size() == n.rank(0)).orElseThrow(() -> missing());
        List<Float> factors = given.stream().map(Long::floatValue).toList();
        List<Integer> all = IntStream.range(0, n.rank(0)).boxed().toList();
        return n.b.add(new Resize(
                n.in(0),
                Optional.of(n.b.constant(tensor(factors))),
                Optional.empty(),
                Shape.of(knownSizes(n, all, factors)),
                mode(n),
                n.choice("coordinate_transformation_mode", CoordinateMode.ASYMMETRIC),
                NearestMode.FLOOR,
                -0.75,
                false,
                0,
                false));
    }

    private static Tensor tensor(List<Float> values) {
        float[] array = new float[values.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = values.get(i);
        }
        return Tensor.of(array, array.length);
    }

    private static ResizeMode mode(OnnxNode n) {
        return switch (n.s("mode", "nearest")) {
            case "nearest" -> ResizeMode.NEAREST;
            case "linear", "bilinear" -> ResizeMode.LINEAR;
            case "cubic" -> ResizeMode.CUBIC;
            default -> throw new InvalidOpException("there is no mode \"" + n.s("mode", "") + "\"");
        };
    }

    private static Value resize(OnnxNode n) {
        int rank = n.rank(0);
        List<Integer> axes = n.ints("axes")
                .map(a -> OnnxNode.axes(a, rank))
                .orElseGet(() -> IntStream.range(0, rank).boxed().toList());
        List<Dim> dims = new ArrayList<>(n.shape(0).dims());
        boolean bySizes = n.opt(3).isPresent();
        Optional<Value> scales = Optional.empty();
        List<Dim> sizes;
        if (bySizes && n.s("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
            sizes = n.dims(3);
        } else {
            Value factors = bySizes ? aspect(n, axes) : n.in(2);
            scales = Optional.of(ofAllAxes(n, axes, factors, 1));
            sizes = bySizes || n.b.known(factors).isEmpty()
                    ? computedSizes(n, axes, factors, bySizes)
                    : knownSizes(n, axes, floats(n.b.known(factors).orElseThrow()));
        }
        if (sizes.size() != axes.size()) {
            throw missing();
        }
        for (int i = 0; i < axes.size(); i++) {
            dims.set(axes.get(i), sizes.get(i));
        }
        CoordinateMode coordinates = n.choice("coordinate_transformation_mode", CoordinateMode.HALF_PIXEL);
        return n.b.add(new Resize(
                n.in(0),
                scales,
                coordinates == CoordinateMode.TF_CROP_AND_RESIZE ? Optional.of(roi(n, axes)) : Optional.empty(),
                Shape.of(dims),
                mode(n),
                coordinates,
                n.choice("nearest_mode", NearestMode.ROUND_PREFER_FLOOR),
                n.f("cubic_coeff_a", -0.75f),
                n.flag("exclude_outside", false),
                n.f("extrapolation_value", 0),
                n.flag("antialias", false)));
    }

    private static List<Dim> knownSizes(OnnxNode n, List<Integer> axes, List<Float> factors) {
        if (factors.size() != axes.size()) {
            throw missing();
        }
        for (float factor : factors) {
            if (!(factor > 0 && factor <= LARGEST_SCALE)) {
                throw new InvalidOpException(
                        "a scale of " + factor + ", where a number above 0 and up to " + LARGEST_SCALE + " is needed");
            }
        }
        return IntStream.range(0, axes.size())
                .mapToObj(i -> ScaledSize.of(n.shape(0).dim(axes.get(i)), factors.get(i)))
                .toList();
    }

    private static Value extents(OnnxNode n, List<Integer> axes) {
        return n.b.cast(n.b.dims(axes.stream().map(n.shape(0)::dim).toList()), ElementType.F64);
    }

    /** The sizes times factors that are known only at run time: rounded down, or to the nearest. */
    private static List<Dim> computedSizes(OnnxNode n, List<Integer> axes, Value factors, boolean nearest) {
        Value exact = n.b.multiply(extents(n, axes), n.b.cast(factors, ElementType.F64));
        Value sizes = nearest ? n.b.add(exact, n.b.scalar(exact, 0.5)) : exact;
        return n.dims(n.b.cast(n.b.unary(UnaryFunction.FLOOR, sizes), ElementType.I64), "the sizes");
    }

    /** One factor for all axes, the smallest or the largest of those that the sizes ask for. */
    private static Value aspect(OnnxNode n, List<Integer> axes) {
        Value ratios = n.b.divide(n.b.cast(n.in(3), ElementType.F64), extents(n, axes));
        ReduceFunction f = n.s("keep_aspect_ratio_policy", "").equals("not_larger")
                ? ReduceFunction.REDUCE_MIN
                : ReduceFunction.REDUCE_MAX;
        return n.b.broadcast(n.b.reduce(f, ratios, List.of(0), true), Shape.of(axes.size()));
    }

    /** A vector with an entry for each of {@code axes} as an f32 vector with one for every axis. */
    private static Value ofAllAxes(OnnxNode n, List<Integer> axes, Value some, float otherwise) {
        Value entries = n.b.cast(some, ElementType.F32);
        int rank = n.rank(0);
        if (axes.equals(IntStream.range(0, rank).boxed().toList())) {
            return entries;
        }
        float[] all = new float[rank];
        Arrays.fill(all, otherwise);
        Value where = n.b.constant(
                Tensor.vector(axes.stream().mapToLong(Integer::longValue).toArray()));
        return n.b.add(
                new ScatterElements(n.b.constant(Tensor.of(all, rank)), where, entries, 0, ScatterReduction.NONE));
    }

    /** The region of all axes; those that are not resized are taken whole. */
    private static Value roi(OnnxNode n, List<Integer> axes) {
        Dim count = Dim.of(axes.size());
        return n.b.concat(
                List.of(
                        ofAllAxes(n, axes, n.b.slice(n.in(1), 0, Dim.ZERO, count), 0),
                        ofAllAxes(n, axes, n.b.slice(n.in(1), 0, count, count), 1)),
                0);
    }
}
