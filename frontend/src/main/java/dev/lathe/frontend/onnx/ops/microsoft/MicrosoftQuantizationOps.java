package dev.lathe.frontend.onnx.ops.microsoft;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.nn.ActivationOps;
import dev.lathe.frontend.onnx.ops.nn.PoolOps;
import dev.lathe.frontend.onnx.ops.nn.QuantizationOps;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Functions of quantized numbers: dequantized, computed in floats, quantized again. */
public final class MicrosoftQuantizationOps {
    private MicrosoftQuantizationOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.MICROSOFT + "QuantizeLinear").since(1, QuantizationOps::quantize);
        t.on(Domains.MICROSOFT + "DequantizeLinear").since(1, QuantizationOps::dequantize);
        t.on(Domains.MICROSOFT + "QLinearAdd").since(1, n -> binary(n, n.b::add));
        t.on(Domains.MICROSOFT + "QLinearMul").since(1, n -> binary(n, n.b::multiply));
        t.on(Domains.MICROSOFT + "QLinearSigmoid").since(1, n -> unary(n, x -> n.b.unary(UnaryFunction.SIGMOID, x)));
        t.on(Domains.MICROSOFT + "QLinearLeakyRelu")
                .since(1, n -> unary(n, x -> ActivationOps.leakyRelu(n.b, x, n.f("alpha", 0.01f))));
        t.on(Domains.MICROSOFT + "QLinearSoftmax").since(1, MicrosoftQuantizationOps::softmax);
        t.on(Domains.MICROSOFT + "QLinearConcat").since(1, MicrosoftQuantizationOps::concat);
        t.on(Domains.MICROSOFT + "QLinearWhere").since(1, MicrosoftQuantizationOps::where);
        t.on(Domains.MICROSOFT + "QLinearReduceMean").since(1, MicrosoftQuantizationOps::reduceMean);
        t.on(Domains.MICROSOFT + "NhwcMaxPool")
                .since(1, n -> channelsLast(n, n.in(0), (m, x) -> PoolOps.pool(m, PoolFunction.MAX_POOL, x)));
        t.on(Domains.MICROSOFT + "QLinearGlobalAveragePool")
                .since(1, n -> unary(n, x -> channelsFirst(n, x, MicrosoftQuantizationOps::globalAverage)));
        t.on(Domains.MICROSOFT + "QLinearAveragePool").since(1, n -> {
            PoolFunction f =
                    n.flag("count_include_pad", false) ? PoolFunction.AVERAGE_POOL_PADDED : PoolFunction.AVERAGE_POOL;
            return unary(n, x -> channelsFirst(n, x, (m, y) -> PoolOps.pool(m, f, y)));
        });
    }

    private static Value single(Builder b, Value v) {
        return b.reshape(v, Shape.SCALAR);
    }

    private static Optional<Value> single(OnnxNode n, int i) {
        return n.opt(i).map(v -> single(n.b, v));
    }

    /** The floats that operand {@code i} stands for, with its scale and zero point after it. */
    private static Value floats(OnnxNode n, int i) {
        return n.b.add(new Dequantize(n.in(i), single(n.b, n.in(i + 1)), single(n, i + 2), n.element(i + 1), 0, 0));
    }

    /** Quantized as operand {@code scale} and the zero point after it say, in the type of operand {@code like}. */
    private static Value quantized(OnnxNode n, Value x, int scale, int like) {
        return n.b.add(new Quantize(
                x,
                single(n.b, n.in(scale)),
                single(n, scale + 1),
                n.element(like),
                x.tensorType().element(),
                0,
                0,
                true));
    }

    private static Value binary(OnnxNode n, BinaryOperator<Value> f) {
        return quantized(n, f.apply(floats(n, 0), floats(n, 3)), 6, 0);
    }

    private static Value unary(OnnxNode n, UnaryOperator<Value> f) {
        return quantized(n, f.apply(floats(n, 0)), 3, 0);
    }

    private static Value softmax(OnnxNode n) {
        return unary(n, x -> {
            Shape s = n.shape(0);
            int axis = OnnxNode.axis(n.i("axis", -1), s.rank());
            if (n.i("opset", 13) >= 13) {
                return n.b.add(new Softmax(x, axis));
            }
            Shape matrix = Shape.of(
                    s.slice(0, axis).elements(), s.slice(axis, s.rank()).elements());
            return n.b.reshape(n.b.add(new Softmax(n.b.reshape(x, matrix), 1)), s);
        });
    }

    private static Value concat(OnnxNode n) {
        List<Value> parts = new ArrayList<>();
        for (int i = 2; i + 1 < n.inputs.size(); i += 3) {
            parts.add(floats(n, i));
        }
        return quantized(n, n.b.concat(parts, OnnxNode.axis(n.i("axis", 0), n.rank(2))), 0, 2);
    }

    private static Value where(OnnxNode n) {
        return quantized(n, n.b.select(n.in(0), floats(n, 1), floats(n, 4)), 7, 1);
    }

    private static Value reduceMean(OnnxNode n) {
        List<Integer> axes = n.ints("axes")
                .filter(l -> !l.isEmpty())
                .map(l -> OnnxNode.axes(l, n.rank(0)))
                .orElseGet(() -> IntStream.range(0, n.rank(0)).boxed().toList());
        return unary(n, x -> n.b.reduce(ReduceFunction.REDUCE_MEAN, x, axes, n.flag("keepdims", true)));
    }

    private static Value globalAverage(OnnxNode n, Value x) {
        List<Integer> axes = IntStream.range(2, x.tensorType().rank()).boxed().toList();
        return n.b.reduce(ReduceFunction.REDUCE_MEAN, x, axes, true);
    }

    /** A function of a node's operand. */
    interface OfOperand {
        Value apply(OnnxNode n, Value x);
    }

    /** {@code f} of {@code x} with its channels first, even if the node has them last. */
    static Value channelsFirst(OnnxNode n, Value x, OfOperand f) {
        return n.flag("channels_last", false) ? channelsLast(n, x, f) : f.apply(n, x);
    }

    /** {@code f} of {@code x}, which has its channels last, with them first. */
    private static Value channelsLast(OnnxNode n, Value x, OfOperand f) {
        int rank = x.tensorType().rank();
        List<Integer> in = new ArrayList<>(List.of(0, rank - 1));
        List<Integer> out = new ArrayList<>(List.of(0));
        for (int i = 2; i < rank; i++) {
            in.add(i - 1);
            out.add(i);
        }
        out.add(1);
        Value turned = n.b.transpose(x, in);
        return n.b.transpose(f.apply(n.with(0, turned), turned), out);
    }
}
