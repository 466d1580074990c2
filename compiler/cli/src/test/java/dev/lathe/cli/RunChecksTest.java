package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.input.Npz;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code lathe run} looks at and writes, beside results as text. */
class RunChecksTest {
    private static final String X = "x=[[1, -1, 2], [0, 0, 1]]";

    @TempDir
    private Path folder;

    /** {@code y = relu(log(x * w))}. */
    private Path model;

    @BeforeEach
    void writeModel() {
        model = TinyModels.write(folder.resolve("log.lir"), """
            graph @log(%x: f32[batch, 3]) -> (y: f32[batch, 2]) {
              %w = constant [1, 2, 3, 4, 5, 6] : f32[3, 2]
              %hidden = mat_mul(%x, %w) : f32[batch, 2]
              %logs = log(%hidden) : f32[batch, 2]
              %y = relu(%logs) : f32[batch, 2]
              return %y
            }
            """);
    }

    private static Cli run(Object... args) {
        return Cli.lathe(Stream.concat(Stream.of("run"), Stream.of(args)).toArray());
    }

    @Test
    void valuesInsideAreOutputs() {
        assertThat(run(model, "--input", X, "--outputs", "hidden,y").out()).isEqualTo("""
            hidden: f32[2, 2]
              8.000000 10.00000 5.000000 6.000000
            y: f32[2, 2]
              2.079442 2.302585 1.609438 1.791759
            """);
        assertThat(run(model, "--input", X, "--outputs", "all").out().lines().filter(l -> !l.startsWith(" ")))
                .containsExactly("y: f32[2, 2]", "hidden: f32[2, 2]", "logs: f32[2, 2]");
    }

    @Test
    void aValueThatDoesNotExistIsTold() {
        Cli cli = run(model, "--outputs", "hiden,nothing");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("no value named \"hiden\"", "did you mean hidden?", "named \"nothing\"");
        assertThat(cli.problems()).isEqualTo(2);
    }

    @Test
    void theFirstValueThatIsNotFiniteIsNamed() throws IOException {
        Path json = folder.resolve("out.json");
        Cli cli = run(model, "--input", "[[-1, 0, 0]]", "--check-finite", "--json", json);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out())
                .contains("NOT FINITE output \"y\"", "\"logs\" has NaN in 2 of 2 elements, computed by log");
        JsonNode first = new ObjectMapper().readTree(json.toFile()).at("/finite/first");
        assertThat(first.get("name").asText()).isEqualTo("logs");
        assertThat(run(model, "--input", "[[NaN, 0, 0]]", "--check-finite").out())
                .contains("first value that is not finite: \"x\" has NaN in 1 of 3 elements");
        Cli finite = run(model, "--input", X, "--check-finite");
        assertThat(finite.exit()).isZero();
        assertThat(finite.out()).endsWith("all outputs are finite\n");
    }

    @Test
    void anotherTargetIsCompared() throws IOException {
        Path json = folder.resolve("out.json");
        Cli cli = run(model, "--input", X, "--compare", "reference", "--json", json);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("compared with reference", "y       f32[2, 2]", "agrees");
        JsonNode y = new ObjectMapper().readTree(json.toFile()).at("/comparison/outputs/0");
        assertThat(y.get("max_absolute").asDouble()).isLessThan(1e-5);
        assertThat(y.get("cosine").asDouble()).isGreaterThan(0.999999);
    }

    @Test
    void aDifferenceIsAFailure() {
        Path random = TinyModels.write(folder.resolve("sums.lir"), """
            graph @sums(%x: f32[64, 64]) -> (y: f32[64, 64]) {
              %y = mat_mul(%x, %x) : f32[64, 64]
              return %y
            }
            """);
        Cli cli = run(random, "--compare", "reference", "--rtol", 0, "--atol", 1e-12);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out()).contains("DIFFERENT y: element [", "allowed 1.00e-12");
        assertThat(run(random, "--compare", "reference").exit()).isZero();
    }

    @Test
    void optionsThatMakeNoSenseAreTold() {
        assertThat(run(model, "--rtol", 1).err()).contains("add --compare reference");
        assertThat(run(model, "--compare", "refrence").err()).contains("did you mean reference?");
        assertThat(run(model, "--output", "-", "--json", "-").exit()).isEqualTo(2);
        Path jar = folder.resolve("log.jar");
        assertThat(Cli.lathe("compile", model, "-o", jar).exit()).isZero();
        assertThat(run(jar, "--outputs", "all").err()).contains("a compiled jar does not hold it");
        assertThat(run(jar, "--check-finite", "--input", X).exit()).isZero();
    }

    @Test
    void aTestFolderIsWrittenAndPasses() throws IOException {
        Path tests = Files.createDirectories(folder.resolve("tests"));
        Path test = tests.resolve("first");
        assertThat(run(model, "--input", X, "--save-inputs", test).err()).contains("lathe verify " + test);
        assertThat(Cli.files(test)).containsExactly("model.onnx", "test_data_set_0");
        assertThat(Cli.files(test.resolve("test_data_set_0"))).containsExactly("input_0.pb", "output_0.pb");
        assertThat(Cli.files(tests)).containsExactly("first");
        assertThat(Cli.lathe("verify", test).lastLine()).isEqualTo("1 passed, 0 failed, 0 skipped");
        Cli again = run(model, "--input", X, "--save-inputs", test);
        assertThat(again.exit()).isEqualTo(2);
        assertThat(again.err()).contains("name a new folder");
    }

    @Test
    void anOnnxModelIsCopiedAsItIs() throws IOException {
        Path onnx = TinyModels.onnx(folder.resolve("relu.onnx"), "Relu");
        Path test = folder.resolve("test");
        assertThat(run(onnx, "--save-inputs", test).exit()).isZero();
        assertThat(test.resolve("model.onnx")).hasSameBinaryContentAs(onnx);
        assertThat(Cli.lathe("verify", test, "--target", "reference").exit()).isZero();
    }

    @Test
    void outputsAreOneArchive() {
        Path npz = folder.resolve("out.npz");
        assertThat(run(model, "--input", X, "--outputs", "y,hidden", "--output", npz)
                        .exit())
                .isZero();
        assertThat(Npz.read(npz).keySet()).containsExactly("y", "hidden");
        assertThat(Npz.read(npz).get("hidden")).isEqualTo(Tensor.of(new float[] {8, 10, 5, 6}, 2, 2));
    }

    @Test
    void namesInAnArchiveDoNotLeadOutOfTheFolder() {
        Path hostile = TinyModels.write(folder.resolve("hostile.lir"), """
            graph @g(%x: f32[1]) -> ("../../evil": f32[1], "a..b/c": f32[1]) {
              %y = relu(%x) : f32[1]
              %z = exp(%x) : f32[1]
              return %y, %z
            }
            """);
        Path npz = folder.resolve("out.npz");
        assertThat(run(hostile, "--output", npz).exit()).isZero();
        assertThat(Npz.read(npz).keySet()).containsExactly("__/__/evil", "a..b/c");
    }

    private record Piped(int exit, byte[] out, String text, String err) {}

    private static Piped piped(byte[] in, Object... args) {
        StringWriter text = new StringWriter();
        StringWriter err = new StringWriter();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new PrintWriter(text), new PrintWriter(err), false, false, new ByteArrayInputStream(in), out);
        int exit = Main.execute(terminal, Stream.of(args).map(Object::toString).toArray(String[]::new));
        return new Piped(exit, out.toByteArray(), text.toString(), err.toString());
    }

    @Test
    void pipesCarryBytes() throws IOException {
        Tensor x = Tensor.of(new float[] {1, -1, 2, 0, 0, 1}, 2, 3);
        Piped p = piped(Npy.bytes(x), "run", model, "--input", "x=-", "--outputs", "hidden", "--output", "-");
        assertThat(p.exit()).as(p.err()).isZero();
        assertThat(p.text()).isEmpty();
        Path out = TinyModels.write(folder.resolve("piped.npz"), p.out());
        assertThat(Npz.read(out).get("hidden")).isEqualTo(Tensor.of(new float[] {8, 10, 5, 6}, 2, 2));
        assertThat(piped(p.out(), "run", model, "--input", "-").exit()).isEqualTo(1); // hidden is no x
        assertThat(piped("[[1, 2, 3]]\n".getBytes(StandardCharsets.UTF_8), "run", model, "--input", "-")
                        .text())
                .startsWith("y: f32[1, 2]");
    }

    @Test
    void modelsComeOnTheStandardInput() throws IOException {
        assertThat(piped(Files.readAllBytes(model), "run", "-", "--input", X).text())
                .startsWith("y: f32[2, 2]");
        Path onnx = TinyModels.onnx(folder.resolve("relu.onnx"), "Relu");
        assertThat(piped(Files.readAllBytes(onnx), "run", "-").text()).startsWith("y: f32[2, 3]");
        assertThat(piped(Files.readAllBytes(onnx), "inspect", "-").text()).contains("x: f32[2, 3]");
        assertThat(piped(Files.readAllBytes(onnx), "opt", "-").text()).contains("relu(%x)");
        assertThat(piped(Files.readAllBytes(model), "run", "-", "--input", "-").err())
                .contains("- stands for two");
        assertThat(piped(new byte[0], "run", "-").err()).contains("nothing on the standard input");
    }
}
