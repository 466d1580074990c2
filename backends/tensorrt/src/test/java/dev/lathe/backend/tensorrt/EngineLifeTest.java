package dev.lathe.backend.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Engines that are built, written, opened, found stale or foreign, and given other weights, without a GPU. */
class EngineLifeTest {
    private static final Graph GRAPH = IrText.parse("""
        graph @line(%x: f32[n, 2]) -> (f32[n, 2]) {
          %w = constant [[1.0, 2.0], [3.0, 4.0]] : f32[2, 2]
          %i = constant [1, 0] : i64[2]
          %y = mat_mul(%x, %w)
          %z = gather(%y, %i) {axis=1}
          return %z
        }
        """);

    @TempDir
    private Path folder;

    private final FakeRuntime runtime = new FakeRuntime();

    private TensorRtArtifact compile(Map<String, String> options) {
        TensorRtOptions own = Options.configure(
                "target tensorrt",
                TensorRtOptions.DEFAULT.withShapes("x:1x2;x:9x2", "x:2x2;x:9x2", "x:8x2;x:64x2"),
                options);
        return TensorRtArtifact.of(
                GRAPH,
                CompileOptions.builder().target("tensorrt").targetOptions(own).build(),
                _ -> runtime);
    }

    private TensorRtArtifact open(Path file) {
        return TensorRtArtifact.open(file, LoadOptions.standard(), _ -> runtime);
    }

    private static Tensor constant(String name) {
        return GRAPH.nodes().stream()
                .filter(n -> n.results().getFirst().name().equals(name))
                .map(n -> ((Constant) n.op()).value())
                .findFirst()
                .orElseThrow();
    }

    private static float[] run(Artifact artifact) {
        try (Executable model = artifact.load()) {
            Tensor x = Tensor.of(new float[] {1, 1}, 1, 2);
            return Tensor.named(model.call(Map.of("x", x)), "z").toFloatArray();
        }
    }

    private static Map<Tensor, Tensor> weights(float... numbers) {
        return Map.of(constant("w"), Tensor.of(numbers, 2, 2));
    }

    @Test
    void anEngineIsBuiltOnceAndOpenedWithoutBuilding() throws IOException {
        TensorRtArtifact compiled = compile(Map.of());
        Path file = folder.resolve("line.engine");
        compiled.write(file);
        assertThat(run(compiled)).containsExactly(6, 4);
        assertThat(run(open(file))).containsExactly(6, 4);
        assertThat(runtime.builds).isEqualTo(1);
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("line.engine", "line.engine.jar");
    }

    /** The folder of one machine's TensorRT means nothing on another. */
    @Test
    void anEngineKeepsItsOptionsButNotTheFolderOfTensorRt() throws IOException {
        Path file = folder.resolve("line.engine");
        compile(Map.of("tensorrt-home", folder.toString(), "workspace", "7", "timing-cache", "times"))
                .write(file);
        TensorRtOptions kept = EngineFile.read(file).options();
        assertThat(kept.tensorrtHome()).isEmpty();
        assertThat(kept.workspace()).isEqualTo(7);
        assertThat(kept.timingCache()).isEqualTo("times");
    }

    @Test
    void aStaleEngineIsBuiltAgainAndKept() throws IOException {
        Path file = folder.resolve("line.engine");
        compile(Map.of()).write(file);
        for (String fact : runtime.facts.keySet().stream().toList()) {
            int before = runtime.builds;
            runtime.facts.put(fact, "another");
            assertThat(run(open(file))).containsExactly(6, 4);
            assertThat(runtime.builds).as(fact).isEqualTo(before + 1);
            assertThat(run(open(file))).containsExactly(6, 4);
            assertThat(runtime.builds).as("kept").isEqualTo(before + 1);
        }
    }

    @Test
    void anEngineThatChangedIsForeign() throws IOException {
        Path file = folder.resolve("line.engine");
        compile(Map.of()).write(file);
        Files.writeString(file, "another engine");
        assertThatThrownBy(() -> open(file))
                .isInstanceOfSatisfying(
                        LatheException.class,
                        e -> assertThat(e.diagnostics().getFirst().code()).isEqualTo("artifact.foreign"))
                .hasMessageContaining("another engine");
    }

    @Test
    void weightsAreReplacedInTheEngineThatIsThere() throws IOException {
        TensorRtArtifact compiled = compile(Map.of("refit", "true"));
        Artifact other = compiled.with(weights(5, 6, 7, 8)).orElseThrow();
        assertThat(run(compiled)).containsExactly(6, 4);
        assertThat(run(other)).containsExactly(14, 12);
        assertThat(runtime.builds).isEqualTo(1);
        assertThat(runtime.refits).isEqualTo(1);
        Path file = folder.resolve("other.engine");
        other.write(file);
        assertThat(run(open(file))).containsExactly(14, 12);
        assertThat(run(open(file).with(Map.of()).orElseThrow())).containsExactly(14, 12);
        assertThat(runtime.builds).isEqualTo(1);
    }

    @Test
    void whatIsNoWeightOfTheEngineIsCompiledAgain() {
        Tensor indices = Tensor.vector(0, 1);
        assertThat(compile(Map.of()).with(weights(5, 6, 7, 8)))
                .as("no engine to refit")
                .isEmpty();
        TensorRtArtifact compiled = compile(Map.of("refit", "true"));
        assertThat(compiled.with(Map.of(constant("i"), indices))).as("indices").isEmpty();
        assertThat(compiled.with(Map.of(Tensor.scalar(1f), Tensor.scalar(2f))))
                .as("not of the graph")
                .isEmpty();
        assertThat(compiled.with(Map.of(constant("w"), Tensor.of(new float[2], 2))))
                .as("a shape")
                .isEmpty();
    }

    @Test
    void anEngineWithoutWeightsGetsThoseOfItsJar() throws IOException {
        Path file = folder.resolve("stripped.engine");
        compile(Map.of("strip-weights", "true")).write(file);
        assertThat(run(open(file))).containsExactly(6, 4);
        assertThat(open(file).with(weights(5, 6, 7, 8)))
                .as("only the same weights")
                .isEmpty();
        Path both = folder.resolve("both.engine");
        TensorRtArtifact compiled = compile(Map.of("strip-weights", "true", "refit", "true"));
        compiled.write(both);
        assertThat(run(compiled.with(weights(5, 6, 7, 8)).orElseThrow())).containsExactly(14, 12);
        assertThat(runtime.builds).isEqualTo(2);
    }

    @Test
    void aProfileHasTheLayersOfTheEngine() {
        TensorRtArtifact compiled = compile(Map.of());
        List<String> kernels = compiled.steps().stream().map(ModelStep::kernel).toList();
        assertThat(kernels).contains("mat_mul", "gather").endsWith("others");
        Map<String, Long> nanos = new HashMap<>();
        try (Executable model = compiled.load((step, took) -> nanos.merge(kernels.get(step), took, Long::sum))) {
            assertThat(model.call(Map.of("x", Tensor.of(new float[] {1, 1}, 1, 2))))
                    .containsKey("z");
        }
        assertThat(nanos).containsEntry("mat_mul", 2_000_000L).containsEntry("others", 500_000L);
        assertThat(runtime.builds).isEqualTo(1);
    }

    /** As TensorRT writes it at detailed verbosity; what layers were fused stands apart by a sign that is no text. */
    @Test
    void layersAreReadAsTheInspectorTellsThem() {
        String json = """
            {"Name": "a \\"b\\" + c", "LayerType": "CaskConvolution",
             "Inputs": [{"Name": "x", "Dimensions": [1, 3]}],
             "Metadata": "conv1\\u001erelu1\\u001econv1"}\
            """;
        assertThat(EngineLayer.parse(json))
                .isEqualTo(new EngineLayer("a \"b\" + c", "CaskConvolution", List.of("conv1", "relu1")));
        assertThat(EngineLayer.parse("\"only a name\"")).isEqualTo(new EngineLayer("only a name", "", List.of()));
    }

    @Test
    void profilesComeWithTheEngine() throws IOException {
        Path file = folder.resolve("line.engine");
        compile(Map.of()).write(file);
        assertThat(Profiles.of(EngineFile.read(file).options(), GRAPH).all()).hasSize(2);
    }
}
