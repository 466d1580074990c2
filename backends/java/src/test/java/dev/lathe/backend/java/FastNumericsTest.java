package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import dev.lathe.runtime.Machine;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Products on brain floats are off by as much as rounded factors may be, and not at all where nothing is rounded. */
class FastNumericsTest {
    /** Two factors, each off by half a unit in the last of eight bits, and what sums of floats are off. */
    private static final double SHARE = 0x1p-7 + 0x1p-15;

    private static Tensor random(long seed, long... dims) {
        Random random = new Random(seed);
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) random.nextGaussian());
        }
        return t;
    }

    private static Tensor map(Tensor x, java.util.function.UnaryOperator<Float> f) {
        Tensor y = Tensor.zeros(ElementType.F32, x.dims());
        for (long i = 0; i < x.size(); i++) {
            y.setFloat(i, f.apply(x.getFloat(i)));
        }
        return y;
    }

    private static Executable load(Graph graph, Numerics numerics, int threads) {
        CompileOptions options =
                CompileOptions.builder().threads(threads).numerics(numerics).build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        JavaBackend backend = new JavaBackend();
        return backend.compile(PassManager.run(canonical, backend.pipeline(options), options.passContext()), options)
                .load();
    }

    /** A product, what is added to each row, and an activation that tiles do in registers. */
    private static Graph product(Tensor w, Tensor bias, boolean cut) {
        Builder b = Builder.graph("product");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(w.dims()[0]))));
        Value y = b.add(b.matMul(x, b.constant(w)), b.constant(bias));
        return b.build(List.of(cut ? b.relu(y) : y), List.of("y"));
    }

    private static Graph convolution(Tensor w, int groups, int stride) {
        Builder b = Builder.graph("convolution");
        long[] dims = w.dims();
        Shape image = Shape.of(Dim.symbol("n"), Dim.of(dims[1] * groups), Dim.symbol("h"), Dim.of(13));
        Value x = b.input("x", new TensorType(ElementType.F32, image));
        List<Long> strides = List.of((long) stride, (long) stride);
        Window window = new Window(strides, Collections.nCopies(4, Dim.of(dims[2] / 2)), List.of(1L, 1L));
        Value y = b.add(new Conv(x, b.constant(w), window, groups, ChannelLayout.CHANNELS_FIRST));
        return b.build(List.of(y), List.of("y"));
    }

    /**
     * The results are near those of {@code graph}, as {@code magnitudes} says, whose sums are of the magnitudes of the
     * terms; on two threads they have the same bits; and they are rounded if and only if the processor can.
     */
    private static void check(Graph graph, Graph magnitudes, Tensor x) {
        Tensor exact = Tensor.named(new ReferenceEvaluator(graph).call(Map.of("x", x)), "y");
        Tensor scale = Tensor.named(new ReferenceEvaluator(magnitudes).call(Map.of("x", map(x, Math::abs))), "y");
        double worst = 0;
        try (Executable fast = load(graph, Numerics.FAST, 1);
                Executable two = load(graph, Numerics.FAST, 2)) {
            Tensor y = Tensor.named(fast.call(Map.of("x", x)), "y");
            assertThat(two.call(Map.of("x", x)).get("y")).isEqualTo(y);
            assertThat(fast.call(Map.of("x", x)).get("y")).isEqualTo(y);
            assertThat(y.dims()).isEqualTo(exact.dims());
            for (long i = 0; i < y.size(); i++) {
                double share = Math.abs(y.getFloat(i) - exact.getFloat(i)) / (scale.getFloat(i) + Double.MIN_NORMAL);
                if (!(share <= SHARE)) {
                    assertThat(y.getFloat(i)).as("element %d", i).isEqualTo(exact.getFloat(i));
                }
                worst = Math.max(worst, share);
            }
        }
        if (Machine.machineTiles().brainFloats()) {
            assertThat(worst).isGreaterThan(1e-4);
        } else {
            assertThat(worst).isLessThan(1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 64, 48", "7, 33, 5", "49, 768, 96", "128, 1, 100", "300, 147, 64", "1000, 128, 40"})
    void productsRoundTheirFactors(int rows, int depth, int columns) {
        Tensor w = random(1, depth, columns);
        Tensor zeros = Tensor.zeros(ElementType.F32, columns);
        check(product(w, zeros, false), product(map(w, Math::abs), zeros, false), random(2, rows, depth));
    }

    @ParameterizedTest
    @CsvSource({"16, 24, 3, 1, 1", "16, 24, 3, 1, 2", "3, 8, 7, 1, 2", "12, 24, 3, 4, 1", "64, 64, 5, 1, 1"})
    void convolutionsRoundTheirFactors(int in, int out, int kernel, int groups, int stride) {
        Tensor w = random(3, out, in / groups, kernel, kernel);
        check(convolution(w, groups, stride), convolution(map(w, Math::abs), groups, stride), random(4, 2, in, 12, 13));
    }

    /** Then sums are those of floats, up to their order, and what follows them is done as elsewhere. */
    @ParameterizedTest
    @ValueSource(ints = {1, 50})
    void integersAreNotRounded(int rows) {
        // Halves, so that these are no weights of integers.
        Tensor w = map(random(5, 96, 70), v -> Math.clamp(Math.round(40 * v), -100, 100) / 2f);
        Tensor x = map(random(6, rows, 96), v -> (float) Math.clamp(Math.round(40 * v), -100, 100));
        Graph graph = product(w, map(random(7, 70), v -> (float) Math.round(100 * v)), true);
        Tensor expected = Tensor.named(new ReferenceEvaluator(graph).call(Map.of("x", x)), "y");
        try (Executable fast = load(graph, Numerics.FAST, 2)) {
            assertThat(Tensor.named(fast.call(Map.of("x", x)), "y")).isEqualTo(expected);
        }
    }

    @Test
    void noNumbersStayThese() {
        Tensor w = random(8, 40, 20);
        Graph graph = product(w, Tensor.zeros(ElementType.F32, 20), false);
        Tensor x = random(9, 3, 40);
        x.setFloat(5, Float.NaN);
        x.setFloat(45, Float.POSITIVE_INFINITY);
        try (Executable fast = load(graph, Numerics.FAST, 1)) {
            Tensor y = Tensor.named(fast.call(Map.of("x", x)), "y");
            for (int j = 0; j < 20; j++) {
                assertThat(y.getFloat(j)).isNaN();
                assertThat(y.getFloat(20 + j))
                        .isEqualTo(w.getFloat(5 * 20 + j) > 0 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY);
                assertThat(y.getFloat(40 + j)).isFinite();
            }
        }
    }
}
