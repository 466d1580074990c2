package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.*;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The layers of neural networks, spelled as exporters do. */
final class LayerSteps {
    static final List<Consumer<GraphGenerator>> ALL = List.of(
            LayerSteps::linear,
            LayerSteps::linear,
            LayerSteps::matMul,
            LayerSteps::convolution,
            LayerSteps::convolution,
            LayerSteps::convolution,
            LayerSteps::transposed,
            LayerSteps::pool,
            LayerSteps::layerNorm,
            LayerSteps::softmax,
            LayerSteps::activation,
            LayerSteps::attention);

    private LayerSteps() {}

    private static Value binary(GraphGenerator g, BinaryFunction f, Value x, Value y) {
        return g.add(new Binary(f, x, y));
    }

    private static Value unary(GraphGenerator g, UnaryFunction f, Value x) {
        return g.add(new Unary(f, x));
    }

    /** {@code x} with deviation of about one, so that deep chains stay moderate. */
    private static Value damped(GraphGenerator g, Value x, double factor) {
        return g.chance(2) ? x : binary(g, BinaryFunction.MULTIPLY, x, g.scalar(x, factor));
    }

    private static void linear(GraphGenerator g) {
        Value x = g.pickFloat(1, 4);
        TensorType t = x.tensorType();
        if (!t.dim(t.rank() - 1).isConstant()) {
            throw GraphGenerator.refuse("a symbolic depth");
        }
        long out = g.size();
        Value w = g.weights(t.element(), t.dim(t.rank() - 1).constant(), out);
        if (g.chance(3)) {
            w = g.add(new Transpose(
                    g.weights(t.element(), out, t.dim(t.rank() - 1).constant()), List.of(1, 0)));
        }
        Value y = g.add(new MatMul(x, w));
        if (!g.chance(3)) {
            Value bias = g.weights(t.element(), g.chance(4) ? 1 : out);
            y = g.chance(2) ? binary(g, BinaryFunction.ADD, y, bias) : binary(g, BinaryFunction.ADD, bias, y);
        }
        epilogue(g, y, x);
    }

    /** An activation or none, and a residual where the shapes allow it. */
    private static void epilogue(GraphGenerator g, Value y, Value x) {
        Value[] last = {y};
        if (g.chance(2)) {
            g.attempt(h -> last[0] = activate(h, y));
        }
        if (g.chance(2)) {
            g.attempt(h -> {
                Value other = x.type().equals(y.type())
                        ? x
                        : h.pick(t -> t.element() == y.tensorType().element()
                                && t.rank() <= y.tensorType().rank());
                Value sum = binary(h, BinaryFunction.ADD, last[0], other);
                if (h.chance(3)) {
                    activate(h, sum);
                }
            });
        }
    }

    private static void activation(GraphGenerator g) {
        activate(g, g.pickFloat());
    }

    private static Value activate(GraphGenerator g, Value x) {
        return switch (g.random.nextInt(9)) {
            case 0 -> unary(g, UnaryFunction.RELU, x);
            case 1 -> binary(g, BinaryFunction.MULTIPLY, x, unary(g, UnaryFunction.SIGMOID, x));
            case 2 -> { // hard swish
                Value six = binary(g, BinaryFunction.ADD, x, g.scalar(x, 3));
                Value clipped = binary(
                        g, BinaryFunction.MIN, binary(g, BinaryFunction.MAX, six, g.scalar(x, 0)), g.scalar(x, 6));
                yield binary(g, BinaryFunction.MULTIPLY, x, binary(g, BinaryFunction.DIVIDE, clipped, g.scalar(x, 6)));
            }
            case 3 -> { // gelu with erf
                Value e = unary(g, UnaryFunction.ERF, binary(g, BinaryFunction.DIVIDE, x, g.scalar(x, Math.sqrt(2))));
                Value one = binary(g, BinaryFunction.ADD, e, g.scalar(x, 1));
                yield g.chance(2)
                        ? binary(
                                g,
                                BinaryFunction.MULTIPLY,
                                binary(g, BinaryFunction.MULTIPLY, x, one),
                                g.scalar(x, 0.5))
                        : binary(
                                g,
                                BinaryFunction.MULTIPLY,
                                binary(g, BinaryFunction.MULTIPLY, x, g.scalar(x, 0.5)),
                                one);
            }
            case 4 -> { // gelu with tanh
                Value cube = binary(g, BinaryFunction.MULTIPLY, x, binary(g, BinaryFunction.MULTIPLY, x, x));
                Value inner = binary(
                        g,
                        BinaryFunction.MULTIPLY,
                        binary(
                                g,
                                BinaryFunction.ADD,
                                x,
                                binary(g, BinaryFunction.MULTIPLY, cube, g.scalar(x, 0.044715))),
                        g.scalar(x, 0.7978845608028654));
                Value plus = binary(g, BinaryFunction.ADD, unary(g, UnaryFunction.TANH, inner), g.scalar(x, 1));
                yield binary(g, BinaryFunction.MULTIPLY, binary(g, BinaryFunction.MULTIPLY, x, g.scalar(x, 0.5)), plus);
            }
            case 5 -> { // leaky relu
                Value c = g.add(new Binary(BinaryFunction.MIN, x, g.scalar(x, 0)));
                yield binary(
                        g,
                        BinaryFunction.ADD,
                        unary(g, UnaryFunction.RELU, x),
                        binary(g, BinaryFunction.MULTIPLY, c, g.scalar(x, 0.1)));
            }
            case 6 -> unary(g, UnaryFunction.TANH, x);
            case 7 -> unary(g, UnaryFunction.SIGMOID, x);
            default -> binary(g, BinaryFunction.MAX, binary(g, BinaryFunction.MIN, x, g.scalar(x, 1)), g.scalar(x, -1));
        };
    }

    private static void matMul(GraphGenerator g) {
        Value x = g.pickFloat(1, 5);
        TensorType t = x.tensorType();
        if (g.chance(2) && t.rank() >= 2) {
            List<Integer> perm = new ArrayList<>();
            for (int i = 0; i < t.rank(); i++) {
                perm.add(i);
            }
            java.util.Collections.swap(perm, t.rank() - 1, t.rank() - 2);
            Value transposed = g.add(new Transpose(x, perm));
            Value y = g.add(g.chance(2) ? new MatMul(x, transposed) : new MatMul(transposed, x));
            epilogue(g, damped(g, y, 0.3), x);
            return;
        }
        Dim depth = t.dim(t.rank() - 1);
        Value other = g.pick(o -> o.element() == t.element()
                && o.rank() > 0
                && o.dim(Math.max(0, o.rank() - 2)).equals(depth));
        epilogue(g, g.add(new MatMul(x, other)), x);
    }

    /** {@code x} as {@code [batch, channels, spatial…]} with a known number of channels. */
    private static Value image(GraphGenerator g) {
        Value x = g.pickFloat(2, 5);
        TensorType t = x.tensorType();
        if (t.rank() == 2) {
            x = Steps.shaped(g, x, Dim.ONE, t.dim(0), t.dim(1));
        } else if (t.rank() == 3 && g.chance(2)) {
            x = Steps.shaped(g, x, Dim.ONE, t.dim(0), t.dim(1), t.dim(2));
        }
        if (!x.tensorType().dim(1).isConstant()) {
            if (!x.tensorType().dim(0).isConstant()) {
                throw GraphGenerator.refuse("symbolic channels");
            }
            List<Integer> perm = new ArrayList<>(
                    List.of(1, 0, 2, 3, 4).subList(0, x.tensorType().rank()));
            x = g.add(new Transpose(x, perm));
        }
        return x;
    }

    private static List<Long> longs(GraphGenerator g, int n, List<Long> from) {
        List<Long> all = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            all.add(g.pick(from));
        }
        return all;
    }

    private static List<Dim> pads(GraphGenerator g, int spatial) {
        return longs(g, 2 * spatial, g.chance(2) ? List.of(1L) : List.of(0L, 0L, 1L, 2L)).stream()
                .map(Dim::of)
                .toList();
    }

    private static void convolution(GraphGenerator g) {
        Value x = image(g);
        for (int i = g.random.nextInt(3); i >= 0; i--) {
            x = convolution(g, x);
        }
    }

    private static Value convolution(GraphGenerator g, Value x) {
        TensorType t = x.tensorType();
        int spatial = t.rank() - 2;
        long channels = t.dim(1).constant();
        long groups = 1;
        long out = g.size();
        if (g.chance(3)) {
            groups = channels; // depthwise
            out = channels * g.pick(List.of(1L, 1L, 2L));
        } else if (channels % 2 == 0 && channels > 0 && g.chance(3)) {
            groups = 2;
            out = 2 * g.size();
        }
        long[] w = new long[t.rank()];
        w[0] = out;
        w[1] = groups == 0 ? 0 : channels / groups;
        List<Long> kernel = longs(g, spatial, g.chance(3) ? List.of(1L) : List.of(1L, 2L, 3L, 3L, 3L, 5L));
        for (int i = 0; i < spatial; i++) {
            w[2 + i] = kernel.get(i);
        }
        Value y = g.add(new Conv(
                x,
                g.weights(t.element(), w),
                new Window(
                        longs(g, spatial, g.chance(2) ? List.of(1L) : List.of(1L, 2L, 3L)),
                        pads(g, spatial),
                        longs(g, spatial, g.chance(2) ? List.of(1L) : List.of(1L, 2L))),
                groups,
                ChannelLayout.CHANNELS_FIRST));
        y = biased(g, y, out);
        epilogue(g, damped(g, y, 0.3), x);
        return y;
    }

    /** A bias, or a normalization with known statistics. */
    private static Value biased(GraphGenerator g, Value y, long channels) {
        long[] dims = new long[y.tensorType().rank() - 1];
        java.util.Arrays.fill(dims, 1);
        dims[0] = channels;
        ElementType e = y.tensorType().element();
        if (g.chance(4)) {
            y = binary(g, BinaryFunction.MULTIPLY, y, g.constant(g.tensor(e, dims)));
        }
        return g.chance(4) ? y : binary(g, BinaryFunction.ADD, y, g.weights(e, dims));
    }

    private static void transposed(GraphGenerator g) {
        Value x = image(g);
        TensorType t = x.tensorType();
        int spatial = t.rank() - 2;
        long channels = t.dim(1).constant();
        long groups = g.chance(4) && channels % 2 == 0 ? 2 : g.chance(4) ? channels : 1;
        long[] w = new long[t.rank()];
        w[0] = channels;
        w[1] = 1L + g.random.nextInt(5);
        List<Long> strides = longs(g, spatial, List.of(1L, 2L, 2L, 3L));
        for (int i = 0; i < spatial; i++) {
            w[2 + i] = g.pick(List.of(1L, 2L, 3L, 4L));
        }
        Value y = g.add(new ConvTranspose(
                x,
                g.weights(t.element(), w),
                new TransposedWindow(
                        strides,
                        longs(g, 2 * spatial, List.of(0L, 0L, 1L)).stream()
                                .map(Dim::of)
                                .toList(),
                        longs(g, spatial, List.of(0L, 0L, g.chance(3) ? 1L : 0L)),
                        longs(g, spatial, List.of(1L, 1L, 2L))),
                groups,
                ChannelLayout.CHANNELS_FIRST));
        epilogue(g, biased(g, y, w[1] * groups), x);
    }

    private static void pool(GraphGenerator g) {
        Value x = g.chance(4) ? g.pick(t -> t.rank() >= 3 && t.rank() <= 5) : image(g);
        int spatial = x.tensorType().rank() - 2;
        g.add(new Pool(
                g.pick(List.of(PoolFunction.values())),
                x,
                longs(g, spatial, List.of(1L, 2L, 2L, 3L, 3L)),
                new Window(
                        longs(g, spatial, List.of(1L, 2L, 2L, 3L)),
                        pads(g, spatial),
                        longs(g, spatial, g.chance(3) ? List.of(1L, 2L) : List.of(1L))),
                g.chance(3),
                ChannelLayout.CHANNELS_FIRST));
    }

    private static void layerNorm(GraphGenerator g) {
        Value x = g.pickFloat(1, 4);
        TensorType t = x.tensorType();
        int axis = g.chance(4) ? g.random.nextInt(t.rank()) : t.rank() - 1;
        List<Integer> axes = new ArrayList<>(List.of(axis));
        if (g.chance(4) && axis > 0) {
            axes.addFirst(axis - 1);
        }
        Value mean = g.add(new Reduce(ReduceFunction.REDUCE_MEAN, x, axes, true));
        Value d = binary(g, BinaryFunction.SUBTRACT, x, mean);
        Value square = g.chance(2)
                ? binary(g, BinaryFunction.MULTIPLY, d, d)
                : binary(g, BinaryFunction.POW, d, g.scalar(d, 2));
        Value variance = g.add(new Reduce(ReduceFunction.REDUCE_MEAN, square, axes, true));
        Value root = unary(
                g, UnaryFunction.SQRT, binary(g, BinaryFunction.ADD, variance, g.scalar(x, g.chance(2) ? 1e-5 : 1e-2)));
        Value y = g.chance(2)
                ? binary(g, BinaryFunction.DIVIDE, d, root)
                : binary(g, BinaryFunction.MULTIPLY, d, unary(g, UnaryFunction.RECIPROCAL, root));
        if (t.dim(t.rank() - 1).isConstant() && !g.chance(3)) {
            long n = t.dim(t.rank() - 1).constant();
            y = binary(g, BinaryFunction.MULTIPLY, y, g.weights(t.element(), n));
            binary(g, BinaryFunction.ADD, y, g.weights(t.element(), n));
        }
    }

    private static void softmax(GraphGenerator g) {
        softmax(g, g.pickFloat(1, 5), g.chance(3));
    }

    private static Value softmax(GraphGenerator g, Value x, boolean otherAxis) {
        int rank = x.tensorType().rank();
        List<Integer> axes = List.of(otherAxis ? g.random.nextInt(rank) : rank - 1);
        Value e = unary(
                g,
                UnaryFunction.EXP,
                binary(g, BinaryFunction.SUBTRACT, x, g.add(new Reduce(ReduceFunction.REDUCE_MAX, x, axes, true))));
        Value sum = g.add(new Reduce(ReduceFunction.REDUCE_SUM, e, axes, true));
        if (g.chance(6)) {
            return unary(g, UnaryFunction.LOG, sum);
        }
        return binary(g, BinaryFunction.DIVIDE, e, sum);
    }

    private static void attention(GraphGenerator g) {
        Value x = g.pickFloat(2, 4);
        TensorType t = x.tensorType();
        if (t.rank() == 2) {
            x = Steps.shaped(g, x, Dim.ONE, t.dim(0), t.dim(1));
        } else if (t.rank() == 4) {
            x = Steps.shaped(g, x, t.dim(0).times(t.dim(1)), t.dim(2), t.dim(3));
        }
        t = x.tensorType();
        if (!t.dim(2).isConstant()) {
            throw GraphGenerator.refuse("a symbolic width");
        }
        long heads = g.pick(List.of(1L, 2L, 3L));
        long depth = g.pick(List.of(1L, 4L, 5L, 8L, 16L));
        long width = t.dim(2).constant();
        List<Value> projected = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Value p = g.add(new MatMul(x, g.constant(g.tensor(t.element(), width, heads * depth))));
            p = binary(g, BinaryFunction.MULTIPLY, p, g.scalar(p, 0.3));
            p = Steps.shaped(g, p, t.dim(0), t.dim(1), Dim.of(heads), Dim.of(depth));
            boolean keys = i == 1 && g.chance(2);
            p = g.add(new Transpose(p, keys ? List.of(0, 2, 3, 1) : List.of(0, 2, 1, 3)));
            projected.add(i == 1 && !keys ? g.add(new Transpose(p, List.of(0, 1, 3, 2))) : p);
        }
        Value scores = g.add(new MatMul(projected.get(0), projected.get(1)));
        scores = switch (g.random.nextInt(3)) {
            case 0 -> binary(g, BinaryFunction.DIVIDE, scores, g.scalar(scores, Math.sqrt(depth)));
            case 1 -> binary(g, BinaryFunction.MULTIPLY, scores, g.scalar(scores, 1 / Math.sqrt(depth)));
            default -> scores;
        };
        if (g.chance(2)) {
            Value ones = g.input(t.element(), Shape.of(g.chance(2) ? Dim.ONE : t.dim(0), Dim.ONE, Dim.ONE, t.dim(1)));
            scores = binary(g, BinaryFunction.ADD, scores, ones);
        } else if (g.chance(2)) {
            Value mask = g.input(ElementType.BOOL, Shape.of(Dim.ONE, Dim.ONE, t.dim(1), t.dim(1)));
            scores = g.add(new Select(mask, scores, g.scalar(scores, -100)));
        }
        Value mixed = g.add(new MatMul(softmax(g, scores, false), projected.get(2)));
        mixed = g.add(new Transpose(mixed, List.of(0, 2, 1, 3)));
        Value joined = Steps.shaped(g, mixed, t.dim(0), t.dim(1), Dim.of(heads * depth));
        epilogue(g, g.add(new MatMul(joined, g.constant(g.tensor(t.element(), heads * depth, width)))), x);
    }
}
