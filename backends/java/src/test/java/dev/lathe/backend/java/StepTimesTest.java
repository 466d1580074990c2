package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model tells how long its steps take, without being compiled for it. */
class StepTimesTest {
    private static final JavaBackend BACKEND = new JavaBackend();

    @TempDir
    private Path folder;

    /** Counts runs of steps. */
    private static final class Counts implements StepTimes {
        private final Map<Integer, Integer> runs = new HashMap<>();

        @Override
        public void took(int step, long nanos) {
            assertThat(nanos).isNotNegative();
            runs.merge(step, 1, Integer::sum);
        }
    }

    private static JavaArtifact compile(Graph graph) {
        CompileOptions options = CompileOptions.builder().name("timed").build();
        return BACKEND.compile(PassManager.run(graph, BACKEND.pipeline(options), options.passContext()), options);
    }

    /** {@code softmax(relu(x * w))} with a symbolic number of rows. */
    private static Graph product() {
        Builder b = Builder.graph("product");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(3))));
        Value w = b.constant(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2));
        Value y = b.relu(b.matMul(x, w));
        return b.build(List.of(b.add(new dev.lathe.ir.composite.Softmax(y, 1))), List.of("y"));
    }

    @Test
    void stepsSayWhatTheyCost() {
        List<ModelStep> steps = compile(product()).steps();
        assertThat(steps).hasSize(2);
        ModelStep gemm = steps.getFirst();
        assertThat(gemm.kernel()).startsWith("Gemm + Relu");
        Dim n = Dim.symbol("n");
        assertThat(gemm.flops()).contains(n.times(2 * 3 * 2).plus(n.times(2)));
        assertThat(gemm.bytes()).contains(n.times(4 * (3 + 2)).plus(4 * 6));
        assertThat(gemm.weightBytes()).isEqualTo(4 * 6);
        assertThat(steps.get(1).kernel()).isEqualTo("SoftmaxRows");
        assertThat(steps.get(1).bytes()).contains(n.times(16));
    }

    @Test
    void aJarTellsTheSame() throws IOException {
        JavaArtifact artifact = compile(product());
        Path jar = folder.resolve("timed.jar");
        artifact.write(jar);
        Artifact opened = BACKEND.open(jar, LoadOptions.standard()).orElseThrow();
        assertThat(opened.steps()).isEqualTo(artifact.steps());
        for (Artifact a : List.of(artifact, opened)) {
            Counts counts = new Counts();
            try (Executable run = a.load(counts)) {
                for (int rows : new int[] {4, 7, 7}) {
                    run.call(Map.of("x", Tensor.zeros(ElementType.F32, rows, 3)));
                }
            }
            assertThat(counts.runs).isEqualTo(Map.of(0, 3, 1, 3));
        }
    }

    @Test
    void aStepInALoopRunsSeveralTimesACall() {
        Builder b = Builder.graph("loop");
        Value x = b.input("x", TensorType.of(ElementType.F32, 4));
        Value n = b.constant(Tensor.scalar(3L));
        Builder body = b.region("body");
        Value i = body.input("i", TensorType.of(ElementType.I64));
        Value go = body.input("go", TensorType.of(ElementType.BOOL));
        Value p = body.input("p", TensorType.of(ElementType.F32, 4));
        assertThat(i).isNotNull();
        Graph turn = body.build(List.of(go, body.add(p, p)), List.of("go", "next"));
        Value y = b.add(new Loop(
                Optional.of(n),
                Optional.empty(),
                List.of(x),
                turn,
                List.of(TensorType.of(ElementType.F32, 4)),
                List.of()));
        JavaArtifact artifact = compile(b.build(List.of(y), List.of("y")));
        Counts counts = new Counts();
        try (Executable run = artifact.load(counts)) {
            Map<String, Tensor> results = run.call(Map.of("x", Tensor.of(new float[] {1, 2, 3, 4}, 4)));
            assertThat(Tensor.named(results, "y").getFloat(3)).isEqualTo(32);
        }
        List<ModelStep> steps = artifact.steps();
        List<String> inLoop = new ArrayList<>();
        counts.runs.forEach((step, runs) -> {
            if (runs == 3) {
                inLoop.add(steps.get(step).kernel());
            }
        });
        assertThat(inLoop).anyMatch(k -> k.startsWith("Add"));
        assertThat(steps).anyMatch(s -> s.kernel().equals("repeat"));
        assertThat(counts.runs.keySet()).allMatch(k -> k < steps.size());
    }

    @Test
    void nobodyHearsOfStepsElse() {
        Counts counts = new Counts();
        JavaArtifact artifact = compile(product());
        try (Executable timed = artifact.load(counts);
                Executable other = artifact.load()) {
            assertThat(timed.outputs()).hasSize(1);
            other.call(Map.of("x", Tensor.zeros(ElementType.F32, 1, 3)));
        }
        assertThat(counts.runs).isEmpty();
    }
}
