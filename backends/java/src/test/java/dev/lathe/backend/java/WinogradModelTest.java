package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ElementwiseEvaluation;
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
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models with convolutions of 3 × 3 windows, through the whole compiler. */
class WinogradModelTest {
    private static final int IN = 40;
    private static final int OUT = 52;

    private static Tensor random(long seed, double scale, long... dims) {
        Random random = new Random(seed);
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) (scale * random.nextGaussian()));
        }
        return t;
    }

    /** Two convolutions with biases and activations; the second adds what the first gave. */
    private static Graph model() {
        Builder b = Builder.graph("residual");
        Shape image = Shape.of(Dim.symbol("n"), Dim.of(IN), Dim.symbol("h"), Dim.symbol("w"));
        Value x = b.input("x", new TensorType(ElementType.F32, image));
        Value first = b.relu(convolution(b, x, 1, IN));
        Value y = b.relu(b.add(convolution(b, first, 2, OUT), first));
        return b.build(List.of(y), List.of("y"));
    }

    private static Value convolution(Builder b, Value x, long seed, int in) {
        Window window = new Window(List.of(1L, 1L), List.of(Dim.ONE, Dim.ONE, Dim.ONE, Dim.ONE), List.of(1L, 1L));
        Value filters = b.constant(random(seed, Math.sqrt(2.0 / 9 / in), OUT, in, 3, 3));
        Value y = b.add(new Conv(x, filters, window, 1, ChannelLayout.CHANNELS_FIRST));
        return b.add(y, b.constant(random(seed + 10, 0.1, OUT, 1, 1)));
    }

    private static JavaArtifact compile(Graph graph, Numerics numerics, int threads) {
        CompileOptions options =
                CompileOptions.builder().threads(threads).numerics(numerics).build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        JavaBackend backend = new JavaBackend();
        return backend.compile(PassManager.run(canonical, backend.pipeline(options), options.passContext()), options);
    }

    private static String sources(JavaArtifact artifact) {
        return String.join("", artifact.sources().values());
    }

    /** Close to the reference at any size, the same at every call and with any number of threads. */
    @Test
    void anySize() {
        Graph graph = model();
        ReferenceEvaluator reference = new ReferenceEvaluator(graph);
        JavaArtifact artifact = compile(graph, Numerics.DEFAULT, 1);
        assertThat(sources(artifact)).contains("new WinogradConvolution(");
        try (Executable one = artifact.load();
                Executable two = compile(graph, Numerics.DEFAULT, 2).load()) {
            for (long[] size : new long[][] {
                {1, 30, 41}, {2, 13, 14}, {1, 1, 50}, {3, 7, 7}, {0, 8, 8}, {1, 2, 2}, {1, 1, 1}, {2, 64, 3}
            }) {
                Map<String, Tensor> x = Map.of("x", random(5, 1, size[0], IN, size[1], size[2]));
                Tensor expected = Tensor.named(reference.call(x), "y");
                Tensor y = Tensor.named(one.call(x), "y");
                assertThat(one.call(x).get("y")).isEqualTo(y);
                assertThat(two.call(x).get("y")).isEqualTo(y);
                assertThat(y.dims()).isEqualTo(expected.dims());
                for (long i = 0; i < y.size(); i++) {
                    assertThat(Math.abs(y.getFloat(i) - expected.getFloat(i)))
                            .as("element %d at size %s", i, List.of(size[0], size[1], size[2]))
                            .isLessThan(2e-5f);
                }
            }
        }
    }

    /** Filters of 16 bits are transformed as others are, and all that was rounded to as few is as close. */
    @ParameterizedTest
    @EnumSource(
            value = ElementType.class,
            names = {"F16", "BF16"})
    void filtersOf16Bits(ElementType element) {
        Builder b = Builder.graph("half");
        Shape image = Shape.of(Dim.of(1), Dim.of(IN), Dim.of(30), Dim.of(41));
        Value x = b.input("x", new TensorType(ElementType.F32, image));
        Window window = new Window(List.of(1L, 1L), List.of(Dim.ONE, Dim.ONE, Dim.ONE, Dim.ONE), List.of(1L, 1L));
        Tensor filters = ElementwiseEvaluation.cast(random(1, Math.sqrt(2.0 / 9 / IN), OUT, IN, 3, 3), element, true);
        Value widened = b.cast(b.constant(filters), ElementType.F32);
        Value y = b.add(new Conv(x, widened, window, 1, ChannelLayout.CHANNELS_FIRST));
        Graph graph = b.build(List.of(y), List.of("y"));
        JavaArtifact artifact = compile(graph, Numerics.DEFAULT, 1);
        assertThat(sources(artifact)).contains("new WinogradConvolution(");
        Map<String, Tensor> in = Map.of("x", random(5, 1, 1, IN, 30, 41));
        Tensor expected = Tensor.named(new ReferenceEvaluator(graph).call(in), "y");
        try (Executable model = artifact.load()) {
            Tensor got = Tensor.named(model.call(in), "y");
            for (long i = 0; i < got.size(); i++) {
                assertThat(Math.abs(got.getFloat(i) - expected.getFloat(i))).isLessThan(2e-5f);
            }
        }
    }

    @Test
    void notInStrictNumerics() {
        assertThat(sources(compile(model(), Numerics.STRICT, 1))).doesNotContain("Winograd");
    }
}
