package dev.lathe.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.Placement;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import dev.lathe.regions.RegionArtifact;
import dev.lathe.regions.RegionCompiler;
import dev.lathe.regions.RegionFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Models that TensorRT and target java run together: every test of the suites with a node that TensorRT refuses, cut
 * into regions. The regions of TensorRT are recorded and run by their reference meaning, those of target java are
 * compiled.
 */
public class FallbackTest {
    private static final Backend ENGINE = Backends.named(RecordedEngine.NAME);

    @TempDir
    private Path folder;

    /** {@code graph} for TensorRT where it takes it, and for target java. */
    public static RegionArtifact compile(Graph graph) {
        CompileOptions options =
                CompileOptions.builder().target(RecordedEngine.NAME).build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        Graph target = PassManager.run(canonical, ENGINE.pipeline(options), options.passContext());
        return new RegionCompiler(ENGINE, Backends.named("java"), options).compile(target);
    }

    @TestFactory
    Stream<DynamicTest> suiteModels() {
        assumeTrue(Files.isDirectory(OnnxTest.data()), "the ONNX test data is not at " + OnnxTest.data());
        List<Ignored> refused = Ignored.read("tensorrt.txt");
        List<Ignored> java = Ignored.read("ignored.txt");
        return OnnxTest.suite("node").stream()
                .filter(t ->
                        Ignored.find(refused, t.name(), ModelForm.AS_WRITTEN).isPresent())
                .filter(t -> Ignored.find(java, t.name(), ModelForm.AS_WRITTEN).isEmpty())
                .map(t -> dynamicTest(
                        t.name(),
                        () -> assertThat(t.run(
                                        ModelForm.AS_WRITTEN,
                                        graph -> compile(graph).load(),
                                        OnnxTest.TOLERANCES))
                                .isEmpty()));
    }

    /** Half of it layers, and a sum of doubles between. */
    private static final String MIXED = """
        graph @mixed(%x: f32[n, 4]) -> (f32[n, 4], f64[n]) {
          %w = constant [[1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 0.0, 1.0], [2.0, 0.5, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0]] : f32[4, 4]
          %a = mat_mul(%x, %w)
          %b = cast(%a) {to=f64, saturate=true}
          %c = reduce_sum(%b) {axes=[1], keep_dims=false}
          %d = cast(%c) {to=f32, saturate=true}
          %e = reshape(%d) {shape=[n, 1]}
          %f = broadcast(%e) {shape=[n, 4]}
          %g = add(%a, %f)
          %h = tanh(%g)
          return %h, %c
        }
        """;

    private static Map<String, Tensor> input() {
        return Map.of("x", Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 3, 4));
    }

    private static void check(Executable model) {
        Map<String, Datum> expected = new ReferenceEvaluator(IrText.parse(MIXED)).run(input());
        Map<String, Datum> actual = model.run(input());
        assertThat(actual.keySet()).containsExactlyElementsOf(expected.keySet());
        actual.forEach((name, value) -> {
            Tensor right = Tensor.named(expected, name);
            Tensor given = (Tensor) value;
            assertThat(given.type()).isEqualTo(right.type());
            for (long i = 0; i < right.size(); i++) {
                assertThat(given.getDouble(i)).isCloseTo(right.getDouble(i), within(1e-5));
            }
        });
    }

    @Test
    void saysWhatRunsWhereAndWhy() {
        Placement placement = compile(IrText.parse(MIXED)).placement();
        assertThat(placement.parts())
                .extracting(Placement.Part::place)
                .containsExactly(RecordedEngine.NAME, "java", RecordedEngine.NAME);
        assertThat(placement.toString()).contains("2. java: ").contains("TensorRT has no elements of f64");
    }

    @Test
    void oneFileHoldsTheEnginesAndTheClasses() throws IOException {
        RegionArtifact compiled = compile(IrText.parse(MIXED));
        try (Executable model = compiled.load()) {
            check(model);
        }
        Path file = folder.resolve("mixed.jar");
        compiled.write(file);
        assertThat(folder.toFile().list()).containsExactly("mixed.jar");
        RegionFile opened =
                RegionFile.open(file, LoadOptions.standard(), Backends::named).orElseThrow();
        assertThat(opened.target()).isEqualTo(RecordedEngine.NAME);
        assertThat(opened.steps()).isEqualTo(compiled.steps());
        try (Executable model = opened.load()) {
            check(model);
            assertThat(model.inputs()).isEqualTo(compiled.load().inputs());
        }
        Path copy = folder.resolve("copy.jar");
        opened.write(copy);
        assertThat(copy).hasSameBinaryContentAs(file);
    }

    /** As the command line does it: compile, write, open, run. */
    @Test
    void aModelIsCompiledForBothTargetsIfThatIsAllowed() throws IOException {
        CompileOptions.Builder options = CompileOptions.builder().target(RecordedEngine.NAME);
        Graph graph = IrText.parse(MIXED);
        assertThatThrownBy(() -> Lathe.compile(graph, options.build()))
                .isInstanceOfSatisfying(
                        LatheException.class, e -> assertThat(e.diagnostics()).hasSize(3))
                .hasMessageContaining("cast: target recorded-tensorrt cannot run it: TensorRT has no elements of f64")
                .hasMessageContaining("--allow-fallback");
        CompileOptions allowed = options.allowFallback(true).build();
        assertThat(Lathe.fileEnding(allowed)).isEqualTo(".jar");
        Model model = Lathe.compile(graph, allowed);
        assertThat(model.placement().orElseThrow().parts()).hasSize(3);
        Path file = folder.resolve("both.jar");
        model.write(file);
        Model opened = Lathe.open(file);
        assertThat(opened.target()).isEqualTo(RecordedEngine.NAME);
        try (Executable run = opened.load()) {
            check(run);
        }
        Graph whole = IrText.parse("""
            graph @f(%x: f32[2]) -> (f32[2]) {
              %y = exp(%x)
              return %y
            }
            """);
        assertThat(Lathe.compile(whole, allowed).placement().orElseThrow().parts())
                .as("nothing is refused")
                .hasSize(1);
    }

    @Test
    void tellsHowLongEachStepTakes() {
        RegionArtifact compiled = compile(IrText.parse(MIXED));
        Map<Integer, Long> nanos = new TreeMap<>();
        try (Executable model = compiled.load((step, n) -> nanos.merge(step, n, Long::sum))) {
            check(model);
        }
        List<ModelStep> steps = compiled.steps();
        assertThat(steps.getFirst().kernel()).isEqualTo(RecordedEngine.NAME + "_region");
        assertThat(nanos).hasSize(steps.size());
    }

    @Test
    void aDamagedFileIsRefused() throws IOException {
        Path file = folder.resolve("mixed.jar");
        compile(IrText.parse(MIXED)).write(file);
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 0; at < bytes.length; at += 97) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 0x55;
            Path other = Files.write(folder.resolve("damaged.jar"), damaged);
            try {
                RegionFile.open(other, LoadOptions.standard(), Backends::named)
                        .ifPresent(f -> f.load().close());
            } catch (LatheException e) {
                assertThat(e.diagnostics()).isNotEmpty();
            }
        }
    }
}
