package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.runtime.input.Npz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReproCommandTest {
    private static final String LOSSY = "canonicalize,quantize-weights{bits=4,least=1}";

    @TempDir
    private Path folder;

    /** Secret weights, and a logarithm: of negative numbers, where {@code sign} is negate. */
    private Path model(String sign) {
        StringBuilder numbers = new StringBuilder();
        for (int i = 0; i < 64; i++) {
            numbers.append(i == 0 ? "" : ", ").append("0.").append(1234 + 37 * i);
        }
        return TinyModels.write(
                folder.resolve("secret.lir"), """
                    graph @secret(%salary: f32[n, 8]) -> (wages: f32[n, 8], other: f32[n, 8]) {
                      %w = constant [W] : f32[8, 8]
                      %a = relu(%salary) : f32[n, 8]
                      %b = exp(%a) : f32[n, 8]
                      %c = mat_mul(%b, %w) : f32[n, 8]
                      %d = SIGN(%c) : f32[n, 8]
                      %e = log(%d) : f32[n, 8]
                      %wages = relu(%e) : f32[n, 8]
                      %other = tanh(%b) : f32[n, 8]
                      return %wages, %other
                    }
                    """.replace("W", numbers).replace("SIGN", sign));
    }

    private static Cli repro(Object... args) {
        return Cli.lathe(Stream.concat(Stream.of("repro"), Stream.of(args)).toArray());
    }

    @Test
    void theNodeThatMakesNaNIsLeft() {
        Path out = folder.resolve("small.lir");
        Cli cli = repro(model("negate"), "--anonymize", "-o", out);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("NaN", "7 before, 1 now", "run it with: lathe run " + out, "--check-finite");
        Graph graph = IrText.read(out);
        assertThat(graph.allNodes()).hasSize(1);
        assertThat(graph.nodes().getFirst().op().mnemonic()).isEqualTo("log");
        assertThat(graph.inputs().getFirst().name()).isEqualTo("input0");
        assertThat(graph.outputNames()).containsExactly("output0");
        Path inputs = folder.resolve("small.npz");
        assertThat(Npz.read(inputs).keySet()).containsExactly("input0");
        Cli again = Cli.lathe("run", out, "--input", inputs, "--check-finite");
        assertThat(again.exit()).isEqualTo(1);
    }

    @Test
    void aWrongResultIsATestFolderWithRandomWeights() throws IOException {
        Path out = folder.resolve("repro");
        Cli cli = repro(model("relu"), "--input", "salary=random", "--passes", LOSSY, "--shape", "n=2", "-o", out);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("the failure  output \"wages\"", "before, 1 now", "lathe diff " + out);
        assertThat(Cli.files(out)).containsExactly("model.onnx", "test_data_set_0");
        Cli again = Cli.lathe(
                "diff",
                out.resolve("model.onnx"),
                "--input",
                out.resolve("test_data_set_0/input_0.pb"),
                "--passes",
                LOSSY);
        assertThat(again.exit()).as(again.out() + again.err()).isEqualTo(1);
        assertThat(again.out()).contains("DIFFERS");
    }

    @Test
    void aModelThatDoesNotFailIsToldSo() throws IOException {
        Path out = folder.resolve("repro");
        Cli cli = repro(TinyModels.mlp(folder), "-o", out);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out()).contains("the model does not fail");
        assertThat(out).doesNotExist();
        Files.createDirectories(out);
        TinyModels.write(out.resolve("mine.txt"), "x");
        assertThat(repro(TinyModels.mlp(folder), "-o", out).err()).contains("name a new folder");
        assertThat(repro(TinyModels.mlp(folder)).exit()).isEqualTo(2);
    }

    @Test
    void anErrorIsAFailureToo() {
        Path model = TinyModels.write(folder.resolve("index.lir"), """
            graph @index(%ids: i64[2], %x: f32[2]) -> (y: f32[2], z: f32[2]) {
              %table = constant [1, 2, 3] : f32[3]
              %t = exp(%table) : f32[3]
              %y = gather(%t, %ids) {axis=0} : f32[2]
              %z = relu(%x) : f32[2]
              return %y, %z
            }
            """);
        Path out = folder.resolve("small.lir");
        Cli cli = repro(model, "--input", "ids=[0, 7]", "--target", "reference", "-o", out);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(IrText.read(out).outputNames()).containsExactly("y");
        assertThat(cli.out()).contains("--target reference");
    }
}
