package dev.lathe.frontend.onnx.ops.nn;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.function.UnaryOperator;

/** Activation functions, written out in everyday ops, which fusion joins again. */
public final class ActivationOps {
    private ActivationOps() {}

    public static void addTo(Operators t) {
        t.on("LeakyRelu").since(1, n -> negative(n, x -> times(n.b, x, n.f("alpha", 0.01f))));
        t.on("Elu").since(1, n -> negative(n, x -> times(n.b, expMinusOne(n.b, x), n.f("alpha", 1))));
        t.on("Selu").since(1, n -> {
            float alpha = n.f("alpha", 1.67326319217681884765625f);
            return times(
                    n.b,
                    negative(n, x -> times(n.b, expMinusOne(n.b, x), alpha)),
                    n.f("gamma", 1.05070102214813232421875f));
        });
        t.on("Celu").since(12, n -> {
            float alpha = n.f("alpha", 1);
            return negative(n, x -> times(n.b, expMinusOne(n.b, times(n.b, x, 1 / alpha)), alpha));
        });
        t.on("ThresholdedRelu").since(10, n -> thresholdedRelu(n.b, n.in(0), n.f("alpha", 1)));
        t.on("HardSigmoid").since(1, n -> hardSigmoid(n.b, n.in(0), n.f("alpha", 0.2f), n.f("beta", 0.5f)));
        t.on("HardSwish").since(14, n -> n.b.multiply(n.in(0), hardSigmoid(n.b, n.in(0), 1f / 6, 0.5f)));
        t.on("Softplus").since(1, n -> softplus(n.b, n.in(0)));
        t.on("Softsign").since(1, n -> {
            Value x = n.in(0);
            return n.b.divide(x, n.b.add(n.b.unary(UnaryFunction.ABS, x), n.b.scalar(x, 1)));
        });
        t.on("Mish").since(18, n -> n.b.multiply(n.in(0), n.b.unary(UnaryFunction.TANH, softplus(n.b, n.in(0)))));
        t.on("Shrink").since(9, ActivationOps::shrink);
        t.on("Gelu")
                .since(
                        20,
                        n -> n.b.add(
                                new Gelu(n.in(0), n.s("approximate", "none").equals("tanh"))));
        t.on("Swish").since(24, n -> swish(n.b, n.in(0), n.f("alpha", 1)));
        t.on("SwiGLU").since(28, n -> n.b.multiply(swish(n.b, n.in(0), n.f("alpha", 1)), n.in(1)));
        t.on("Hardmax")
                .since(1, n -> flattened(n, (x, axis) -> hardmax(n.b, x, axis)))
                .since(13, n -> hardmax(n.b, n.in(0), OnnxNode.axis(n.i("axis", -1), n.rank(0))));
        t.on("Softmax")
                .since(1, n -> flattened(n, (x, axis) -> n.b.add(new Softmax(x, axis))))
                .since(13, n -> n.b.add(new Softmax(n.in(0), OnnxNode.axis(n.i("axis", -1), n.rank(0)))));
        t.on("LogSoftmax")
                .since(1, n -> flattened(n, (x, axis) -> logSoftmax(n.b, x, axis)))
                .since(13, n -> logSoftmax(n.b, n.in(0), OnnxNode.axis(n.i("axis", -1), n.rank(0))));
    }

    public static Value swish(Builder b, Value x, float alpha) {
        return b.multiply(x, b.unary(UnaryFunction.SIGMOID, alpha == 1 ? x : times(b, x, alpha)));
    }

    /** 1 at the first of the largest elements along {@code axis}, 0 elsewhere. */
    private static Value hardmax(Builder b, Value x, int axis) {
        Dim length = x.tensorType().dim(axis);
        boolean isShort = length.isConstant() && length.constant() <= Integer.MAX_VALUE;
        ElementType index = isShort ? ElementType.I32 : ElementType.I64; // lanes as wide as floats are faster
        Value first = b.cast(b.add(new ArgReduce(ArgFunction.ARG_MAX, x, axis, true, false)), index);
        Value positions = b.cast(b.expandRight(b.iota(length), x.tensorType().rank() - axis), index);
        return b.cast(
                b.compare(Comparison.EQUAL, first, positions), x.tensorType().element());
    }

    private static Value times(Builder b, Value x, float factor) {
        return b.multiply(x, b.scalar(x, factor));
    }

    private static Value expMinusOne(Builder b, Value x) {
        return b.subtract(b.exp(x), b.scalar(x, 1));
    }

    /** {@code x} where that is positive, {@code f(x)} elsewhere. */
    private static Value negative(OnnxNode n, UnaryOperator<Value> f) {
        Value x = n.in(0);
        return n.b.select(n.b.compare(Comparison.LESS, x, n.b.scalar(x, 0)), f.apply(x), x);
    }

    public static Value leakyRelu(Builder b, Value x, float alpha) {
        Value below = b.multiply(x, b.scalar(x, alpha));
        return b.select(b.compare(Comparison.LESS, x, b.scalar(x, 0)), below, x);
    }

    static Value thresholdedRelu(Builder b, Value x, float alpha) {
        return b.select(b.compare(Comparison.GREATER, x, b.scalar(x, alpha)), x, b.scalar(x, 0));
    }

    public static Value hardSigmoid(Builder b, Value x, float alpha, float beta) {
        Value line = b.add(times(b, x, alpha), b.scalar(x, beta));
        return b.min(b.max(line, b.scalar(x, 0)), b.scalar(x, 1));
    }

    /** {@code log(1 + e^x)} as {@code max(x, 0) + log(1 + e^-|x|)}, which does not overflow. */
    static Value softplus(Builder b, Value x) {
        Value e = b.exp(b.negate(b.unary(UnaryFunction.ABS, x)));
        return b.add(b.relu(x), b.unary(UnaryFunction.LOG, b.add(e, b.scalar(x, 1))));
    }

    private static Value shrink(OnnxNode n) {
        Value x = n.in(0);
        Value bias = n.b.scalar(x, n.f("bias", 0));
        double lambda = n.f("lambd", 0.5f);
        Value zero = n.b.scalar(x, 0);
        Value below = n.b.compare(Comparison.LESS, x, n.b.scalar(x, -lambda));
        Value above = n.b.compare(Comparison.GREATER, x, n.b.scalar(x, lambda));
        return n.b.select(below, n.b.add(x, bias), n.b.select(above, n.b.subtract(x, bias), zero));
    }

    public static Value logSoftmax(Builder b, Value x, int axis) {
        Value shifted = b.subtract(x, b.reduceMax(x, axis));
        return b.subtract(shifted, b.unary(UnaryFunction.LOG, b.reduceSum(b.exp(shifted), axis)));
    }

    /** A function along an axis. */
    private interface AlongAxis {
        Value apply(Value x, int axis);
    }

    /** Old softmaxes see a matrix: the axes before {@code axis}, and those from it on. */
    private static Value flattened(OnnxNode n, AlongAxis f) {
        Shape shape = n.shape(0);
        int axis = n.i("axis", 1) == shape.rank() ? shape.rank() : OnnxNode.axis(n.i("axis", 1), shape.rank());
        if (axis == shape.rank() - 1) {
            return f.apply(n.in(0), axis);
        }
        Shape matrix = Shape.of(
                shape.slice(0, axis).elements(), shape.slice(axis, shape.rank()).elements());
        return n.b.reshape(f.apply(n.b.reshape(n.in(0), matrix), 1), shape);
    }
}
