package dev.lathe.frontend.onnx;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** Resampling. */
final class ResizeOps {
    private ResizeOps() {}

    static void addTo(Operators t) {
        t.on("Upsample")
                .since(7, n -> asymmetric(n, n.floats("scales").orElseThrow(() -> missing())))
                .since(9, n -> asymmetric(n, floats(n.constant(1))));
        t.on("Resize").since(10, n -> asymmetric(n, floats(n.constant(1)))).since(11, ResizeOps::resize);
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

    private static Dim scaled(Dim d, float factor) {
        if (factor == Math.rint(factor)) {
            return d.times((long) factor);
        }
        if (d.isConstant()) {
            return Dim.of((long) Math.floor(d.constant() * (double) factor));
        }
        // A fraction with a denominator that is a power of two is exact.
        int shift = 0;
        double f = factor;
        while (f != Math.rint(f) && shift < 24) {
            f *= 2;
            shift++;
        }
        return d.times((long) f).floorDiv(1L << shift);
    }

    private static Value asymmetric(OnnxNode n, List<Float> scales) {
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < n.rank(0); i++) {
            dims.add(scaled(n.shape(0).dim(i), scales.get(i)));
        }
        return n.b.add(new Resize(
                n.in(0),
                Optional.of(n.b.constant(tensor(scales))),
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
        Float[] factors = new Float[rank];
        Arrays.fill(factors, 1f);
        List<Dim> dims = new ArrayList<>(n.shape(0).dims());
        boolean bySizes = n.opt(3).isPresent();
        Optional<Value> scales = Optional.empty();
        if (bySizes) {
            List<Dim> sizes = n.dims(3);
            for (int i = 0; i < axes.size(); i++) {
                dims.set(axes.get(i), sizes.get(i));
            }
            keepAspect(n, axes, sizes, dims);
        } else {
            List<Float> given = floats(n.constant(2));
            if (given.size() != axes.size()) {
                throw missing();
            }
            for (int i = 0; i < axes.size(); i++) {
                factors[axes.get(i)] = given.get(i);
                dims.set(axes.get(i), scaled(dims.get(axes.get(i)), given.get(i)));
            }
            scales = Optional.of(n.b.constant(tensor(List.of(factors))));
        }
        CoordinateMode coordinates = CoordinateMode.valueOf(
                n.s("coordinate_transformation_mode", "half_pixel").toUpperCase(Locale.ROOT));
        return n.b.add(new Resize(
                n.in(0),
                scales,
                coordinates == CoordinateMode.TF_CROP_AND_RESIZE ? Optional.of(roi(n, axes)) : Optional.empty(),
                Shape.of(dims),
                mode(n),
                coordinates,
                NearestMode.valueOf(n.s("nearest_mode", "round_prefer_floor").toUpperCase(Locale.ROOT)),
                n.f("cubic_coeff_a", -0.75f),
                n.flag("exclude_outside", false),
                n.f("extrapolation_value", 0),
                n.flag("antialias", false)));
    }

    /** The region of all axes; those that are not resized are taken whole. */
    private static Value roi(OnnxNode n, List<Integer> axes) {
        int rank = n.rank(0);
        if (axes.size() == rank) {
            return n.in(1);
        }
        Tensor given = n.constant(1);
        float[] all = new float[2 * rank];
        Arrays.fill(all, rank, 2 * rank, 1);
        for (int i = 0; i < axes.size(); i++) {
            all[axes.get(i)] = given.getFloat(i);
            all[rank + axes.get(i)] = given.getFloat(axes.size() + i);
        }
        return n.b.constant(Tensor.of(all, all.length));
    }

    /** One factor for all axes, the least or the greatest, where that is asked for. */
    private static void keepAspect(OnnxNode n, List<Integer> axes, List<Dim> sizes, List<Dim> dims) {
        String policy = n.s("keep_aspect_ratio_policy", "stretch");
        if (policy.equals("stretch")) {
            return;
        }
        double factor = policy.equals("not_larger") ? Double.MAX_VALUE : 0;
        for (int i = 0; i < axes.size(); i++) {
            Dim from = n.shape(0).dim(axes.get(i));
            if (!from.isConstant() || !sizes.get(i).isConstant()) {
                throw new InvalidOpException("keep_aspect_ratio_policy " + policy + " needs constant sizes");
            }
            double f = (double) sizes.get(i).constant() / from.constant();
            factor = policy.equals("not_larger") ? Math.min(factor, f) : Math.max(factor, f);
        }
        for (int axis : axes) {
            dims.set(axis, Dim.of((long) Math.floor(n.shape(0).dim(axis).constant() * factor + 0.5)));
        }
    }
}
