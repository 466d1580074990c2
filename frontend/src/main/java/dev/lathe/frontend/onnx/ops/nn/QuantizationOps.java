package dev.lathe.frontend.onnx.ops.nn;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.DynamicQuantize;
import dev.lathe.ir.composite.IntegerMatMul;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Quantization, and operators on quantized numbers. */
public final class QuantizationOps {
    private QuantizationOps() {}

    public static void addTo(Operators t) {
        t.on("QuantizeLinear").since(10, QuantizationOps::quantize);
        t.on("DequantizeLinear").since(10, QuantizationOps::dequantize);
        t.on("DynamicQuantizeLinear").sinceAll(11, n -> n.b.addAll(new DynamicQuantize(n.in(0))));
        t.on("MatMulInteger").since(10, n -> n.b.add(new IntegerMatMul(n.in(0), n.in(1), n.opt(2), n.opt(3))));
        t.on("ConvInteger").since(10, n -> conv(n, n.in(0), n.opt(2), n.in(1), n.opt(3)));
        t.on("QLinearMatMul").since(10, QuantizationOps::qLinearMatMul);
        t.on("QLinearConv").since(10, QuantizationOps::qLinearConv);
    }

    private static int axis(OnnxNode n, Value scale) {
        int rank = n.rank(0);
        // Of no importance for one scale for all, which the default axis may not even fit.
        return scale.tensorType().rank() == 0 || rank < 2 ? 0 : OnnxNode.axis(n.i("axis", 1), rank);
    }

    public static Value quantize(OnnxNode n) {
        Value scale = n.in(1);
        ElementType type = n.opt(2)
                .map(z -> z.tensorType().element())
                .orElseGet(
                        () -> n.i("output_dtype", 0) == 0 ? ElementType.U8 : ElementTypes.of(n.i("output_dtype", 0)));
        ElementType given = scale.tensorType().element();
        ElementType precision = n.i("precision", 0) != 0
                ? ElementTypes.of(n.i("precision", 0))
                : given.isFloat() && given != ElementType.F8E8M0
                        ? given
                        : n.element(0).isFloat() ? n.element(0) : ElementType.F32;
        return n.b.add(new Quantize(
                n.in(0),
                scale,
                n.opt(2),
                type,
                precision,
                axis(n, scale),
                n.i("block_size", 0),
                n.flag("saturate", true)));
    }

    public static Value dequantize(OnnxNode n) {
        Value scale = n.in(1);
        ElementType type = n.i("output_dtype", 0) != 0
                ? ElementTypes.of(n.i("output_dtype", 0))
                : scale.tensorType().element();
        return n.b.add(new Dequantize(n.in(0), scale, n.opt(2), type, axis(n, scale), n.i("block_size", 0)));
    }

    /** A convolution of integers with 32 bits; zero points of the weights may differ between result channels. */
    private static Value conv(OnnxNode n, Value x, Optional<Value> xZero, Value w, Optional<Value> wZero) {
        Builder b = n.b;
        int spatial = n.rank(0) - 2;
        int rank = w.tensorType().rank();
        Value input = b.cast(x, ElementType.I32);
        input = xZero.isPresent() ? b.subtract(input, scalarOf(b, xZero.get())) : input;
        Value given = ContractionOps.weights(n, w, spatial);
        Value weights = b.cast(given, ElementType.I32);
        if (wZero.isPresent()) {
            Value zero = b.cast(wZero.get(), ElementType.I32);
            weights = b.subtract(weights, zero.tensorType().rank() == 0 ? zero : b.expandRight(zero, rank));
        }
        List<Long> strides = ContractionOps.attribute(n, "strides", spatial, 1);
        List<Long> dilations = ContractionOps.attribute(n, "dilations", spatial, 1);
        List<Long> kernel = given.tensorType().shape().slice(2, rank).dims().stream()
                .map(Dim::constant)
                .toList();
        List<Dim> pads = ContractionOps.pads(n, spatial, kernel, strides, dilations);
        Window window = new Window(strides, pads, dilations);
        return b.add(new Conv(input, weights, window, n.i("group", 1), ChannelLayout.CHANNELS_FIRST));
    }

    private static Value scalarOf(Builder b, Value zeroPoint) {
        return b.cast(b.reshape(zeroPoint, Shape.SCALAR), ElementType.I32);
    }

    /**
     * An integer sum, or a product of floats, as a quantized number: times {@code factor}, with the zero point added.
     */
    public static Value requantized(Builder b, Value sum, Value factor, Value zeroPoint) {
        ElementType type = zeroPoint.tensorType().element();
        Value exact = b.multiply(b.cast(sum, factor.tensorType().element()), factor);
        Value one = b.scalar(factor, 1);
        Value zero = b.reshape(zeroPoint, Shape.SCALAR);
        return b.add(new Quantize(
                exact, one, Optional.of(zero), type, factor.tensorType().element(), 0, 0, true));
    }

    private static Value qLinearMatMul(OnnxNode n) {
        Builder b = n.b;
        Value product = n.element(0).isFloat()
                ? b.matMul(
                        b.subtract(wide(b, n.in(0)), wide(b, IntegerMatMul.aligned(b, n.in(2), n.in(0), true))),
                        b.subtract(wide(b, n.in(3)), wide(b, n.in(5))))
                : b.add(new IntegerMatMul(n.in(0), n.in(3), n.opt(2), n.opt(5)));
        Value scales = b.multiply(wide(b, IntegerMatMul.aligned(b, n.in(1), n.in(0), true)), wide(b, n.in(4)));
        return requantized(b, product, b.divide(scales, wide(b, n.in(6))), n.in(7));
    }

    private static Value wide(Builder b, Value x) {
        return b.cast(x, ElementType.F32);
    }

    public static Value qLinearConv(OnnxNode n) {
        Builder b = n.b;
        Value sum = conv(n, n.in(0), n.opt(2), n.in(3), n.opt(5));
        int rank = n.rank(0);
        if (n.opt(8).isPresent()) {
            sum = b.add(sum, perChannel(b, n.in(8), rank));
        }
        Value scales = b.divide(b.multiply(n.in(1), n.in(4)), n.in(6));
        return requantized(b, sum, scales.tensorType().rank() == 0 ? scales : perChannel(b, scales, rank), n.in(7));
    }

    private static Value perChannel(Builder b, Value v, int rank) {
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank - 1, Dim.ONE));
        dims.set(0, v.tensorType().dim(0));
        return b.reshape(v, Shape.of(dims));
    }
}
