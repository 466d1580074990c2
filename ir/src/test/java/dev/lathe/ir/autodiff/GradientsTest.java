package dev.lathe.ir.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

@DisplayName("derivatives are those of finite differences")
class GradientsTest {
    private static final ElementType F64 = ElementType.F64;
    private static final double STEP = 1e-5;

    /** A function of tensors of the given shapes with elements between {@code low} and {@code high}. */
    private record Case(
            String name,
            double low,
            double high,
            List<long[]> shapes,
            List<Integer> open,
            BiFunction<Builder, List<Value>, Value> f) {
        Case between(double newLow, double newHigh) {
            return new Case(name, newLow, newHigh, shapes, open, f);
        }

        /** With these axes of the first input known only when it runs. */
        Case open(Integer... axes) {
            return new Case(name + " open", low, high, shapes, List.of(axes), f);
        }

        TensorType type(int input) {
            Shape shape = Shape.of(shapes.get(input));
            if (input == 0) {
                for (int axis : open) {
                    shape = shape.with(axis, Dim.symbol("d" + axis));
                }
            }
            return new TensorType(F64, shape);
        }
    }

    private static Case of(String name, BiFunction<Builder, List<Value>, Value> f, long[]... shapes) {
        return new Case(name, -0.9, 0.9, List.of(shapes), List.of(), f);
    }

    private static long[] dims(long... dims) {
        return dims;
    }

    private static Window window(long stride, long pad, long more, long dilation) {
        Dim p = Dim.of(pad);
        return new Window(List.of(stride, stride), List.of(p, p, p, Dim.of(pad + more)), List.of(dilation, dilation));
    }

    private static Case pad(PadMode mode) {
        return of(
                "pad " + mode,
                (b, x) -> b.add(new Pad(
                        x.get(0),
                        Optional.empty(),
                        List.of(Dim.of(2), Dim.ZERO, Dim.ONE),
                        List.of(Dim.of(3), Dim.ZERO, Dim.of(2)),
                        mode)),
                dims(4, 3, 3));
    }

    private static Case pool(PoolFunction f, long stride, long pad, boolean ceil, ChannelLayout layout) {
        return of(
                f + " " + stride + " " + pad + " " + ceil + " " + layout,
                (b, x) -> b.add(new Pool(f, x.get(0), List.of(3L, 2L), window(stride, pad, 0, 1), ceil, layout)),
                layout == ChannelLayout.CHANNELS_FIRST ? dims(1, 2, 6, 5) : dims(1, 6, 5, 2));
    }

    private static Case conv(long stride, long pad, long dilation, long groups, ChannelLayout layout) {
        return of(
                "conv " + stride + " " + pad + " " + dilation + " " + groups + " " + layout,
                (b, x) -> b.add(new Conv(x.get(0), x.get(1), window(stride, pad, 1, dilation), groups, layout)),
                layout == ChannelLayout.CHANNELS_FIRST ? dims(2, 4, 6, 7) : dims(2, 6, 7, 4),
                dims(6, 4 / groups, 3, 2));
    }

    private static Case convTranspose(long stride, long pad, long output, long groups, ChannelLayout layout) {
        Dim p = Dim.of(pad);
        TransposedWindow window = new TransposedWindow(
                List.of(stride, stride), List.of(p, p, p, p), List.of(output, output), List.of(1L, 1L));
        return of(
                "conv_transpose " + stride + " " + pad + " " + output + " " + groups + " " + layout,
                (b, x) -> b.add(new ConvTranspose(x.get(0), x.get(1), window, groups, layout)),
                layout == ChannelLayout.CHANNELS_FIRST ? dims(1, 4, 3, 4) : dims(1, 3, 4, 4),
                dims(4, 6 / groups, 3, 3));
    }

    private static Case resize(ResizeMode mode, CoordinateMode coordinates, boolean antialias, long... to) {
        return of(
                "resize " + mode + " " + coordinates + " " + antialias,
                (b, x) -> b.add(new Resize(
                        x.get(0),
                        Optional.empty(),
                        Optional.empty(),
                        Shape.of(to),
                        mode,
                        coordinates,
                        NearestMode.ROUND_PREFER_FLOOR,
                        -0.75,
                        false,
                        0,
                        antialias)),
                dims(2, 5, 4));
    }

    private static Value longs(Builder b, long... values) {
        return b.constant(Tensor.vector(values));
    }

    private static Stream<Case> unary() {
        return Stream.of(UnaryFunction.values())
                .filter(f -> switch (f) {
                    case NOT, BIT_NOT, IS_NAN -> false;
                    default -> true;
                })
                .map(f -> {
                    Case c = of(f.mnemonic(), (b, x) -> b.unary(f, x.get(0)), dims(7));
                    return switch (f) {
                        case LOG, SQRT, RECIPROCAL -> c.between(0.2, 2);
                        case ACOSH -> c.between(1.2, 3);
                        default -> c;
                    };
                });
    }

    private static Stream<Case> binary() {
        return Stream.of(
                        BinaryFunction.ADD,
                        BinaryFunction.SUBTRACT,
                        BinaryFunction.MULTIPLY,
                        BinaryFunction.DIVIDE,
                        BinaryFunction.POW,
                        BinaryFunction.MIN,
                        BinaryFunction.MAX,
                        BinaryFunction.MOD,
                        BinaryFunction.FMOD)
                .flatMap(f -> Stream.of(
                        of(f.mnemonic(), (b, x) -> b.binary(f, x.get(0), x.get(1)), dims(2, 3), dims(2, 3))
                                .between(0.3, 2),
                        of(
                                        f.mnemonic() + " broadcast",
                                        (b, x) -> b.binary(f, x.get(0), x.get(1)),
                                        dims(4, 1),
                                        dims(2, 1, 3))
                                .between(0.3, 2)));
    }

    private static Stream<Case> reduce() {
        return Stream.of(ReduceFunction.values())
                .flatMap(f -> Stream.of(
                        of(f + " all", (b, x) -> b.reduce(f, x.get(0), List.of(0, 1, 2), false), dims(2, 3, 2)),
                        of(f + " middle", (b, x) -> b.reduce(f, x.get(0), List.of(1), true), dims(2, 3, 2)),
                        of(f + " outer", (b, x) -> b.reduce(f, x.get(0), List.of(0, 2), false), dims(2, 3, 2))));
    }

    private static Stream<Case> others() {
        ChannelLayout first = ChannelLayout.CHANNELS_FIRST;
        ChannelLayout last = ChannelLayout.CHANNELS_LAST;
        return Stream.of(
                of("matrix", (b, x) -> b.matMul(x.get(0), x.get(1)), dims(2, 3), dims(3, 4)),
                of("batches", (b, x) -> b.matMul(x.get(0), x.get(1)), dims(2, 1, 2, 3), dims(4, 3, 2)),
                of("row", (b, x) -> b.matMul(x.get(0), x.get(1)), dims(3), dims(2, 3, 4)),
                of("column", (b, x) -> b.matMul(x.get(0), x.get(1)), dims(2, 4, 3), dims(3)),
                of("dot", (b, x) -> b.matMul(x.get(0), x.get(1)), dims(3), dims(3)),
                of(
                        "select",
                        (b, x) -> b.select(b.compare(Comparison.LESS, x.get(0), x.get(1)), x.get(0), b.exp(x.get(1))),
                        dims(2, 3),
                        dims(3)),
                of("cast", (b, x) -> b.cast(b.cast(x.get(0), ElementType.F64), F64), dims(3)),
                of("integers", (b, x) -> b.cast(b.cast(x.get(0), ElementType.I32), F64), dims(3)),
                of("reshape", (b, x) -> b.reshape(x.get(0), Shape.of(3, 4)), dims(2, 6)),
                of("transpose", (b, x) -> b.transpose(x.get(0), List.of(2, 0, 1)), dims(2, 3, 4)),
                of("broadcast", (b, x) -> b.broadcast(x.get(0), Shape.of(4, 2, 3)), dims(2, 1)),
                of("slice", (b, x) -> b.slice(x.get(0), 1, Dim.of(1), Dim.of(3)), dims(2, 5)),
                of(
                        "slice with steps",
                        (b, x) -> b.add(new Slice(
                                x.get(0),
                                List.of(Dim.of(1), Dim.ZERO),
                                List.of(Dim.of(2), Dim.of(3)),
                                List.of(3L, 2L))),
                        dims(6, 5)),
                of("concat", (b, x) -> b.concat(List.of(x.get(0), x.get(1), x.get(0)), 1), dims(2, 1), dims(2, 3)),
                of(
                        "pad",
                        (b, x) -> b.add(new Pad(
                                x.get(0),
                                Optional.of(b.reduce(ReduceFunction.REDUCE_SUM, x.get(1), List.of(0), false)),
                                List.of(Dim.of(1), Dim.ZERO),
                                List.of(Dim.of(2), Dim.of(1)),
                                PadMode.CONSTANT)),
                        dims(2, 3),
                        dims(1)),
                of("gather", (b, x) -> b.gather(x.get(0), longs(b, 2, 0, -1, 0), 1), dims(2, 3, 2)),
                of(
                        "gather_elements",
                        (b, x) ->
                                b.add(new GatherElements(x.get(0), b.reshape(longs(b, 1, 0, 1, 1), Shape.of(2, 2)), 1)),
                        dims(2, 3)),
                of(
                        "gather_nd",
                        (b, x) ->
                                b.add(new GatherNd(x.get(0), b.reshape(longs(b, 1, 0, 1, 0, 0, 2), Shape.of(3, 2)), 0)),
                        dims(2, 3, 2)),
                of(
                        "scatter_elements",
                        (b, x) -> b.add(
                                new ScatterElements(x.get(0), longs(b, 3, 0), x.get(1), 0, ScatterReduction.NONE)),
                        dims(4),
                        dims(2)),
                of(
                        "scatter_elements add",
                        (b, x) ->
                                b.add(new ScatterElements(x.get(0), longs(b, 3, 3), x.get(1), 0, ScatterReduction.ADD)),
                        dims(4),
                        dims(2)),
                of(
                        "scatter_nd",
                        (b, x) -> b.add(new ScatterNd(
                                x.get(0), b.reshape(longs(b, 2, 0), Shape.of(2, 1)), x.get(1), ScatterReduction.NONE)),
                        dims(3, 2),
                        dims(2, 2)),
                of(
                        "top_k",
                        (b, x) -> b.addAll(new TopK(x.get(0), Dim.of(2), 1, true, true), List.of("v", "i"))
                                .getFirst(),
                        dims(2, 4)),
                of(
                        "cum_sum",
                        (b, x) -> b.add(new Cumulative(CumulativeFunction.CUM_SUM, x.get(0), 1, true, false)),
                        dims(2, 4)),
                conv(1, 0, 1, 1, first),
                conv(2, 1, 1, 1, first),
                conv(2, 1, 2, 2, first),
                conv(1, 1, 1, 2, last),
                conv(2, 1, 1, 2, first).open(0, 2, 3),
                conv(1, 0, 2, 1, last).open(1, 2),
                convTranspose(1, 0, 0, 1, first),
                convTranspose(2, 1, 1, 1, first),
                convTranspose(2, 0, 1, 2, last),
                convTranspose(2, 1, 1, 1, first).open(2, 3),
                of("determinant", (b, x) -> b.add(new Determinant(x.get(0))), dims(2, 3, 3))
                        .open(0),
                of("determinant of one number", (b, x) -> b.add(new Determinant(x.get(0))), dims(2, 1, 1)),
                pad(PadMode.REFLECT),
                pad(PadMode.EDGE),
                pad(PadMode.WRAP),
                pad(PadMode.WRAP).open(0, 1),
                of(
                        "slice backwards",
                        (b, x) -> b.add(new Slice(
                                x.get(0),
                                List.of(Dim.of(6), Dim.ZERO),
                                List.of(Dim.of(3), Dim.of(2)),
                                List.of(-2L, 1L))),
                        dims(8, 3)),
                pool(PoolFunction.MAX_POOL, 2, 1, false, first),
                pool(PoolFunction.MAX_POOL, 1, 0, false, last),
                pool(PoolFunction.AVERAGE_POOL, 2, 1, false, first),
                pool(PoolFunction.AVERAGE_POOL, 2, 1, true, last),
                pool(PoolFunction.AVERAGE_POOL_PADDED, 2, 1, true, first),
                pool(PoolFunction.SUM_POOL, 1, 0, false, first),
                resize(ResizeMode.NEAREST, CoordinateMode.ASYMMETRIC, false, 2, 8, 3),
                resize(ResizeMode.LINEAR, CoordinateMode.HALF_PIXEL, false, 2, 8, 3),
                resize(ResizeMode.LINEAR, CoordinateMode.ALIGN_CORNERS, false, 2, 3, 7),
                resize(ResizeMode.CUBIC, CoordinateMode.HALF_PIXEL, false, 2, 7, 9),
                resize(ResizeMode.LINEAR, CoordinateMode.HALF_PIXEL, true, 2, 3, 2),
                of("softmax", (b, x) -> b.add(new Softmax(x.get(0), 1)), dims(2, 4)),
                of("gelu", (b, x) -> b.add(new Gelu(x.get(0), false)), dims(5)),
                of(
                        "layer_norm",
                        (b, x) -> b.add(new LayerNorm(x.get(0), Optional.of(x.get(1)), Optional.of(x.get(2)), 1, 1e-5)),
                        dims(2, 4),
                        dims(4),
                        dims(4)),
                of(
                        "attention",
                        (b, x) -> b.add(
                                new ScaledDotProductAttention(x.get(0), x.get(1), x.get(2), Optional.empty(), 0.5)),
                        dims(1, 2, 3, 4),
                        dims(1, 2, 5, 4),
                        dims(1, 2, 5, 2)),
                of(
                        "diamond",
                        (b, x) -> {
                            Value t = b.unary(UnaryFunction.TANH, x.get(0));
                            return b.add(b.multiply(t, b.exp(t)), b.multiply(x.get(0), t));
                        },
                        dims(2, 2)));
    }

    @TestFactory
    Stream<DynamicTest> cases() {
        return Stream.of(unary(), binary(), reduce(), others())
                .flatMap(s -> s)
                .map(c -> dynamicTest(c.name, () -> check(c)));
    }

    private static void check(Case c) {
        Random random = new Random(c.name.hashCode());
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        Builder b = Builder.graph("g");
        List<Value> xs = new ArrayList<>();
        for (int i = 0; i < c.shapes.size(); i++) {
            Tensor t = Tensor.zeros(F64, c.shapes.get(i));
            for (long e = 0; e < t.size(); e++) {
                t.setDouble(e, c.low + (c.high - c.low) * random.nextDouble());
            }
            inputs.put("x" + i, t);
            xs.add(b.input("x" + i, c.type(i)));
        }
        Value y = c.f.apply(b, xs);
        // Each element counts for something else, so that no two can be mistaken for each other.
        Value places = b.cast(
                b.reshape(
                        b.iota(y.tensorType().shape().elements()),
                        y.tensorType().shape()),
                F64);
        Value weighted = b.multiply(y, b.unary(UnaryFunction.COS, places));
        List<Integer> axes = IntStream.range(0, y.tensorType().rank()).boxed().toList();
        Value loss = b.reduce(ReduceFunction.REDUCE_SUM, weighted, axes, false);
        List<Value> outputs = new ArrayList<>(List.of(loss));
        outputs.addAll(Gradients.of(b, loss, xs));
        List<String> names = new ArrayList<>(List.of("loss"));
        inputs.keySet().forEach(n -> names.add("d" + n));
        Graph g = b.build(outputs, names);
        Verifier.require(g);
        ReferenceEvaluator run = new ReferenceEvaluator(g);
        Map<String, Tensor> exact = run.call(inputs);
        inputs.forEach((name, x) -> {
            Tensor d = Tensor.named(exact, "d" + name);
            assertThat(d.type()).as("d" + name).isEqualTo(x.type());
            for (long e = 0; e < x.size(); e++) {
                double up = loss(run, inputs, name, e, STEP);
                double down = loss(run, inputs, name, e, -STEP);
                assertThat(d.getDouble(e))
                        .as("derivative %d with respect to %s", e, name)
                        .isCloseTo((up - down) / (2 * STEP), within(1e-4));
            }
        });
    }

    private static double loss(ReferenceEvaluator run, Map<String, Tensor> inputs, String name, long e, double step) {
        Map<String, Tensor> moved = new LinkedHashMap<>(inputs);
        Tensor from = Tensor.named(inputs, name);
        Tensor x = Tensor.zeros(F64, from.dims());
        for (long i = 0; i < x.size(); i++) {
            x.setDouble(i, from.getDouble(i));
        }
        x.setDouble(e, x.getDouble(e) + step);
        moved.put(name, x);
        return Tensor.named(run.call(moved), "loss").getDouble(0);
    }

    @Test
    void whatItDoesNotDependOnHasZeros() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(F64, 2));
        Value z = b.input("z", TensorType.of(F64, 3));
        Graph g = b.build(Gradients.of(b, b.exp(x), List.of(x, z)), List.of("dx", "dz"));
        Map<String, Tensor> d = new ReferenceEvaluator(g)
                .call(Map.of("x", Tensor.of(new double[] {0, 1}, 2), "z", Tensor.zeros(F64, 3)));
        assertThat(Tensor.named(d, "dx").getDouble(1)).isCloseTo(Math.E, within(1e-12));
        assertThat(Tensor.named(d, "dz").getDouble(2)).isZero();
    }

    @Test
    void whatHasNoneSaysWhy() {
        Builder b = Builder.graph("g");
        Dim n = Dim.symbol("n");
        Value x = b.input("x", new TensorType(F64, Shape.of(n, n)));
        assertThatThrownBy(() -> Gradients.of(b, b.add(new Determinant(x)), List.of(x)))
                .isInstanceOf(InvalidOpException.class)
                .hasMessage("the derivative of determinant is not known: it needs the determinants of all minors, and"
                        + " how many there are is open");
    }
}
