package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.node.ScaledSize;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/** Ops that move elements, in ONNX. */
public final class MovementExports {
    /** Before the first element, for slices that go backwards: any number below the negative of every size. */
    private static final long BEFORE_ALL = -(1L << 40);

    private MovementExports() {}

    public static void addTo(Exports t) {
        t.on(Reshape.class, MovementExports::reshape);
        t.on(
                Transpose.class,
                (op, g) -> g.result("Transpose", List.of(g.name(op.x())), Attributes.ints("perm", op.perm())));
        t.on(Broadcast.class, (op, g) -> g.result("Expand", List.of(g.name(op.x()), g.shape(op.shape()))));
        t.on(
                Concat.class,
                (op, g) -> g.result(
                        "Concat", op.inputs().stream().map(g::name).toList(), Attributes.i("axis", op.axis())));
        t.on(Slice.class, MovementExports::slice);
        t.on(Pad.class, MovementExports::pad);
        t.on(Resize.class, MovementExports::resize);
    }

    private static List<String> reshape(Reshape op, OpWriter g) {
        return g.result("Reshape", List.of(g.name(op.x()), target(op, g)), Attributes.i("allowzero", 1));
    }

    /** A constant with one open dimension where one is enough, else all dimensions computed. */
    private static String target(Reshape op, OpWriter g) {
        List<Dim> dims = op.shape().dims();
        long open = dims.stream().filter(d -> !d.isConstant()).count();
        boolean othersHoldElements = dims.stream().allMatch(d -> !d.isConstant() || d.constant() > 0);
        if (open == 1 && othersHoldElements) {
            return g.dims(
                    dims.stream().map(d -> d.isConstant() ? d : Dim.of(-1)).toList());
        }
        return g.dims(dims);
    }

    private static List<String> slice(Slice op, OpWriter g) {
        Shape from = op.x().tensorType().shape();
        List<Dim> starts = new ArrayList<>();
        List<Dim> ends = new ArrayList<>();
        List<Long> axes = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        for (int i = 0; i < from.rank(); i++) {
            Dim start = op.starts().get(i);
            Dim size = op.sizes().get(i);
            long step = op.steps().get(i);
            if (start.isConstant(0) && step == 1 && size.equals(from.dim(i))) {
                continue;
            }
            Dim end = start.plus(size.times(step));
            axes.add((long) i);
            starts.add(start);
            // A negative end would count from the other side.
            ends.add(
                    step > 0
                            ? end
                            : end.plus(end.min(Dim.ZERO).negate().min(Dim.ONE).times(BEFORE_ALL)));
            steps.add(step);
        }
        if (axes.isEmpty()) {
            return g.result("Identity", List.of(g.name(op.x())));
        }
        return g.result("Slice", List.of(g.name(op.x()), g.dims(starts), g.dims(ends), g.longs(axes), g.longs(steps)));
    }

    private static List<String> pad(Pad op, OpWriter g) {
        List<Dim> pads = new ArrayList<>(op.before());
        pads.addAll(op.after());
        List<String> inputs = new ArrayList<>(List.of(g.name(op.x()), g.dims(pads)));
        op.value().ifPresent(v -> inputs.add(g.name(v)));
        return g.result("Pad", inputs, Attributes.s("mode", op.mode().name().toLowerCase(Locale.ROOT)));
    }

    /** All of the tensor, for the mode that must have a region. */
    private static String wholeRegion(Resize op, OpWriter g) {
        if (op.coordinates() != CoordinateMode.TF_CROP_AND_RESIZE) {
            return "";
        }
        float[] ends = new float[2 * op.shape().rank()];
        Arrays.fill(ends, op.shape().rank(), ends.length, 1);
        return g.constant(Tensor.of(ends, ends.length), "");
    }

    /** Whether ONNX makes the same sizes of {@code scales}. */
    private static boolean isScaledBy(Resize op, Tensor scales) {
        Shape from = op.x().tensorType().shape();
        try {
            return IntStream.range(0, from.rank())
                    .allMatch(i -> ScaledSize.of(from.dim(i), (float) scales.getDouble(i))
                            .equals(op.shape().dim(i)));
        } catch (ArithmeticException e) {
            return false; // more elements than there can be
        }
    }

    private static List<String> resize(Resize op, OpWriter g) {
        if (op.shape().rank() == 0) {
            return g.result("Identity", List.of(g.name(op.x())));
        }
        if (!op.scales().flatMap(g::constant).map(s -> isScaledBy(op, s)).orElse(true)) {
            throw OpWriter.failure(
                    "ONNX resizes by sizes or by scales, and these scales give other sizes than " + op.shape(),
                    "keep the model as IR text");
        }
        List<String> inputs = new ArrayList<>(List.of(
                g.name(op.x()),
                op.roi().map(g::name).orElseGet(() -> wholeRegion(op, g)),
                op.scales().map(g::name).orElse("")));
        if (op.scales().isEmpty()) {
            inputs.add(g.shape(op.shape()));
        }
        String mode = op.mode().name().toLowerCase(Locale.ROOT);
        return g.result(
                "Resize",
                inputs,
                Attributes.some(
                        Optional.of(Attributes.s("mode", mode)),
                        Optional.of(Attributes.s(
                                "coordinate_transformation_mode",
                                op.coordinates().name().toLowerCase(Locale.ROOT))),
                        Attributes.when(
                                op.mode() == ResizeMode.NEAREST,
                                Attributes.s("nearest_mode", op.nearest().name().toLowerCase(Locale.ROOT))),
                        Optional.of(Attributes.f("cubic_coeff_a", op.cubicCoefficient())),
                        Attributes.when(op.excludeOutside(), Attributes.i("exclude_outside", 1)),
                        Optional.of(Attributes.f("extrapolation_value", op.extrapolation())),
                        Attributes.when(op.antialias(), Attributes.i("antialias", 1))));
    }
}
