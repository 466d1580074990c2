package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.ModelWriter;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.DynamicQuantize;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.IntegerMatMul;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Composite ops that ONNX has an operator for. */
public final class CompositeExports {
    private CompositeExports() {}

    public static void addTo(Exports t) {
        t.on(Softmax.class, (op, g) -> g.result("Softmax", List.of(g.name(op.x())), Attributes.i("axis", op.axis())));
        t.on(
                Gelu.class,
                (op, g) -> g.result(
                        "Gelu",
                        List.of(g.name(op.x())),
                        Attributes.s("approximate", op.tanhApproximation() ? "tanh" : "none")));
        t.on(Quantize.class, CompositeExports::quantize);
        t.only(Dequantize.class, d -> !d.hasFloatZeroPoint(), CompositeExports::dequantize);
        t.on(DynamicQuantize.class, (op, g) -> g.result("DynamicQuantizeLinear", List.of(g.name(op.x()))));
        t.on(IntegerMatMul.class, (op, g) -> g.result("MatMulInteger", integerProduct(g, op)));
        t.on(LayerNorm.class, (op, g) -> {
            List<String> inputs = new ArrayList<>(List.of(g.name(op.x())));
            inputs.add(op.scale().map(g::name).orElseGet(() -> ones(g, op)));
            op.bias().map(g::name).ifPresent(inputs::add);
            return g.result(
                    "LayerNormalization",
                    inputs,
                    Attributes.i("axis", op.axis()),
                    Attributes.f("epsilon", op.epsilon()));
        });
    }

    private static List<String> integerProduct(OpWriter g, IntegerMatMul op) {
        List<String> inputs = new ArrayList<>(List.of(g.name(op.x()), g.name(op.y())));
        if (op.xZero().isPresent() || op.yZero().isPresent()) {
            inputs.add(op.xZero().map(g::name).orElse(""));
        }
        op.yZero().map(g::name).ifPresent(inputs::add);
        return inputs;
    }

    /** A scale of one. */
    private static String ones(OpWriter g, LayerNorm op) {
        Value x = op.x();
        return g.add(
                "Expand",
                List.of(
                        g.constant(Tensor.scalar(x.tensorType().element(), 1), ""),
                        g.shape(x.tensorType()
                                .shape()
                                .slice(op.axis(), x.tensorType().rank()))));
    }

    /** The first opset whose quantization knows scales of a type. */
    private static int since(ElementType scale) {
        return scale == ElementType.F8E8M0 ? 25 : ModelWriter.OPSET;
    }

    /** One scale for all has no axis, which is a younger attribute than the operators. */
    private static Optional<AttributeProto> axis(Value scale, Optional<Value> zero, int axis) {
        boolean several = scale.tensorType().rank() > 0
                || zero.map(z -> z.tensorType().rank() > 0).orElse(false);
        return Attributes.when(several, Attributes.i("axis", axis));
    }

    /** The operands of a quantization. Where one of scale and zero point is one for all, it is given for each. */
    private static List<String> factors(OpWriter g, Value x, Value scale, Optional<Value> zero) {
        List<String> names = new ArrayList<>(
                List.of(g.name(x), zero.map(z -> like(g, scale, z)).orElse(g.name(scale))));
        zero.ifPresent(z -> names.add(like(g, z, scale)));
        return names;
    }

    /** {@code v} in the shape of {@code other}, if it is one number and that is none. */
    private static String like(OpWriter g, Value v, Value other) {
        Shape shape = other.tensorType().shape();
        boolean fits = v.tensorType().rank() >= shape.rank()
                || !v.tensorType().shape().elements().isConstant(1);
        if (fits) {
            return g.name(v);
        }
        Optional<Tensor> number = g.constant(v);
        if (number.isEmpty() || !other.tensorType().isStatic()) {
            return g.add("Expand", List.of(g.name(v), g.shape(shape)));
        }
        Tensor all = Tensor.zeros(
                number.get().element(),
                shape.dims().stream().mapToLong(Dim::constant).toArray());
        for (long i = 0; i < all.size(); i++) {
            all.copyElement(i, number.get(), 0);
        }
        return g.constant(all, "");
    }

    private static List<String> quantize(Quantize op, OpWriter g) {
        ElementType scale = op.scale().tensorType().element();
        g.needs(since(scale));
        boolean precise = op.precision() != scale;
        if (precise || op.x().tensorType().element() != scale) {
            g.needs(23);
        }
        return g.result(
                "QuantizeLinear",
                factors(g, op.x(), op.scale(), op.zeroPoint()),
                Attributes.some(
                        axis(op.scale(), op.zeroPoint(), op.axis()),
                        Attributes.when(
                                op.zeroPoint().isEmpty(), Attributes.i("output_dtype", ElementTypes.number(op.to()))),
                        Attributes.when(op.blockSize() != 0, Attributes.i("block_size", op.blockSize())),
                        Attributes.when(precise, Attributes.i("precision", ElementTypes.number(op.precision()))),
                        Attributes.when(!op.saturate(), Attributes.i("saturate", 0))));
    }

    private static List<String> dequantize(Dequantize op, OpWriter g) {
        ElementType scale = op.scale().tensorType().element();
        g.needs(since(scale));
        if (op.to() != scale) {
            g.needs(23);
        }
        return g.result(
                "DequantizeLinear",
                factors(g, op.x(), op.scale(), op.zeroPoint()),
                Attributes.some(
                        axis(op.scale(), op.zeroPoint(), op.axis()),
                        Attributes.when(op.to() != scale, Attributes.i("output_dtype", ElementTypes.number(op.to()))),
                        Attributes.when(op.blockSize() != 0, Attributes.i("block_size", op.blockSize()))));
    }
}
