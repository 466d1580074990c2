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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models whose weights are mostly zeros: the results of dense ones, in smaller jars. */
class SparseWeightsTest {
    @TempDir
    private Path folder;

    /** Of each row {@code block} columns are zero together, but for so many percent of the blocks. */
    private static float[] weights(int rows, int columns, int block, int percent) {
        Random random = new Random(rows + columns + block + percent);
        float[] w = new float[rows * columns];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c += block) {
                boolean kept = random.nextInt(100) < percent;
                for (int j = c; j < Math.min(columns, c + block); j++) {
                    w[r * columns + j] = kept ? random.nextFloat() - 0.5f : 0;
                }
            }
        }
        return w;
    }

    private static Tensor random(long seed, long... dims) {
        Random random = new Random(seed);
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, random.nextFloat() - 0.5f);
        }
        return t;
    }

    private static JavaArtifact compile(Graph graph, Numerics numerics, int threads) {
        CompileOptions options =
                CompileOptions.builder().threads(threads).numerics(numerics).build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        JavaBackend backend = new JavaBackend();
        return backend.compile(PassManager.run(canonical, backend.pipeline(options), options.passContext()), options);
    }

    /** A product, a bias and an activation. */
    private static Graph product(int depth, int columns, int block, int percent) {
        Builder b = Builder.graph("product");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(depth))));
        Value w = b.constant(Tensor.of(weights(depth, columns, block, percent), depth, columns));
        Value y = b.relu(b.add(b.matMul(x, w), b.constant(random(3, columns))));
        return b.build(List.of(y), List.of("y"));
    }

    /** Filters {@code [out, in, kernel, kernel]}, of which each tap of an input has zeros in blocks of outputs. */
    private static Graph convolution(int in, int out, int kernel, int groups, int block, int percent) {
        int taps = kernel * kernel;
        float[] w = weights(in / groups * taps, out, block, percent);
        Tensor filters = Tensor.zeros(ElementType.F32, out, in / groups, kernel, kernel);
        for (int o = 0; o < out; o++) {
            for (int i = 0; i < in / groups * taps; i++) {
                filters.setFloat((long) o * (in / groups) * taps + i, w[i * out + o]);
            }
        }
        Builder b = Builder.graph("convolution");
        Shape image = Shape.of(Dim.symbol("n"), Dim.of(in), Dim.symbol("h"), Dim.of(11));
        Value x = b.input("x", new TensorType(ElementType.F32, image));
        Window window = new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.of(kernel / 2)), List.of(1L, 1L));
        Value y = b.relu(b.add(new Conv(x, b.constant(filters), window, groups, ChannelLayout.CHANNELS_FIRST)));
        return b.build(List.of(y), List.of("y"));
    }

    private static void check(Graph graph, List<Tensor> inputs) {
        ReferenceEvaluator reference = new ReferenceEvaluator(graph);
        JavaArtifact strict = compile(graph, Numerics.STRICT, 1);
        JavaArtifact one = compile(graph, Numerics.DEFAULT, 1);
        assertThat(String.join("", strict.sources().values())).doesNotContain("skippingZeros");
        assertThat(String.join("", one.sources().values())).contains("skippingZeros");
        try (Executable dense = strict.load();
                Executable skipping = one.load();
                Executable two = compile(graph, Numerics.DEFAULT, 2).load()) {
            for (Tensor x : inputs) {
                Tensor expected = Tensor.named(reference.call(Map.of("x", x)), "y");
                Tensor same = Tensor.named(dense.call(Map.of("x", x)), "y");
                Tensor y = Tensor.named(skipping.call(Map.of("x", x)), "y");
                assertThat(two.call(Map.of("x", x)).get("y")).isEqualTo(y);
                assertThat(y.dims()).isEqualTo(expected.dims());
                for (long i = 0; i < y.size(); i++) {
                    // Equal numbers, though a zero may have another sign.
                    if (!(Float.isNaN(y.getFloat(i)) && Float.isNaN(same.getFloat(i)))
                            && y.getFloat(i) != same.getFloat(i)) {
                        assertThat(y.getFloat(i)).as("element %d", i).isEqualTo(same.getFloat(i));
                    }
                    if (Math.abs(y.getFloat(i) - expected.getFloat(i)) > 1e-4) {
                        assertThat(y.getFloat(i)).as("element %d", i).isEqualTo(expected.getFloat(i));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "384, 256, 1, 10",
        "384, 256, 32, 40",
        "300, 200, 1, 5",
        "301, 77, 8, 20",
        "64, 50, 50, 30",
        "700, 300, 1, 15",
        "100, 64, 1, 0",
        "100, 64, 1, 60",
    })
    void products(int depth, int columns, int block, int percent) {
        Tensor infinite = random(9, 40, depth);
        infinite.setFloat(7 * depth + 5, Float.POSITIVE_INFINITY);
        check(
                product(depth, columns, block, percent),
                List.of(
                        random(1, 128, depth),
                        random(2, 1, depth),
                        random(3, 0, depth),
                        infinite,
                        random(4, 33, depth),
                        random(5, 5, depth)));
    }

    @ParameterizedTest
    @CsvSource({
        "64, 64, 1, 1, 1, 10",
        "64, 96, 1, 1, 32, 40",
        "32, 64, 3, 1, 32, 30",
        "64, 80, 3, 2, 40, 20",
        "32, 64, 5, 1, 1, 10", // not 3 × 3, which would go by Winograd's algorithm and round differently
        "96, 64, 5, 2, 32, 0",
    })
    void convolutions(int in, int out, int kernel, int groups, int block, int percent) {
        Tensor infinite = random(9, 1, in, 9, 11);
        infinite.setFloat(200, Float.NEGATIVE_INFINITY);
        check(
                convolution(in, out, kernel, groups, block, percent),
                List.of(random(1, 2, in, 9, 11), random(2, 1, in, 3, 11), infinite, random(3, 0, in, 5, 11)));
    }

    /** 70 % zeros take a third of the bytes, whatever runs them. */
    @Test
    void aJarHoldsNoZeros() throws IOException {
        Path sparse = folder.resolve("sparse.jar");
        Path dense = folder.resolve("dense.jar");
        JavaArtifact artifact = compile(product(800, 1000, 1, 30), Numerics.DEFAULT, 1);
        artifact.write(sparse);
        compile(product(800, 1000, 1, 100), Numerics.DEFAULT, 1).write(dense);
        long saved = Files.size(dense) - Files.size(sparse);
        assertThat(saved).isBetween(2_100_000L, 2_200_000L);
        byte[] bytes = Files.readAllBytes(sparse);
        artifact.write(sparse);
        assertThat(Files.readAllBytes(sparse)).isEqualTo(bytes);
        Tensor x = random(1, 40, 800);
        try (Executable a = artifact.load();
                Executable b = JavaArtifact.load(sparse, 1)) {
            assertThat(b.call(Map.of("x", x))).isEqualTo(a.call(Map.of("x", x)));
        }
    }
}
