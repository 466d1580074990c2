package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompressCommandTest {
    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void write() {
        model = TinyModels.write(folder.resolve("dense.lir"), """
            graph @dense(%%x: f32[batch, 64]) -> (y: f32[batch, 64]) {
              %%w1 = constant [%s] : f32[64, 64]
              %%w2 = constant [%s] : f32[64, 64]
              %%h = mat_mul(%%x, %%w1) : f32[batch, 64]
              %%r = relu(%%h) : f32[batch, 64]
              %%y = mat_mul(%%r, %%w2) : f32[batch, 64]
              return %%y
            }
            """.formatted(numbers(1), numbers(2)));
        out = folder.resolve("small.onnx");
    }

    private static String numbers(int seed) {
        return new Random(seed)
                .doubles(64 * 64)
                .mapToObj(d -> Float.toString((float) (d - 0.5)))
                .collect(Collectors.joining(", "));
    }

    @Test
    void aBudgetIsMetAndEachStepIsTold() throws IOException {
        Path page = folder.resolve("report.html");
        Path json = folder.resolve("report.json");
        Cli cli = Cli.lathe(
                "compress", model, "-o", out, "--budget", "size<=35%, cosine>=0.99", "--html", page, "--json", json);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("profile", "choose", "verify", "the budget holds", "wrote");
        assertThat(cli.out()).contains("weights", "energy a call", "cosine to the original's outputs");
        assertThat(Files.size(out)).isLessThan(16_000);
        assertThat(page).content().contains("dense.lir", "<svg");
        assertThat(json).content().contains("\"sensitivity\"", "\"points\"", "\"choices\"", "\"written\" : true");
    }

    @Test
    void anImpossibleBudgetWritesNothingAndShowsTheNearestPoints() {
        Cli cli = Cli.lathe("compress", model, "-o", out, "--budget", "size<=3%, cosine>=0.9999");
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out()).contains("NOT WRITTEN", "the nearest points", "the model", "mixed:");
        assertThat(Files.exists(out)).isFalse();
    }

    @Test
    void precisionsAreFound() {
        Cli half = Cli.lathe("convert", model, "-o", out, "--precision", "auto", "--max-loss", "0.01%");
        assertThat(half.exit()).as(half.err()).isZero();
        assertThat(half.err()).contains("mixed:");
        Cli bits = Cli.lathe("quantize", model, "-o", out, "--mode", "weights", "--bits", "auto", "--max-loss", "2%");
        assertThat(bits.exit()).as(bits.err()).isZero();
        assertThat(bits.err()).contains("int4/32").doesNotContain("f16");
    }

    @Test
    void sensitivityHasAColumnForEachShareOfZeros() {
        Cli cli = Cli.lathe("sensitivity", model, "--zeros", "50%,90%");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("50% zeros", "90% zeros");
        assertThat(Cli.lathe("sensitivity", model, "--zeros", "2").err()).contains("give shares such as 50%,70%");
    }

    @Test
    void sensitivityIsATableAndAPage() {
        Path page = folder.resolve("heat.html");
        Cli cli = Cli.lathe("sensitivity", model, "--html", page);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("weight", "f16", "int4/32", "int8/tensor", "w1", "w2", "operand", "dB");
        assertThat(page).content().contains("w2", "hsl(");
    }

    @Test
    void adviceAnswersSevenQuestions() {
        Cli cli = Cli.lathe("advise", model);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out().lines().filter(l -> l.startsWith("ok") || l.startsWith("look")))
                .hasSize(7);
        assertThat(cli.out())
                .contains(
                        "compressed: ",
                        "fused: ",
                        "batch: the first dimension is open",
                        "accelerated: ",
                        "copies: ",
                        "preprocessing: the inputs are plain numbers",
                        "versions: ");
    }

    @Test
    void dataAreReadByTheirName() throws IOException {
        Path csv = Files.writeString(
                folder.resolve("rows.csv"),
                new Random(3)
                        .doubles(2 * 64)
                        .mapToObj(Double::toString)
                        .collect(Collectors.joining(","))
                        .replaceFirst("((?:[^,]*,){63}[^,]*),", "$1\n"));
        Cli cli = Cli.lathe("quantize", model, "-o", out, "--mode", "static", "--data", csv, "--check", "max-abs");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("(2 calls)");
        assertThat(Cli.lathe("quantize", model, "-o", out, "--data", csv, "--check", "accuracy")
                        .err())
                .contains("needs labels");
    }

    @Test
    void mistakesAreTold() {
        assertThat(Cli.lathe("compress", model, "-o", out, "--budget", "small").err())
                .contains("the budget \"small\" cannot be read", "write bounds such as");
        assertThat(Cli.lathe("compress", model, "-o", out).err()).contains("--budget");
        assertThat(Cli.lathe("compress", model, "-o", out, "--budget", "size<=50%", "--data", folder.resolve("no.csv"))
                        .err())
                .contains("there is no file or folder");
        assertThat(Cli.lathe("quantize", model, "-o", out, "--bits", "auto").err())
                .contains("add --mode weights");
        assertThat(Files.exists(out)).isFalse();
    }
}
