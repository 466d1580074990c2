package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.Lathe;
import dev.lathe.ir.text.Printer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizeCommandTest {
    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void write() {
        String weights = new Random(1)
                .doubles(64 * 32)
                .mapToObj(d -> Float.toString((float) (d - 0.5)))
                .collect(Collectors.joining(", "));
        model = TinyModels.write(folder.resolve("dense.lir"), """
            graph @dense(%%x: f32[batch, 64]) -> (y: f32[batch, 32]) {
              %%w = constant [%s] : f32[64, 32]
              %%y = mat_mul(%%x, %%w) : f32[batch, 32]
              return %%y
            }
            """.formatted(weights));
        out = folder.resolve("small.onnx");
    }

    @Test
    void aSmallerModelIsWrittenAndWhatItLostIsShown() {
        Cli cli = Cli.lathe("quantize", model, "-o", out);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("weights", "0.27", "cosine to the original's outputs");
        assertThat(cli.err()).contains("random inputs, which say little", "wrote");
        assertThat(Printer.print(Lathe.read(out))).contains("integer_mat_mul", "dynamic_quantize");
    }

    @Test
    void textIsWrittenToo() {
        Path text = folder.resolve("small.lir");
        Cli cli = Cli.lathe("quantize", model, "-o", text, "--mode", "weights", "--bits", "4", "--block", "16");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(Printer.print(Lathe.read(text))).contains("u4[64, 32]", "block_size=16");
    }

    @Test
    void aModelThatLosesTooMuchIsNotWritten() {
        Cli cli = Cli.lathe("quantize", model, "-o", out, "--mode", "weights", "--bits", "4", "--max-loss", "0.002%");
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out()).contains("NOT WRITTEN", "product", "dB", "nearest that holds: --mode weights --bits 8");
        assertThat(Files.exists(out)).isFalse();
    }

    @Test
    void whenNothingHoldsItSaysSo() {
        Cli cli = Cli.lathe("convert", model, "-o", out, "--check", "max-abs", "--max-loss", "0");
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out()).contains("no milder way holds either");
        assertThat(Files.exists(out)).isFalse();
    }

    @Test
    void rangesComeFromData() {
        assertThat(Cli.lathe("quantize", model, "-o", out, "--mode", "static").err())
                .contains("measures values on data", "--data");
        Path data = folder.resolve("data");
        Path made =
                Cli.lathe("run", model, "--shape", "batch=3", "--output", data).exit() == 0
                        ? data.resolve("y.npy")
                        : data;
        assertThat(made).exists();
        // An output of 32 columns is no input of 64, which is said.
        assertThat(Cli.lathe("quantize", model, "-o", out, "--mode", "static", "--data", data)
                        .err())
                .contains("error[");
        assertThat(Files.exists(out)).isFalse();
    }

    @Test
    void curesThatPayAreFound() throws IOException {
        Random random = new Random(2);
        Path data = folder.resolve("rows.csv");
        StringBuilder rows = new StringBuilder();
        for (int row = 0; row < 12; row++) {
            rows.append(random.doubles(64)
                            .mapToObj(d -> Float.toString((float) d))
                            .collect(Collectors.joining(",")))
                    .append('\n');
        }
        Files.writeString(data, rows);
        Cli cli = Cli.lathe(
                "quantize", model, "-o", out, "--mode", "weights", "--bits", "4", "--data", data, "--cure", "auto");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("as it is", "gptq", "kept: loses", "smooth-quant (operands stay floats)");
        assertThat(Cli.lathe("quantize", model, "-o", out, "--cure", "auto").err())
                .contains("cures are chosen by what they recover on data");
        assertThat(Cli.lathe("quantize", model, "-o", out, "--cure", "rest").err())
                .contains("there is no cure rest; there are auto, equalize-layers");
    }

    @Test
    void aModelWithNothingToChangeIsNotWritten() {
        Path relu = TinyModels.write(folder.resolve("relu.lir"), """
            graph @relu(%x: f32[2, 3]) -> (y: f32[2, 3]) {
              %y = relu(%x) : f32[2, 3]
              return %y
            }
            """);
        for (String[] command : new String[][] {{"quantize"}, {"convert"}, {"prune", "--unstructured", "50%"}}) {
            List<Object> arguments = new ArrayList<>(List.of((Object[]) command));
            arguments.addAll(List.of(relu, "-o", out));
            Cli cli = Cli.lathe(arguments.toArray());
            assertThat(cli.exit()).isEqualTo(2);
            assertThat(cli.err()).contains("error[compress.nothing]");
        }
        assertThat(Files.exists(out)).isFalse();
    }

    @Test
    void mistakesAreTold() {
        assertThat(Cli.lathe("quantize", model, "-o", folder.resolve("x.txt")).err())
                .contains("ends in .onnx or .lir");
        assertThat(Cli.lathe("quantize", model, "-o", out, "--bits", "4").err()).contains("add --mode weights");
        assertThat(Cli.lathe("quantize", model, "-o", out, "--mode", "weights", "--block", "3")
                        .err())
                .contains("at least 16 weights");
        assertThat(Cli.lathe("quantize", model, "-o", out, "--mode", "weights", "--bits", "5")
                        .err())
                .contains("8 or 4 bits");
        assertThat(Cli.lathe("quantize", model, "-o", out, "--mode", "soft").err())
                .contains("there is no mode soft");
        assertThat(Cli.lathe("quantize", model, "-o", out, "--check", "bleu").err())
                .contains("there is no metric bleu");
        assertThat(Cli.lathe("quantize", model, "-o", out, "--max-loss", "much").err())
                .contains("--max-loss much is no loss");
        for (String loss : List.of("200%", "1.5", "NaN", "1%%", "Infinity")) {
            Cli cli = Cli.lathe("quantize", model, "-o", out, "--max-loss", loss);
            assertThat(cli.exit()).isEqualTo(2);
            assertThat(cli.err()).contains("is no loss from 0 to 100 %");
        }
        assertThat(Cli.lathe("quantize", model, "-o", out, "--data", "nowhere.npz")
                        .err())
                .contains("nowhere.npz");
        assertThat(Cli.lathe("convert", model, "-o", out, "--precision", "f8").err())
                .contains("there are f16, bf16 and auto");
        assertThat(Files.exists(out)).isFalse();
    }
}
