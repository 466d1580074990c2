package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.*;
import dev.lathe.ir.op.*;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Composite ops as such, quantization, logic, decision trees, and random numbers. */
final class CompositeSteps {
    static final List<Consumer<GraphGenerator>> ALL = List.of(
            CompositeSteps::quantize,
            CompositeSteps::quantize,
            CompositeSteps::dequantize,
            CompositeSteps::attention,
            CompositeSteps::rotary,
            CompositeSteps::fourier,
            CompositeSteps::integerProduct,
            CompositeSteps::normalized,
            CompositeSteps::fused,
            CompositeSteps::logic,
            CompositeSteps::logic,
            CompositeSteps::trees,
            CompositeSteps::pairs,
            CompositeSteps::random,
            CompositeSteps::bits,
            CompositeSteps::read);

    private CompositeSteps() {}

    /** One scale for all, for each position of {@code axis}, or for each block of two along it. */
    private static Value scale(GraphGenerator g, ElementType element, TensorType t, int axis, int way) {
        Shape s = t.shape();
        long[] dims = switch (way) {
            case 0 -> new long[0];
            case 1 -> new long[] {s.dim(axis).constant()};
            default ->
                s.with(axis, Dim.of((s.dim(axis).constant() + 1) / 2)).dims().stream()
                        .mapToLong(Dim::constant)
                        .toArray();
        };
        Tensor scale = Tensor.zeros(element, dims);
        for (long i = 0; i < scale.size(); i++) {
            scale.setDouble(i, g.pick(List.of(0.125, 0.25, 0.05, 1.0)));
        }
        return g.constant(scale);
    }

    private static final List<ElementType> QUANTIZED = List.of(
            ElementType.U8,
            ElementType.I8,
            ElementType.I8,
            ElementType.I16,
            ElementType.U16,
            ElementType.I4,
            ElementType.U4,
            ElementType.I2,
            ElementType.F8E4M3FN,
            ElementType.F8E5M2,
            ElementType.F4E2M1);

    private static void quantize(GraphGenerator g) {
        Value x = g.pickFloat(0, 4);
        TensorType t = x.tensorType();
        int axis = g.random.nextInt(Math.max(1, t.rank()));
        int way = t.rank() == 0 ? 0 : g.random.nextInt(3);
        ElementType to = g.pick(QUANTIZED);
        Value scale = scale(g, t.element(), t, axis, way);
        Optional<Value> zero = g.chance(2)
                ? Optional.empty()
                : Optional.of(g.constant(Tensor.zeros(
                        to,
                        scale.tensorType().shape().dims().stream()
                                .mapToLong(Dim::constant)
                                .toArray())));
        Value q = g.add(
                new Quantize(x, scale, zero, to, t.element(), axis, way == 2 ? 2 : 0, g.chance(4) || to.isInteger()));
        if (!g.chance(3)) {
            g.add(new Dequantize(q, scale, zero, t.element(), axis, way == 2 ? 2 : 0));
        }
    }

    private static void dequantize(GraphGenerator g) {
        Value x = g.pick(v -> v.element().isInteger() && v.element().bits() <= 32);
        TensorType t = x.tensorType();
        int axis = g.random.nextInt(Math.max(1, t.rank()));
        int way = t.rank() == 0 ? 0 : g.random.nextInt(3);
        Optional<Value> zero = way == 0 && g.chance(2) ? Optional.of(g.scalar(x, 1)) : Optional.empty();
        g.add(new Dequantize(
                x, scale(g, ElementType.F32, t, axis, way), zero, ElementType.F32, axis, way == 2 ? 2 : 0));
    }

    private static void attention(GraphGenerator g) {
        Value q = g.chance(2)
                ? g.input(ElementType.F32, g.shape(4))
                : g.pick(t -> t.rank() == 4 && t.element().isFloat());
        Shape s = q.tensorType().shape();
        Dim keys = g.chance(2) ? s.dim(2) : g.shape(1).dim(0);
        ElementType e = q.tensorType().element();
        Value k = g.chance(3) && keys.equals(s.dim(2)) ? q : g.input(e, s.with(2, keys));
        Value v = g.input(e, s.with(2, keys).with(3, Dim.of(g.size())));
        Shape mask = g.chance(2) ? Shape.of(s.dim(2), keys) : Shape.of(s.dim(0), Dim.ONE, Dim.ONE, keys);
        g.add(new ScaledDotProductAttention(
                q, k, v, g.chance(2) ? Optional.empty() : Optional.of(g.input(e, mask)), g.pick(List.of(1.0, 0.5))));
    }

    private static void integerProduct(GraphGenerator g) {
        Dim depth = g.shape(1).dim(0);
        Shape left = g.shape(2).with(1, depth);
        Shape right = g.shape(2).with(0, depth);
        ElementType x = g.pick(List.of(ElementType.I8, ElementType.U8));
        ElementType y = g.pick(List.of(ElementType.I8, ElementType.U8));
        Optional<Value> zero =
                g.chance(2) ? Optional.empty() : Optional.of(g.constant(Tensor.scalar(x, 1 + g.random.nextInt(9))));
        g.add(new IntegerMatMul(g.input(x, left), g.input(y, right), zero, Optional.empty()));
    }

    private static void rotary(GraphGenerator g) {
        Value x = g.chance(2)
                ? g.input(ElementType.F32, g.shape(4).with(3, Dim.of(8)))
                : g.pick(t -> t.rank() == 4
                        && t.element().isFloat()
                        && t.dim(3).isConstant()
                        && t.dim(3).constant() > 1);
        Shape s = x.tensorType().shape();
        Dim pairs = Dim.of(1 + g.random.nextInt(Math.toIntExact(s.dim(3).constant() / 2)));
        Shape angles = Shape.of(g.chance(2) ? Dim.ONE : s.dim(0), s.dim(2), pairs);
        ElementType e = x.tensorType().element();
        g.add(new RotaryEmbedding(x, g.input(e, angles), g.input(e, angles), g.chance(2)));
    }

    private static void fourier(GraphGenerator g) {
        int rank = 2 + g.random.nextInt(3);
        Shape s = g.shape(rank).with(rank - 1, Dim.of(g.chance(2) ? 1 : 2));
        Value x = g.input(ElementType.F32, s);
        g.add(new FourierTransform(x, g.random.nextInt(rank - 1), g.chance(2), g.chance(2)));
    }

    private static void normalized(GraphGenerator g) {
        Value x = g.pickFloat(1, 5);
        TensorType t = x.tensorType();
        int axis = g.random.nextInt(t.rank());
        switch (g.random.nextInt(3)) {
            case 0 -> g.add(new Softmax(x, axis));
            case 1 -> g.add(new Gelu(x, g.random.nextBoolean()));
            default -> {
                Shape tail = t.shape().slice(axis, t.rank());
                Optional<Value> scale = g.chance(3) ? Optional.empty() : Optional.of(g.input(t.element(), tail));
                Optional<Value> bias = g.chance(2) ? Optional.empty() : Optional.of(g.input(t.element(), tail));
                g.add(new LayerNorm(x, scale, bias, axis, g.pick(List.of(1e-5, 1e-2))));
            }
        }
    }

    private static void fused(GraphGenerator g) {
        Value x = g.pickFloat();
        Value y = Steps.partner(g, x);
        Builder body = g.b.region("body");
        Value a = body.input("a", x.type());
        Value b = body.input("b", y.type());
        Value z = body.multiply(body.unary(UnaryFunction.TANH, a), b);
        g.addAll(new Fused(List.of(x, y), body.build(List.of(z), List.of("z"))));
    }

    private static void logic(GraphGenerator g) {
        if (g.chance(2)) {
            Value x = g.pick(t -> t.element().isBool());
            Value y = g.chance(3) ? g.pick(t -> t.element().isBool()) : x;
            BinaryFunction f = g.pick(List.of(BinaryFunction.AND, BinaryFunction.OR, BinaryFunction.XOR));
            g.add(g.chance(4) ? new Unary(UnaryFunction.NOT, x) : new Binary(f, x, y));
            return;
        }
        Value x = g.pick(t -> t.element().isInteger());
        if (g.chance(3)) {
            g.add(new Unary(UnaryFunction.BIT_NOT, x));
        } else if (g.chance(2)) {
            BinaryFunction f = g.chance(2) ? BinaryFunction.SHIFT_LEFT : BinaryFunction.SHIFT_RIGHT;
            g.add(new Binary(
                    f,
                    x,
                    g.scalar(
                            x,
                            g.random.nextInt(
                                    Math.min(4, x.tensorType().element().bits())))));
        } else {
            BinaryFunction f = g.pick(List.of(BinaryFunction.BIT_AND, BinaryFunction.BIT_OR, BinaryFunction.BIT_XOR));
            g.add(new Binary(f, x, Steps.partner(g, x)));
        }
    }

    /** Two trees: a root with two leaves, and one with a leaf and a second node. */
    private static void trees(GraphGenerator g) {
        Value x = g.chance(2)
                ? g.input(ElementType.F32, g.shape(2))
                : g.pick(t -> t.rank() == 2 && (t.element() == ElementType.F32 || t.element() == ElementType.F64));
        TensorType t = x.tensorType();
        long features = Math.max(1, g.least(t.dim(1)));
        ElementType e = t.element();
        long targets = 1L + g.random.nextInt(3);
        Value votes = g.constant(g.tensor(e, 5));
        g.add(new TreeEnsemble(
                x,
                g.constant(Tensor.vector(
                        g.random.nextInt((int) features), g.random.nextInt((int) features), g.random.nextInt((int)
                                features))),
                g.constant(Tensor.vector(g.random.nextInt(7), g.random.nextInt(7), g.random.nextInt(7))),
                g.constant(g.tensor(e, 3)),
                g.constant(Tensor.vector(-1, -3, -4)),
                g.constant(Tensor.vector(-2, 2, -5)),
                g.constant(Tensor.vector(g.random.nextInt(2), g.random.nextInt(2), 0)),
                g.constant(Tensor.vector(0, 1, 3, 4)),
                g.constant(g.tensor(e, 4)),
                g.constant(Tensor.vector(0, 1)),
                g.constant(Tensor.vector(0, 1, 2, 3, 4, 5)),
                g.constant(Tensor.vector(
                        g.random.nextInt((int) targets), 0, g.random.nextInt((int) targets), targets - 1, 0)),
                votes,
                g.pick(List.of(TreeAggregation.values())),
                targets));
    }

    private static void pairs(GraphGenerator g) {
        int classes = 2 + g.random.nextInt(3);
        Value x = g.input(ElementType.F32, Shape.of(g.shape(1).dim(0), Dim.of(classes * (classes - 1L) / 2)));
        Value low = g.add(new Binary(BinaryFunction.MAX, x, g.scalar(x, 0.1)));
        g.add(new PairwiseProbabilities(g.add(new Binary(BinaryFunction.MIN, low, g.scalar(x, 0.9))), classes));
    }

    /** With a seed the numbers are the same in each run. */
    private static void random(GraphGenerator g) {
        ElementType e = g.pick(List.of(ElementType.F32, ElementType.F64, ElementType.F16));
        Optional<Double> seed = Optional.of((double) g.random.nextInt(100));
        Shape shape = g.pickAny().tensorType().shape();
        g.add(g.chance(2) ? new RandomUniform(shape, e, -1, 2, seed) : new RandomNormal(shape, e, 0.5, 1.5, seed));
    }

    private static void bits(GraphGenerator g) {
        Value x = g.pick();
        int bits = x.tensorType().element().bits();
        List<ElementType> same = List.of(ElementType.values()).stream()
                .filter(e -> e.bits() == bits && !e.isComplex() && !e.isBool())
                .toList();
        g.add(new BitCast(x, g.pick(same)));
    }

    /** Sizes that are computed from data. */
    private static void read(GraphGenerator g) {
        Value x = g.pick(t -> t.rank() >= 1);
        Value size = g.add(new Dims(List.of(x.tensorType().shape().elements()), false));
        String symbol = g.freshSymbol();
        g.addAll(new ReadDims(size, List.of(symbol)));
        Dim d = Dim.symbol(symbol);
        g.add(g.chance(2) ? new Reshape(x, Shape.of(d)) : new Broadcast(g.scalar(x, 1), Shape.of(d)));
    }
}
