package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products of quantized numbers run as kernels, with the bits of the reference evaluator. */
class IntegerProductsTest {
    private static final Random RANDOM = new Random(11);

    private static Tensor bytes(ElementType e, long... dims) {
        Tensor t = Tensor.zeros(e, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, RANDOM.nextLong());
        }
        return t;
    }

    /** The numbers less a zero point for all, which is an input, or one for each of the last axis. */
    private static Value centered(Builder b, Value x, Value zero) {
        return b.subtract(b.cast(x, ElementType.I32), b.cast(zero, ElementType.I32));
    }

    /** What runs by its meaning. */
    private static List<Node> onHost(Graph graph) {
        CompileOptions options = CompileOptions.builder().build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        Graph target = PassManager.run(canonical, new JavaBackend().pipeline(options), options.passContext());
        return JavaBackend.plan(target).onHost();
    }

    private static void assertKernels(Graph graph) {
        assertThat(onHost(graph)).noneMatch(n -> n.op() instanceof Contraction);
    }

    private static void assertSameBits(Graph graph, List<Map<String, Tensor>> inputs) {
        ReferenceEvaluator reference = new ReferenceEvaluator(graph);
        try (Executable run = JavaBackendTest.compile(graph).load()) {
            for (Map<String, Tensor> in : inputs) {
                assertThat(run.call(in)).isEqualTo(reference.call(in));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "u8, i8, 384, 40",
        "u8, i8, 1536, 33",
        "u8, u8, 300, 5",
        "i8, u8, 7, 64",
        "i8, i8, 2100, 17",
        "u8, u8, 1, 1",
        "u4, i4, 129, 8",
    })
    void products(String left, String right, long depth, long columns) {
        ElementType x = ElementType.ofText(left).orElseThrow();
        ElementType w = ElementType.ofText(right).orElseThrow();
        Builder b = Builder.graph("product");
        Value a = b.input("a", TensorType.of(x, Shape.of(Dim.symbol("n"), Dim.of(depth))));
        Value zero = b.input("zero", TensorType.scalar(x));
        Value weights = b.constant(bytes(w, depth, columns));
        Value perColumn = centered(b, weights, b.constant(bytes(w, columns)));
        Value sum = b.matMul(centered(b, a, zero), perColumn);
        Value bias = b.constant(Tensor.scalar(ElementType.I32, -77));
        Value floats =
                b.cast(b.add(b.matMul(centered(b, a, zero), b.cast(weights, ElementType.I32)), bias), ElementType.F32);
        Graph graph = b.build(List.of(sum, floats), List.of("sum", "floats"));
        assertKernels(graph);
        assertSameBits(
                graph,
                java.util.stream.LongStream.of(1, 13, 0, 70)
                        .mapToObj(n -> Map.of("a", bytes(x, n, depth), "zero", bytes(x)))
                        .toList());
    }

    @ParameterizedTest
    @CsvSource({
        "u8, i8, 1, 6, 5, 2",
        "u8, u8, 2, 6, 4, 2",
        "i8, i8, 8, 8, 8, 2",
        "u8, i8, 1, 200, 3, 2",
        "i8, u8, 1, 5, 7, 1"
    })
    void convolutions(String left, String right, long groups, long channels, long out, int spatial) {
        ElementType x = ElementType.ofText(left).orElseThrow();
        ElementType w = ElementType.ofText(right).orElseThrow();
        Builder b = Builder.graph("convolution");
        Shape image = Shape.of(Dim.symbol("n"), Dim.of(channels), Dim.symbol("h"), Dim.of(9));
        Value a = b.input("a", TensorType.of(x, image.slice(0, 2 + spatial)));
        Value zero = b.input("zero", TensorType.scalar(x));
        long[] dims = spatial == 1 ? new long[] {out, channels / groups, 3} : new long[] {out, channels / groups, 3, 3};
        long[] zeros = spatial == 1 ? new long[] {out, 1, 1} : new long[] {out, 1, 1, 1};
        Value weights = centered(b, b.constant(bytes(w, dims)), b.constant(bytes(w, zeros)));
        Window window = new Window(
                Collections.nCopies(spatial, 1L),
                Collections.nCopies(2 * spatial, Dim.ONE),
                Collections.nCopies(spatial, 1L));
        Value y = b.add(new Conv(centered(b, a, zero), weights, window, groups, ChannelLayout.CHANNELS_FIRST));
        Graph graph = b.build(List.of(y), List.of("y"));
        assertKernels(graph);
        assertSameBits(
                graph,
                java.util.stream.LongStream.of(1, 5, 12)
                        .mapToObj(h -> {
                            long[] size = {2, channels, h, 9};
                            return Map.of("a", bytes(x, java.util.Arrays.copyOf(size, 2 + spatial)), "zero", bytes(x));
                        })
                        .toList());
    }

    /** What floats cannot hold in parts: depths that a run tells, computed operands, wide integers. */
    @ParameterizedTest
    @CsvSource({"u8, i8, 0, false", "u8, u8, 2000, false", "i16, i16, 300, true", "u8, u8, 20000, false"})
    void productsOfComputedOperands(String left, String right, long depth, boolean constant) {
        ElementType x = ElementType.ofText(left).orElseThrow();
        ElementType w = ElementType.ofText(right).orElseThrow();
        Builder b = Builder.graph("computed");
        Dim k = depth == 0 ? Dim.symbol("k") : Dim.of(depth);
        Value a = b.input("a", TensorType.of(x, Shape.of(Dim.of(2), Dim.symbol("m"), k)));
        Value y = constant
                ? b.constant(bytes(w, depth, 7))
                : b.input("y", TensorType.of(w, Shape.of(Dim.of(2), k, Dim.symbol("n"))));
        Value zero = b.input("zero", TensorType.scalar(x));
        Value sum = b.matMul(centered(b, a, zero), b.cast(y, ElementType.I32));
        Graph graph = b.build(List.of(sum), List.of("sum"));
        assertKernels(graph);
        long size = depth == 0 ? 333 : depth;
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        inputs.put("a", bytes(x, 2, 5, size));
        if (!constant) {
            inputs.put("y", bytes(w, 2, size, 9));
        }
        inputs.put("zero", bytes(x));
        assertSameBits(graph, List.of(inputs));
    }

    /** Any integers of 32 bits, whose sums wrap around, and vectors in the place of matrices. */
    @ParameterizedTest
    @CsvSource({"255, 255, 700", "4000, 4000, 90", "70000, 70000, 33", "2147483647, 2147483647, 40", "16777216, 1, 50"})
    void productsOfAnyIntegers(int most, int other, long depth) {
        Builder b = Builder.graph("any");
        Dim k = Dim.symbol("k");
        Value x = b.input("x", TensorType.of(ElementType.I32, Shape.of(Dim.symbol("n"), Dim.symbol("m"), k)));
        Value y = b.input("y", TensorType.of(ElementType.I32, Shape.of(k, Dim.of(37))));
        Value v = b.input("v", TensorType.of(ElementType.I32, Shape.of(k)));
        List<Value> products = List.of(b.matMul(x, y), b.matMul(x, v), b.matMul(v, y), b.matMul(v, v));
        Graph graph = b.build(products, List.of("xy", "xv", "vy", "vv"));
        assertKernels(graph);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        inputs.put("x", upTo(most, 3, 17, depth));
        inputs.put("y", upTo(other, depth, 37));
        inputs.put("v", upTo(other, depth));
        assertSameBits(graph, List.of(inputs));
    }

    private static Tensor upTo(int most, long... dims) {
        Tensor t = Tensor.zeros(ElementType.I32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, RANDOM.nextLong(-(long) most - 1, most + 1L));
        }
        return t;
    }

    /** Attention on bytes: scores of a known depth, and values of a depth that a run tells. */
    @Test
    void attentionOnIntegers() {
        Builder b = Builder.graph("attention");
        Shape heads = Shape.of(Dim.symbol("n"), Dim.of(4), Dim.symbol("s"), Dim.of(32));
        Value q = b.input("q", TensorType.of(ElementType.U8, heads));
        Value k = b.input("k", TensorType.of(ElementType.U8, heads));
        Value v = b.input("v", TensorType.of(ElementType.U8, heads));
        Value zero = b.constant(Tensor.scalar(ElementType.U8, 128));
        Value scale = b.constant(Tensor.scalar(0x1p-6f));
        Value scores = b.multiply(
                b.cast(
                        b.matMul(centered(b, q, zero), b.transpose(centered(b, k, zero), List.of(0, 1, 3, 2))),
                        ElementType.F32),
                b.constant(Tensor.scalar(0x1p-12f)));
        Value p = b.add(new Quantize(scores, scale, Optional.of(zero), ElementType.U8, ElementType.F32, 0, 0, true));
        Value y = b.multiply(b.cast(b.matMul(centered(b, p, zero), centered(b, v, zero)), ElementType.F32), scale);
        Graph graph = b.build(List.of(y), List.of("y"));
        assertThat(onHost(graph)).isEmpty();
        assertThat(String.join("\n", JavaBackendTest.compile(graph).sources().values()))
                .contains("new NumberProduct(ElementType.I32)")
                .doesNotContain("new NumberProduct(ElementType.F64)");
        for (long s : new long[] {1, 40, 700}) {
            Map<String, Tensor> inputs = new LinkedHashMap<>();
            for (String name : List.of("q", "k", "v")) {
                inputs.put(name, bytes(ElementType.U8, 2, 4, s, 32));
            }
            assertSameBits(graph, List.of(inputs));
        }
    }

    /** Groups too deep for one sum of floats, many taps, and filters that are an input. */
    @ParameterizedTest
    @CsvSource({
        "2, 400, 4, 3, true",
        "3, 3, 6, 17, true",
        "1, 6, 5, 3, false",
        "2, 800, 4, 3, false",
        "4, 4, 4, 2, false"
    })
    void convolutionsInDoublesOrByComputedFilters(long groups, long channels, long out, long kernel, boolean constant) {
        Builder b = Builder.graph("convolution");
        Shape image = Shape.of(Dim.symbol("n"), Dim.of(channels), Dim.symbol("h"), Dim.of(20));
        Value a = b.input("a", TensorType.of(ElementType.U8, image));
        long[] dims = {out, channels / groups, kernel, kernel};
        Tensor filters = bytes(ElementType.U8, dims);
        for (long i = 0; i < filters.size(); i++) {
            filters.setLong(i, 200 + RANDOM.nextInt(56));
        }
        Value w = constant ? b.constant(filters) : b.input("w", filters.type());
        Value zero = b.constant(Tensor.scalar(ElementType.U8, 3));
        Window window = new Window(List.of(1L, 2L), Collections.nCopies(4, Dim.ONE), List.of(1L, 1L));
        Value y = b.add(new Conv(
                centered(b, a, zero), b.cast(w, ElementType.I32), window, groups, ChannelLayout.CHANNELS_FIRST));
        Graph graph = b.build(List.of(y), List.of("y"));
        assertKernels(graph);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        inputs.put("a", bytes(ElementType.U8, 2, channels, 18, 20));
        if (!constant) {
            inputs.put("w", filters);
        }
        assertSameBits(graph, List.of(inputs));
    }

    /** Convolutions of floats by filters that are an input. */
    @ParameterizedTest
    @CsvSource({"1, 6, 5", "3, 6, 9", "4, 4, 4"})
    void floatsByComputedFilters(long groups, long channels, long out) {
        Builder b = Builder.graph("convolution");
        Value a = b.input("a", TensorType.of(ElementType.F32, Shape.of(1, channels, 9, 8)));
        Value w = b.input("w", TensorType.of(ElementType.F32, Shape.of(out, channels / groups, 3, 3)));
        Window window = new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ONE), List.of(1L, 1L));
        Value y = b.relu(b.add(new Conv(a, w, window, groups, ChannelLayout.CHANNELS_FIRST)));
        Graph graph = b.build(List.of(y), List.of("y"));
        assertKernels(graph);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        inputs.put("a", integers(1, channels, 9, 8));
        inputs.put("w", integers(out, channels / groups, 3, 3));
        assertSameBits(graph, List.of(inputs));
    }

    private static Tensor integers(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, RANDOM.nextInt(41) - 20);
        }
        return t;
    }

    /** Numbers of 4 and 2 bits that are computed and gathered, in blocks too. */
    @ParameterizedTest
    @CsvSource({"u4, 32", "i4, 32", "i4, 7", "u2, 32", "i2, 32"})
    void smallIntegers(String type, long columns) {
        ElementType e = ElementType.ofText(type).orElseThrow();
        Builder b = Builder.graph("small");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(columns))));
        Value i = b.input("i", TensorType.of(ElementType.I64, Shape.of(Dim.symbol("n"))));
        Value scale = b.constant(Tensor.scalar(0x1p-2f));
        Value zero = b.constant(Tensor.scalar(e, 1));
        Value q = b.add(new Quantize(x, scale, Optional.of(zero), e, ElementType.F32, 0, 0, true));
        Value d = b.add(new Dequantize(q, scale, Optional.of(zero), ElementType.F32, 0, 0));
        Value table = b.add(new Dequantize(
                b.constant(bytes(e, 50, columns)),
                b.constant(integers(50, (columns + 15) / 16)),
                Optional.of(b.constant(bytes(e, 50, (columns + 15) / 16))),
                ElementType.F32,
                1,
                16));
        Value y = b.add(d, b.gather(table, i, 0));
        Graph graph = b.build(List.of(y), List.of("y"));
        assertThat(onHost(graph)).isEmpty();
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        inputs.put("x", integers(4, columns));
        inputs.put("i", Tensor.of(new long[] {3, -1, 49, 0}, 4));
        assertSameBits(graph, List.of(inputs));
    }

    /** Dequantized operands, and a quantized result that the next product takes; the scales are powers of two. */
    @Test
    void dequantizedProductsInARow() {
        Builder b = Builder.graph("row");
        Value x = b.input("x", TensorType.of(ElementType.U8, Shape.of(Dim.symbol("n"), Dim.of(48))));
        Value scale = b.constant(Tensor.scalar(0x1p-6f));
        Value zero = b.constant(Tensor.scalar(ElementType.U8, 131));
        Value y = x;
        for (int layer = 0; layer < 3; layer++) {
            Tensor scales = Tensor.zeros(ElementType.F32, 48);
            for (long i = 0; i < 48; i++) {
                scales.setDouble(i, i % 2 == 0 ? 0x1p-7 : 0x1p-8);
            }
            Value w = b.add(new Dequantize(
                    b.constant(bytes(ElementType.I8, 48, 48)),
                    b.constant(scales),
                    Optional.empty(),
                    ElementType.F32,
                    1,
                    0));
            Value a = b.add(new Dequantize(y, scale, Optional.of(zero), ElementType.F32, 0, 0));
            y = b.add(new Quantize(
                    b.relu(b.matMul(a, w)), scale, Optional.of(zero), ElementType.U8, ElementType.F32, 0, 0, true));
        }
        Graph graph = b.build(List.of(y), List.of("y"));
        assertKernels(graph);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        inputs.put("x", bytes(ElementType.U8, 5, 48));
        assertSameBits(graph, List.of(inputs));
    }
}
