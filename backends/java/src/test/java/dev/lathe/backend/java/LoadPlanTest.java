package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.If;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What constants determine is computed when the model is loaded, and stored as it came. */
class LoadPlanTest {
    private static final int N = 64;

    private static Tensor random(ElementType element, long... dims) {
        Tensor t = Tensor.zeros(element, dims);
        Random random = new Random(3);
        for (long i = 0; i < t.size(); i++) {
            if (element.isInteger()) {
                t.setLong(i, random.nextInt(16) - (element.isSigned() ? 8 : 0));
            } else {
                t.setDouble(i, 0.5 + random.nextDouble());
            }
        }
        return t;
    }

    /** How the weights of a product are stored. */
    enum Storage {
        ONE_SCALE(b -> dequantized(b, random(ElementType.I8, N, N), Tensor.scalar(0.5f), 1, 0)),
        PER_AXIS(b -> dequantized(b, random(ElementType.I8, N, N), random(ElementType.F32, N), 1, 0)),
        BLOCKS(b -> dequantized(b, random(ElementType.I8, N, N), random(ElementType.F32, N / 16, N), 0, 16)),
        FOUR_BITS(b -> dequantized(b, random(ElementType.U4, N, N), random(ElementType.F32, N / 16, N), 0, 16)),
        BLOCKS_OF_ROWS(b -> b.transpose(
                dequantized(b, random(ElementType.U4, N, N), random(ElementType.F32, N, N / 16), 1, 16),
                List.of(1, 0))),
        FLOAT_ZEROS(b -> b.transpose(
                b.add(new Dequantize(
                        b.constant(random(ElementType.U4, N, N)),
                        b.constant(random(ElementType.F32, N, N / 16)),
                        Optional.of(b.constant(random(ElementType.F32, N, N / 16))),
                        ElementType.F32,
                        1,
                        16)),
                List.of(1, 0))),
        HALF(b -> b.cast(b.constant(random(ElementType.F16, N, N)), ElementType.F32)),
        INTEGERS(b -> b.cast(b.constant(random(ElementType.I8, N, N)), ElementType.F32)),
        TRANSPOSED(b -> b.transpose(
                dequantized(b, random(ElementType.I8, N, N), random(ElementType.F32, N), 0, 0), List.of(1, 0))),
        RESHAPED(b -> b.reshape(
                dequantized(b, random(ElementType.I8, N, 4, N / 4), Tensor.scalar(0.5f), 0, 0), Shape.of(N, N)));

        private final Function<Builder, Value> weights;

        Storage(Function<Builder, Value> weights) {
            this.weights = weights;
        }

        /** Whether the product itself packs them from what is stored. */
        boolean isPackedAsStored() {
            return switch (this) {
                case HALF, INTEGERS, BLOCKS, FOUR_BITS, BLOCKS_OF_ROWS, FLOAT_ZEROS -> true;
                case ONE_SCALE, PER_AXIS, TRANSPOSED, RESHAPED -> false;
            };
        }
    }

    private static Value dequantized(Builder b, Tensor q, Tensor scale, int axis, long block) {
        Tensor zero = Tensor.zeros(q.element(), scale.dims());
        for (long i = 0; i < zero.size(); i++) {
            zero.setLong(i, 3);
        }
        return b.add(new Dequantize(
                b.constant(q), b.constant(scale), Optional.of(b.constant(zero)), ElementType.F32, axis, block));
    }

    private static Graph product(Storage storage) {
        Builder b = Builder.graph("product");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(N))));
        Value y = b.add(b.matMul(x, storage.weights.apply(b)), b.constant(random(ElementType.F32, N)));
        return b.build(List.of(y), List.of("y"));
    }

    @Test
    void aPlanShowsWhatRunsAtLoad() {
        assertThat(JavaBackend.plan(product(Storage.RESHAPED)).toString().lines())
                .startsWith("plan @product", "  load")
                .anyMatch(line -> line.startsWith("    return "))
                .anyMatch(line -> line.contains("weight=computed0"));
    }

    @ParameterizedTest
    @EnumSource(Storage.class)
    void weightsAreUnpackedOnce(Storage storage) {
        Graph graph = product(storage);
        JavaArtifact artifact = JavaBackendTest.compile(graph);
        assertThat(artifact.sources().keySet().stream().anyMatch(name -> name.endsWith("LoadModel")))
                .isEqualTo(!storage.isPackedAsStored());
        // The product takes packed weights, as it does for floats, and is the only step.
        assertThat(artifact.sources())
                .hasEntrySatisfying(
                        artifact.executionName(),
                        execution -> assertThat(execution).contains("new Gemm(").containsOnlyOnce(".run("));
        Map<String, Tensor> inputs = Map.of("x", random(ElementType.F32, 3, N));
        Tensor expected = Tensor.named(new ReferenceEvaluator(graph).call(inputs), "y");
        try (Executable run = artifact.load()) {
            for (int i = 0; i < 3; i++) {
                assertClose(expected, Tensor.named(run.call(inputs), "y"));
            }
        }
    }

    private static void assertClose(Tensor expected, Tensor actual) {
        assertThat(actual.type()).isEqualTo(expected.type());
        for (long i = 0; i < expected.size(); i++) {
            assertThat(actual.getDouble(i)).isCloseTo(expected.getDouble(i), org.assertj.core.data.Offset.offset(1e-2));
        }
    }

    @Test
    void theJarStoresThemAsTheyCame(@TempDir Path folder) throws IOException {
        Path floats = folder.resolve("floats.jar");
        Path bytes = folder.resolve("bytes.jar");
        Builder b = Builder.graph("product");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(512))));
        Graph g = b.build(List.of(b.matMul(x, b.constant(random(ElementType.F32, 512, 512)))), List.of("y"));
        JavaBackendTest.compile(g).write(floats);
        b = Builder.graph("product");
        x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(512))));
        Value w = dequantized(b, random(ElementType.I8, 512, 512), random(ElementType.F32, 512), 1, 0);
        g = b.build(List.of(b.matMul(x, w)), List.of("y"));
        JavaBackendTest.compile(g).write(bytes);
        // Three bytes in four, and a few classes that read such weights are added.
        assertThat(Files.size(floats) - Files.size(bytes)).isGreaterThan(512 * 512 * 3 - (64 << 10));
        Map<String, Tensor> inputs = Map.of("x", random(ElementType.F32, 2, 512));
        try (Executable run = JavaArtifact.load(bytes, 1)) {
            assertClose(Tensor.named(new ReferenceEvaluator(g).call(inputs), "y"), Tensor.named(run.call(inputs), "y"));
        }
    }

    /** A matrix for each of a batch stays as it is stored, too. */
    @ParameterizedTest
    @EnumSource(names = {"BLOCKS", "FOUR_BITS", "HALF", "INTEGERS"})
    void matricesOfBatchesArePacked(Storage storage) {
        for (long batch : new long[] {1, 3}) {
            Builder b = Builder.graph("batches");
            Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.of(3), Dim.symbol("n"), Dim.of(N))));
            Tensor codes = random(
                    switch (storage) {
                        case HALF -> ElementType.F16;
                        case FOUR_BITS -> ElementType.U4;
                        default -> ElementType.I8;
                    },
                    batch,
                    N,
                    40);
            Value w = storage == Storage.HALF || storage == Storage.INTEGERS
                    ? b.cast(b.constant(codes), ElementType.F32)
                    : dequantized(b, codes, random(ElementType.F32, batch, N / 16, 40), 1, 16);
            Value y = b.relu(b.matMul(x, w));
            Graph graph = b.build(List.of(y), List.of("y"));
            JavaArtifact artifact = JavaBackendTest.compile(graph);
            assertThat(artifact.sources().keySet()).noneMatch(name -> name.endsWith("LoadModel"));
            assertThat(String.join("\n", artifact.sources().values())).contains("PackedMatrix.ofMatrices(tiles,");
            try (Executable run = artifact.load()) {
                for (long n : new long[] {1, 2, 30}) {
                    Map<String, Tensor> inputs = Map.of("x", random(ElementType.F32, 3, n, N));
                    Tensor expected = Tensor.named(new ReferenceEvaluator(graph).call(inputs), "y");
                    assertClose(expected, Tensor.named(run.call(inputs), "y"));
                }
            }
        }
    }

    /** Whatever else uses them, and where no product kernel takes them. */
    @Test
    void weightsThatProductsPackAreThereForOthersToo() {
        Builder b = Builder.graph("shared");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(N))));
        Value v = b.input("v", TensorType.of(ElementType.F32, Shape.of(N)));
        Value w = b.cast(b.constant(random(ElementType.I8, N, N)), ElementType.F32);
        Value own = b.cast(b.constant(random(ElementType.I8, N, N)), ElementType.F32);
        Value left = b.cast(b.constant(random(ElementType.I8, N, N)), ElementType.F32);
        Value row = b.relu(b.matMul(v, own));
        List<Value> outputs = List.of(b.matMul(x, w), b.add(x, b.reduceSum(w, 0)), row, b.matMul(left, own));
        Graph g = b.build(outputs, List.of("product", "sum", "row", "constant"));
        Map<String, Tensor> inputs = Map.of("x", random(ElementType.F32, 3, N), "v", random(ElementType.F32, N));
        Map<String, Tensor> expected = new ReferenceEvaluator(g).call(inputs);
        try (Executable run = JavaBackendTest.compile(g).load()) {
            expected.forEach((name, t) -> assertClose(t, Tensor.named(run.call(inputs), name)));
        }
    }

    /** Also what a branch makes of constants, and what the model returns. */
    @Test
    void branchesAndResultsAreWeightsToo() {
        Builder b = Builder.graph("branches");
        Value c = b.input("c", TensorType.scalar(ElementType.BOOL));
        Value q = b.constant(random(ElementType.I8, N, N));
        Value scale = b.constant(Tensor.scalar(0.5f));
        List<Graph> branches = new ArrayList<>();
        for (String name : List.of("then", "else")) {
            Builder r = b.region(name);
            Value w = r.add(new Dequantize(q, scale, Optional.empty(), ElementType.F32, 0, 0));
            Value y = name.equals("then") ? r.negate(w) : r.exp(w);
            branches.add(r.build(List.of(y), List.of("y")));
        }
        Value y = b.add(
                new If(c, branches.get(0), branches.get(1), List.of(TensorType.of(ElementType.F32, N, N)), List.of()));
        Value half = b.cast(b.constant(random(ElementType.F16, N, N)), ElementType.F32);
        Graph g = b.build(List.of(y, half), List.of("y", "half"));
        for (boolean condition : new boolean[] {true, false}) {
            Map<String, Tensor> inputs = Map.of("c", Tensor.scalar(condition));
            Map<String, Tensor> expected = new ReferenceEvaluator(g).call(inputs);
            try (Executable run = JavaBackendTest.compile(g).load()) {
                expected.forEach((name, t) -> assertClose(t, Tensor.named(run.call(inputs), name)));
            }
        }
    }
}
