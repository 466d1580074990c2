package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.PassManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each test runs {@code java -jar} on the jar of a model, with nothing else on the class path. */
class OpenClJarTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();

    /** Kernels, a composite with a kernel, a branch, and a step of the host. */
    private static final Graph MODEL = IrText.parse("""
        graph @model(%x: f32[n, 3], %yes: bool[]) -> (f32[n, 2], f32[n, 2], i64[2, many]) {
          %w = constant [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] : f32[3, 2]
          %m = mat_mul(%x, %w)
          %s = softmax(%m) {axis=1}
          %b = if(%yes) {then_branch=graph() -> (f32[n, 2]) {
            %t = exp(%m)
            return %t
          }, else_branch=graph() -> (f32[n, 2]) {
            %f = negate(%m)
            return %f
          }, result_types=[f32[n, 2]], bound_symbols=[]}
          %z = non_zero(%m) {count=many}
          return %s, %b, %z
        }
        """);

    @TempDir
    static Path folder;

    private static Path jar;

    private record Result(int code, String out, String err) {}

    @BeforeAll
    static void compile() throws IOException {
        CompileOptions options =
                CompileOptions.builder().target("opencl").name("parts").build();
        jar = folder.resolve("parts.jar");
        BACKEND.compile(PassManager.run(MODEL, BACKEND.pipeline(options), options.passContext()), options)
                .write(jar);
    }

    private static Result run(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", jar.toString()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out.txt");
        Path err = folder.resolve("err.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().remove("CLASSPATH");
        builder.environment().putAll(environment);
        int code = builder.start().waitFor();
        return new Result(code, Files.readString(out), Files.readString(err, StandardCharsets.UTF_8));
    }

    private static void needsDevice() {
        Availability here = BACKEND.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    @Test
    void itRunsByItself() throws Exception {
        needsDevice();
        Tensor x = Tensor.of(new float[] {1, 2, 3, -4, 5, -6}, 2, 3);
        Npy.write(x, folder.resolve("x.npy"));
        Result r = run(Map.of(), "--input", "x=x.npy", "--input", "yes=false", "--output", "results");
        assertThat(r.err).isEmpty();
        assertThat(r.code).isZero();
        Map<String, Tensor> expected = new TreeMap<>();
        new ReferenceEvaluator(MODEL)
                .run(Map.of("x", x, "yes", Tensor.scalar(false)))
                .forEach((name, value) -> expected.put(name, (Tensor) value));
        for (Map.Entry<String, Tensor> e : expected.entrySet()) {
            Tensor actual = Npy.read(folder.resolve("results").resolve(e.getKey() + ".npy"));
            assertThat(actual.type()).as(e.getKey()).isEqualTo(e.getValue().type());
            for (int i = 0; i < actual.size(); i++) {
                assertThat(actual.getDouble(i))
                        .as(e.getKey())
                        .isCloseTo(e.getValue().getDouble(i), Offset.offset(1e-5));
            }
        }
    }

    @Test
    void helpSaysWhatItRunsOnAndHowToCallIt() throws Exception {
        needsDevice();
        Result r = run(Map.of(), "--help");
        assertThat(r.code).isZero();
        assertThat(r.out)
                .contains("parts, a model compiled by Lathe")
                .contains("import opencl.parts;")
                .contains("try (Executable model = parts.load(0))")
                .doesNotContain("--add-modules");
        assertThat(run(Map.of(), "--bench", "3").out).contains("3 calls, ");
    }

    /** The loader of the system finds no driver there. */
    @Test
    void withoutADeviceItSaysHowToGetOne() throws Exception {
        needsDevice();
        Result r = run(Map.of("OCL_ICD_VENDORS", folder.toString()), "--input", "yes=true");
        assertThat(r.code).isEqualTo(3);
        assertThat(r.err).contains("target.unavailable").contains("install the driver");
        assertThat(r.err.lines().filter(l -> l.startsWith("\tat "))).isEmpty();
    }

    /** What runs a model by itself is small beside most weights, and is no compiler. */
    @Test
    void theRuntimeInItIsSmall() throws IOException {
        assertThat(Files.size(jar)).isLessThan(2_450_000);
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            assertThat(zip.getEntry("META-INF/licenses/antlr4.txt").getSize()).isGreaterThan(500);
            assertThat(zip.stream().map(ZipEntry::getName))
                    .noneMatch(n -> n.startsWith("dev/lathe/frontend/onnx") || n.endsWith("Backend.class"));
        }
    }
}
