package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BitCast;
import dev.lathe.ir.op.DeformConv;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.ImageDecode;
import dev.lathe.ir.op.MaxRoiPool;
import dev.lathe.ir.op.NonMaxSuppression;
import dev.lathe.ir.op.PixelFormat;
import dev.lathe.ir.op.RandomNormal;
import dev.lathe.ir.op.RandomUniform;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.op.Unique;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Sampling, selection and random numbers in ONNX. */
public final class SamplingExports {
    private SamplingExports() {}

    public static void addTo(Exports t) {
        t.on(
                GridSample.class,
                (op, g) -> g.result(
                        "GridSample",
                        List.of(g.name(op.x()), g.name(op.grid())),
                        Attributes.s("mode", lower(op.mode())),
                        Attributes.s("padding_mode", lower(op.padding())),
                        Attributes.flag("align_corners", op.alignCorners())));
        t.on(
                RoiAlign.class,
                (op, g) -> g.result(
                        "RoiAlign",
                        List.of(g.name(op.x()), g.name(op.rois()), g.name(op.batchIndices())),
                        Attributes.i("output_height", op.height()),
                        Attributes.i("output_width", op.width()),
                        Attributes.i("sampling_ratio", op.samplingRatio()),
                        Attributes.f("spatial_scale", op.spatialScale()),
                        Attributes.s(
                                "coordinate_transformation_mode", op.halfPixel() ? "half_pixel" : "output_half_pixel"),
                        Attributes.s("mode", op.max() ? "max" : "avg")));
        t.on(
                MaxRoiPool.class,
                (op, g) -> g.result(
                        "MaxRoiPool",
                        List.of(g.name(op.x()), g.name(op.rois())),
                        Attributes.ints("pooled_shape", List.of(op.height(), op.width())),
                        Attributes.f("spatial_scale", op.spatialScale())));
        t.on(DeformConv.class, SamplingExports::deformConv);
        t.on(Determinant.class, (op, g) -> g.result("Det", List.of(g.name(op.x()))));
        t.on(BitCast.class, (op, g) -> {
            g.needs(26);
            return g.result("BitCast", List.of(g.name(op.x())), Attributes.i("to", ElementTypes.number(op.to())));
        });
        t.on(
                Unique.class,
                (op, g) -> g.result(
                        "Unique",
                        List.of(g.name(op.x())),
                        Attributes.some(
                                op.axis().map(a -> Attributes.i("axis", a)),
                                Optional.of(Attributes.flag("sorted", op.sorted())))));
        t.on(
                NonMaxSuppression.class,
                (op, g) -> g.result(
                        "NonMaxSuppression",
                        List.of(
                                g.name(op.boxes()),
                                g.name(op.scores()),
                                optional(g, op.maxOutput()),
                                optional(g, op.iouThreshold()),
                                optional(g, op.scoreThreshold())),
                        Attributes.flag("center_point_box", op.centered())));
        t.on(
                ImageDecode.class,
                (op, g) -> g.result(
                        "ImageDecoder",
                        List.of(g.name(op.x())),
                        Attributes.s(
                                "pixel_format",
                                op.format() == PixelFormat.GRAYSCALE
                                        ? "Grayscale"
                                        : op.format().name())));
        t.on(
                RandomUniform.class,
                (op, g) -> random(
                        g,
                        "RandomUniformLike",
                        op.shape(),
                        op.element(),
                        op.seed(),
                        Attributes.f("low", op.low()),
                        Attributes.f("high", op.high())));
        t.on(
                RandomNormal.class,
                (op, g) -> random(
                        g,
                        "RandomNormalLike",
                        op.shape(),
                        op.element(),
                        op.seed(),
                        Attributes.f("mean", op.mean()),
                        Attributes.f("scale", op.scale())));
    }

    private static String lower(Enum<?> e) {
        return e.name().toLowerCase(Locale.ROOT);
    }

    private static String optional(OpWriter g, Optional<Value> v) {
        return v.map(g::name).orElse("");
    }

    private static List<String> deformConv(DeformConv op, OpWriter g) {
        return g.result(
                "DeformConv",
                List.of(g.name(op.x()), g.name(op.weights()), g.name(op.offset()), "", optional(g, op.mask())),
                Attributes.ints("strides", op.strides()),
                Attributes.ints("pads", ContractionExports.constants(op.pads())),
                Attributes.ints("dilations", op.dilations()),
                Attributes.i("group", op.groups()),
                Attributes.i("offset_group", op.offsetGroups()));
    }

    private static List<String> random(
            OpWriter g,
            String type,
            Shape shape,
            ElementType element,
            Optional<Double> seed,
            AttributeProto first,
            AttributeProto second) {
        String like = g.add("Expand", List.of(g.constant(Tensor.zeros(element), ""), g.shape(shape)));
        List<AttributeProto> attributes =
                new ArrayList<>(List.of(first, second, Attributes.i("dtype", ElementTypes.number(element))));
        seed.ifPresent(s -> attributes.add(Attributes.f("seed", s)));
        return g.result(type, List.of(like), attributes.toArray(AttributeProto[]::new));
    }
}
