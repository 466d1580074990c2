package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ops along axes and over indices give the bits of the reference for all element types and sizes. */
class IndexModelsTest {
    private static final int COUNT = 3;
    private static final Shape SHAPE = Shape.of(Dim.symbol("a"), Dim.symbol("b"), Dim.symbol("c"));
    private static final int[][] SIZES = {{3, 4, 5}, {1, 3, 1}, {2, 700, 3}, {5, 3, 600}, {0, 3, 4}, {4, 3, 0}};

    private static Graph graph(List<Value> results, Builder b) {
        return b.build(
                results,
                IntStream.range(0, results.size()).mapToObj(i -> "y" + i).toList());
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "F16", "BF16", "F8E4M3FN", "I64", "I32", "I8", "U8", "U16", "U32", "U64"})
    void alongAxes(ElementType element) {
        Builder b = Builder.graph("axes");
        Value x = b.input("x", new TensorType(element, SHAPE));
        List<Value> results = new ArrayList<>();
        for (int axis = 0; axis < 3; axis++) {
            results.add(b.add(new ArgReduce(ArgFunction.ARG_MAX, x, axis, axis == 0, axis == 1)));
            results.add(b.add(new ArgReduce(ArgFunction.ARG_MIN, x, axis, axis == 1, axis == 2)));
            results.add(b.add(new Cumulative(CumulativeFunction.CUM_SUM, x, axis, axis == 0, axis == 1)));
            results.add(b.add(new Cumulative(CumulativeFunction.CUM_PROD, x, axis, axis == 2, axis == 0)));
        }
        results.addAll(b.addAll(new TopK(x, Dim.of(2), 1, true, true)));
        results.addAll(b.addAll(new TopK(x, Dim.of(3), 1, false, true)));
        results.addAll(b.addAll(new TopK(x, Dim.symbol("c"), 2, true, true)));
        results.addAll(b.addAll(new TopK(x, Dim.symbol("c"), 2, false, true)));
        Random random = new Random(1);
        try (Compared compared = Compared.byKernels(graph(results, b))) {
            for (int[] size : SIZES) {
                compared.same(Map.of("x", Compared.numbers(random, element, size[0], size[1], size[2])));
            }
        }
    }

    /** More elements than are looked at together, in an order in which each is better than all before. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "I32", "I64"})
    void theBestOfMany(ElementType element) {
        Builder b = Builder.graph("many");
        Value x = b.input("x", new TensorType(element, Shape.of(Dim.symbol("n"), Dim.symbol("m"))));
        List<Value> results = new ArrayList<>();
        for (int k : new int[] {1, 5, 32, 33, 200}) {
            results.addAll(b.addAll(new TopK(x, Dim.of(k), 1, true, true)));
            results.addAll(b.addAll(new TopK(x, Dim.of(k), 1, false, true)));
        }
        try (Compared compared = Compared.byKernels(graph(results, b))) {
            for (int n : new int[] {200, 3000}) {
                Tensor ordered = Tensor.zeros(element, 3, n);
                Random random = new Random(2);
                for (int i = 0; i < n; i++) {
                    ordered.setDouble(i, Math.floor(i / 2.0));
                    ordered.setDouble(n + i, Math.ceil(-i / 3.0));
                    ordered.setDouble(2L * n + i, random.nextInt(100_000));
                }
                compared.same(Map.of("x", ordered));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "F16", "I64", "I32", "I8", "U8", "U64"})
    void overIndices(ElementType element) {
        Builder b = Builder.graph("indices");
        Value x = b.input("x", new TensorType(element, SHAPE));
        Value at =
                b.input("at", new TensorType(ElementType.I64, Shape.of(SHAPE.dim(0), Dim.symbol("k"), SHAPE.dim(2))));
        Value narrow = b.input("narrow", new TensorType(ElementType.I32, Shape.of(Dim.symbol("n"))));
        Value tuples = b.input("tuples", new TensorType(ElementType.I64, Shape.of(Dim.symbol("n"), Dim.of(2))));
        Value updates =
                b.input("updates", new TensorType(element, Shape.of(SHAPE.dim(0), Dim.symbol("k"), SHAPE.dim(2))));
        Value slices = b.input("slices", new TensorType(element, Shape.of(Dim.symbol("n"), SHAPE.dim(2))));
        List<Value> results = new ArrayList<>();
        results.add(b.add(new GatherElements(x, at, 1)));
        results.add(b.add(new Gather(x, narrow, 1)));
        results.add(b.add(new GatherNd(x, tuples, 0)));
        for (ScatterReduction reduction : ScatterReduction.values()) {
            results.add(b.add(new ScatterElements(x, at, updates, 1, reduction)));
            results.add(b.add(new ScatterNd(x, tuples, slices, reduction)));
        }
        Random random = new Random(3);
        try (Compared compared = Compared.byKernels(graph(results, b))) {
            for (int[] size : SIZES) {
                for (int k : new int[] {1, 3, 0}) {
                    compared.same(inputs(random, element, size, k, size[0] == 0 ? 0 : 7));
                }
            }
            Map<String, Tensor> wrong = inputs(random, element, SIZES[0], 2, 7);
            Tensor.named(wrong, "at").setLong(3, SIZES[0][1]);
            assertThatThrownBy(() -> compared.executable().call(wrong))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("index 4");
        }
    }

    private static Map<String, Tensor> inputs(Random random, ElementType element, int[] size, int k, int n) {
        Tensor tuples = Tensor.zeros(ElementType.I64, n, 2);
        for (int i = 0; i < n; i++) {
            tuples.setLong(2L * i, random.nextInt(-size[0], size[0]));
            tuples.setLong(2L * i + 1, random.nextInt(-size[1], size[1]));
        }
        return Map.of(
                "x", Compared.numbers(random, element, size[0], size[1], size[2]),
                "at", Compared.indices(random, ElementType.I64, size[1], size[0], k, size[2]),
                "narrow", Compared.indices(random, ElementType.I32, size[1], n),
                "tuples", tuples,
                "updates", Compared.numbers(random, element, size[0], k, size[2]),
                "slices", Compared.numbers(random, element, n, size[2]));
    }

    @Test
    void ranges() {
        Builder b = Builder.graph("ranges");
        List<Value> results = new ArrayList<>();
        for (ElementType element : List.of(ElementType.F32, ElementType.F64, ElementType.I64, ElementType.I32)) {
            Value start = b.input("start_" + element.text(), new TensorType(element, Shape.of(List.of())));
            Value step = b.input("step_" + element.text(), new TensorType(element, Shape.of(List.of())));
            results.add(b.add(new Range(start, start, step, Dim.of(COUNT * 700L), false)));
        }
        try (Compared compared = Compared.byKernels(graph(results, b))) {
            compared.same(Map.of(
                    "start_f32", Tensor.scalar(ElementType.F32, 0.3),
                    "step_f32", Tensor.scalar(ElementType.F32, 0.7),
                    "start_f64", Tensor.scalar(ElementType.F64, -1),
                    "step_f64", Tensor.scalar(ElementType.F64, 0.1),
                    "start_i64", Tensor.scalar(ElementType.I64, 1L << 40),
                    "step_i64", Tensor.scalar(ElementType.I64, -3),
                    "start_i32", Tensor.scalar(ElementType.I32, Integer.MAX_VALUE),
                    "step_i32", Tensor.scalar(ElementType.I32, 2)));
        }
    }
}
