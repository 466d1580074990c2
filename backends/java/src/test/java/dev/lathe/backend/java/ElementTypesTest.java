package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Elementwise kernels of all element types against the reference, bit by bit, and without a step on the host. */
class ElementTypesTest {
    private static final int[] SIZES = {1, 7, 8, 16, 33, 500};

    private static final double[] EDGES = {
        0,
        -0.0,
        0.5,
        -0.5,
        1.5,
        2.5,
        -1.5,
        0.1,
        1,
        -1,
        3,
        127,
        128,
        -128,
        -129,
        255,
        256,
        300.7,
        32767,
        32768,
        65503,
        65504,
        65519,
        65520,
        65535,
        65536,
        70000,
        0x1p-14,
        0x1.ffep-15,
        0x1p-24,
        0x1p-25,
        0x1.8p-25,
        0x1p-133,
        0x1.8p-134,
        0x1.01p0,
        0x1.018p0,
        0x1.008p0,
        16777217,
        2147483520,
        2147483647,
        2147483648.0,
        -2147483648.0,
        -2147483904.0,
        4294967295.0,
        4294967296.0,
        4294967552.0,
        0x1.234568p40,
        -0x1.234568p40,
        0x1.fffffep50,
        0x1p62,
        0x1p63,
        -0x1p63,
        0x1.8p63,
        0x1p64,
        1e30,
        -1e30,
        3.4e38,
        1e300,
        5e-324,
        448,
        464,
        57344,
        61440,
        0x1.fp-7,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY
    };

    static Stream<ElementType> types() {
        return Arrays.stream(ElementType.values()).filter(t -> Kind.of(t).isPresent());
    }

    /** Numbers that are special for some type, then random bits. */
    private static Tensor numbers(ElementType type, int n, Random random) {
        Tensor t = Tensor.zeros(type, n);
        for (int i = 0; i < n; i++) {
            int k = n < EDGES.length ? random.nextInt(2 * EDGES.length) : i;
            if (k >= EDGES.length) {
                t.setBits(i, type.isBool() ? random.nextInt(2) : random.nextLong() >>> 64 - type.bits());
            } else if (type.isInteger()) {
                t.setLong(i, (long) EDGES[k]);
            } else {
                t.setDouble(i, EDGES[k]);
            }
        }
        return t;
    }

    private static void assertBits(Graph graph, Map<String, Tensor> inputs, Executable run) {
        Map<String, Tensor> actual = run.call(inputs);
        new ReferenceEvaluator(graph).call(inputs).forEach((name, expected) -> {
            Tensor a = Tensor.named(actual, name);
            assertThat(a.type()).isEqualTo(expected.type());
            for (long i = 0; i < expected.size(); i++) {
                boolean nan = expected.element().isFloat() && Double.isNaN(expected.getDouble(i));
                if (nan ? !Double.isNaN(a.getDouble(i)) : a.getBits(i) != expected.getBits(i)) {
                    assertThat(a.elementText(i))
                            .as(name + " at " + i + " of " + expected.size() + ", operands " + row(inputs, i))
                            .isEqualTo(expected.elementText(i));
                }
            }
        });
    }

    private static String row(Map<String, Tensor> inputs, long i) {
        List<String> all = new ArrayList<>();
        inputs.forEach((name, t) -> all.add(name + "=" + (i < t.size() ? t.elementText(i) : "…")));
        return all.toString();
    }

    private static void assertKernelsAlone(JavaArtifact artifact) {
        assertThat(artifact.sources().values()).noneMatch(text -> text.contains("OpStep"));
    }

    private static Value input(Builder b, String name, ElementType type) {
        return b.input(name, TensorType.of(type, Shape.of(Dim.symbol("n"))));
    }

    @ParameterizedTest
    @MethodSource("types")
    void castsToEveryType(ElementType from) {
        Builder b = Builder.graph("casts");
        Value x = input(b, "x", from);
        List<Value> results = new ArrayList<>();
        List<String> names = new ArrayList<>();
        types().forEach(to -> {
            results.add(b.add(new Cast(x, to, true)));
            names.add("to_" + to.text());
            if (to.isFloat() && to.bits() == 8) {
                results.add(b.add(new Cast(x, to, false)));
                names.add("to_" + to.text() + "_unsaturated");
            }
        });
        assertBits(b.build(results, names), SIZES, Map.of("x", from));
    }

    private static void assertBits(Graph graph, int[] sizes, Map<String, ElementType> types) {
        Random random = new Random(3);
        JavaArtifact artifact = JavaBackendTest.compile(graph);
        assertKernelsAlone(artifact);
        try (Executable run = artifact.load()) {
            for (int n : sizes) {
                Map<String, Tensor> inputs = new TreeMap<>();
                types.forEach((name, type) -> inputs.put(name, numbers(type, n, random)));
                assertBits(graph, inputs, run);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void exactFunctionsOfEveryType(ElementType type) {
        Builder b = Builder.graph("functions");
        Value x = input(b, "x", type);
        Value y = input(b, "y", type);
        Value c = input(b, "c", ElementType.BOOL);
        List<Value> results = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (UnaryFunction f : UnaryFunction.values()) {
            Unary op = new Unary(f, x);
            // The sign of zero is no part of relu.
            boolean sign = f == UnaryFunction.RELU && type.isFloat();
            if (isValid(op, type) && op.tolerance() == Tolerance.EXACT && !sign) {
                results.add(b.add(op));
                names.add(f.mnemonic());
            }
        }
        for (BinaryFunction f : BinaryFunction.values()) {
            boolean division = f == BinaryFunction.DIVIDE || f == BinaryFunction.MOD || f == BinaryFunction.FMOD;
            Value divisor = division && type.isInteger() ? b.binary(BinaryFunction.BIT_OR, y, b.scalar(y, 1)) : y;
            Binary op = new Binary(f, x, divisor);
            boolean rounded = f == BinaryFunction.POW && type.isFloat();
            if (isValid(f, type) && !rounded) {
                results.add(b.add(op));
                names.add(f.mnemonic());
            }
        }
        for (Comparison f : Comparison.values()) {
            results.add(b.add(new Compare(f, x, y)));
            names.add(f.mnemonic());
        }
        results.add(b.add(new Select(c, x, y)));
        names.add("select");
        assertBits(b.build(results, names), SIZES, Map.of("x", type, "y", type, "c", ElementType.BOOL));
    }

    /** Over the rows, over the columns and over all, also where there is nothing. */
    @ParameterizedTest
    @MethodSource("types")
    void reductionsOfEveryType(ElementType type) {
        Builder b = Builder.graph("reductions");
        Value x = b.input("x", TensorType.of(type, Shape.of(Dim.symbol("n"), Dim.of(3), Dim.of(5))));
        List<Value> results = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (ReduceFunction f : ReduceFunction.values()) {
            boolean extremum = f == ReduceFunction.REDUCE_MIN || f == ReduceFunction.REDUCE_MAX;
            boolean exact = extremum || type != ElementType.F32;
            if (exact && (type.isNumeric() || extremum)) {
                for (List<Integer> axes :
                        List.of(List.of(0), List.of(1), List.of(2), List.of(0, 1, 2), List.of(0, 2))) {
                    results.add(b.reduce(f, x, axes, false));
                    names.add(f.mnemonic() + axes.toString().replaceAll("\\D", ""));
                }
            }
        }
        Graph graph = b.build(results, names);
        JavaArtifact artifact = JavaBackendTest.compile(graph);
        assertKernelsAlone(artifact);
        Random random = new Random(9);
        try (Executable run = artifact.load()) {
            for (int n : new int[] {0, 1, 4, 700}) {
                assertBits(graph, Map.of("x", numbers(type, n * 15, random).reshape(n, 3, 5)), run);
            }
        }
    }

    /** Pads, nearest resizes and transposes move elements of every type. */
    @ParameterizedTest
    @MethodSource("types")
    void movementsOfEveryType(ElementType type) {
        Builder b = Builder.graph("movements");
        Value x = b.input("x", TensorType.of(type, Shape.of(Dim.symbol("n"), Dim.of(3), Dim.of(5))));
        List<Dim> before = List.of(Dim.of(2), Dim.ZERO, Dim.ONE);
        List<Dim> after = List.of(Dim.ZERO, Dim.ZERO, Dim.of(3));
        Value fill = b.constant(numbers(type, 1, new Random(1)).reshape());
        Graph graph = b.build(
                List.of(
                        b.add(new Pad(x, Optional.of(fill), before, after, PadMode.CONSTANT)),
                        b.add(new Pad(x, Optional.empty(), before, after, PadMode.EDGE)),
                        b.transpose(x, List.of(2, 0, 1)),
                        b.concat(List.of(x, x), 1)),
                List.of("padded", "extended", "transposed", "joined"));
        JavaArtifact artifact = JavaBackendTest.compile(graph);
        assertKernelsAlone(artifact);
        try (Executable run = artifact.load()) {
            for (int n : new int[] {1, 40}) {
                assertBits(
                        graph, Map.of("x", numbers(type, n * 15, new Random(2)).reshape(n, 3, 5)), run);
            }
        }
    }

    private static boolean isValid(Unary op, ElementType type) {
        return switch (op.function()) {
            case NOT -> type.isBool();
            case BIT_NOT -> type.isInteger();
            case NEGATE, ABS, SIGN, RELU -> type.isNumeric();
            default -> type.isFloat();
        };
    }

    private static boolean isValid(BinaryFunction f, ElementType type) {
        return switch (f) {
            case AND, OR, XOR -> type.isBool();
            case BIT_AND, BIT_OR, BIT_XOR, SHIFT_LEFT, SHIFT_RIGHT -> type.isInteger();
            default -> type.isNumeric();
        };
    }

    enum Scales {
        ONE,
        FIRST_AXIS,
        LAST_AXIS,
        BLOCKS;

        Shape shape() {
            Dim n = Dim.symbol("n");
            return switch (this) {
                case ONE -> Shape.SCALAR;
                case FIRST_AXIS -> Shape.of(n);
                case LAST_AXIS -> Shape.of(Dim.of(38));
                case BLOCKS -> Shape.of(n, Dim.of(5));
            };
        }

        int axis() {
            return this == FIRST_AXIS ? 0 : 1;
        }

        int blockSize() {
            return this == BLOCKS ? 8 : 0;
        }
    }

    private static Tensor random(ElementType type, Shape shape, int n, Random random, boolean scale) {
        long[] dims = shape.dims().stream()
                .mapToLong(d -> d.isConstant() ? d.constant() : n)
                .toArray();
        Tensor t = Tensor.zeros(type, dims);
        for (long i = 0; i < t.size(); i++) {
            if (scale) {
                t.setDouble(i, random.nextInt(30) == 0 ? 0 : random.nextDouble() * 0.1);
            } else if (type.isInteger()) {
                t.setBits(i, random.nextLong() >>> 64 - type.bits());
            } else {
                int k = random.nextInt(4);
                t.setDouble(i, k == 0 ? EDGES[random.nextInt(EDGES.length)] : random.nextGaussian() * Math.pow(10, k));
            }
        }
        return t;
    }

    private static final List<ElementType> QUANTIZED =
            List.of(ElementType.U8, ElementType.I8, ElementType.U16, ElementType.I16, ElementType.I32);

    /** To and from all types of integers, with zero points and without. */
    private static Graph quantization(ElementType wide, Shape shape, Scales scales) {
        Builder b = Builder.graph("quantization");
        Value x = b.input("x", TensorType.of(wide, shape));
        Value scale = b.input("scale", TensorType.of(wide, scales.shape()));
        List<Value> results = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (ElementType to : QUANTIZED) {
            Value zero = b.input("zero_" + to.text(), TensorType.of(to, scales.shape()));
            Value q = b.input("q_" + to.text(), TensorType.of(to, shape));
            for (Optional<Value> zeroPoint : List.of(Optional.of(zero), Optional.<Value>empty())) {
                String suffix = to.text() + (zeroPoint.isEmpty() ? "_without_zero" : "");
                results.add(
                        b.add(new Quantize(x, scale, zeroPoint, to, wide, scales.axis(), scales.blockSize(), true)));
                names.add("quantized_" + suffix);
                results.add(b.add(new Dequantize(q, scale, zeroPoint, wide, scales.axis(), scales.blockSize())));
                names.add("dequantized_" + suffix);
            }
        }
        return b.build(results, names);
    }

    @ParameterizedTest
    @EnumSource
    void quantizationOfEveryType(Scales scales) {
        Shape shape = Shape.of(Dim.symbol("n"), Dim.of(38));
        for (ElementType wide : List.of(ElementType.F32, ElementType.F16, ElementType.BF16)) {
            Graph graph = quantization(wide, shape, scales);
            JavaArtifact artifact = JavaBackendTest.compile(graph);
            assertKernelsAlone(artifact);
            Random random = new Random(5);
            try (Executable run = artifact.load()) {
                for (int rows : new int[] {1, 3, 40}) {
                    Map<String, Tensor> inputs = new TreeMap<>();
                    graph.inputs()
                            .forEach(v -> inputs.put(
                                    v.name(),
                                    random(
                                            v.tensorType().element(),
                                            v.tensorType().shape(),
                                            rows,
                                            random,
                                            v.name().equals("scale"))));
                    assertBits(graph, inputs, run);
                }
            }
        }
    }

    /** By a scale that is known, of numbers halfway between two codes and next to that: no other quotient will do. */
    @Test
    void quantizationByAConstant() {
        Builder b = Builder.graph("constant");
        Value x = b.input("x", TensorType.of(ElementType.F32, 5, 300));
        List<Value> results = new ArrayList<>();
        List<String> names = new ArrayList<>();
        float[] scales = {0.1f, 0.3f, 0.007f, 0.0123f, 3.3f};
        for (float scale : scales) {
            Value zero = b.constant(Tensor.scalar(ElementType.U8, 100));
            results.add(b.add(new Quantize(
                    x,
                    b.constant(Tensor.scalar(scale)),
                    Optional.of(zero),
                    ElementType.U8,
                    ElementType.F32,
                    0,
                    0,
                    true)));
            names.add("q" + results.size());
        }
        Graph graph = b.build(results, names);
        Tensor near = Tensor.zeros(ElementType.F32, 5, 300);
        for (int i = 0; i < near.size(); i++) {
            float half = (float) ((i % 100 - 50 + 0.5) * scales[i / 300]);
            near.setDouble(i, i % 3 == 0 ? half : i % 3 == 1 ? Math.nextUp(half) : Math.nextDown(half));
        }
        try (Executable run = JavaBackendTest.compile(graph).load()) {
            assertBits(graph, Map.of("x", near), run);
        }
    }
}
