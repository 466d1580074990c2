package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.Lathe;
import dev.lathe.ir.text.Printer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OptCommandTest {
    @TempDir
    private Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void write() {
        model = TinyModels.write(folder.resolve("plus.lir"), """
            graph @plus(%x: f32[batch, 2]) -> (y: f32[batch, 2]) {
              %zero = constant [0, 0] : f32[2]
              %h = add(%x, %zero) : f32[batch, 2]
              %unused = relu(%x) : f32[batch, 2]
              %y = relu(%h) : f32[batch, 2]
              return %y
            }
            """);
    }

    @Test
    void theResultIsPrinted() {
        Cli cli = Cli.lathe("opt", model);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).startsWith("graph @plus").contains("relu(%x)").doesNotContain("add");
        assertThat(Cli.lathe("opt", model, "-o", "-").out()).isEqualTo(cli.out());
    }

    @Test
    void thePassesAreChosen() {
        assertThat(Cli.lathe("opt", model, "--passes", "dead-code").out())
                .contains("add")
                .doesNotContain("%unused");
    }

    @Test
    void rewritesStopAfterSoMany() {
        assertThat(Cli.lathe("opt", model, "--stop-after", "0").out()).contains("add");
    }

    @Test
    void textIsWrittenAndReadAgain() {
        Path out = folder.resolve("out.lir");
        Cli cli = Cli.lathe("opt", model, "-o", out, "--shape", "x=4x2");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(Printer.print(Lathe.read(out))).contains("f32[4, 2]");
    }

    @Test
    void onnxIsWrittenAndReadAgain() {
        Path out = folder.resolve("out.onnx");
        Cli cli = Cli.lathe("opt", model, "-o", out);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(Cli.lathe("run", out, "--input", "[[-1, 1]]", "--target", "reference")
                        .out())
                .isEqualTo("y: f32[1, 2]\n  0.000000 1.000000\n");
    }

    @Test
    void aPageShowsWhatThePassesDid() throws IOException {
        Path page = folder.resolve("passes.html");
        Cli cli = Cli.lathe("opt", model, "--html", page);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).isEmpty();
        assertThat(Files.readString(page)).contains("plus.lir", "\"title\":\"canonicalize\"", "add(%x, %zero)");
    }

    @Test
    void anOutputOfAnUnknownKindIsWrongUsage() throws IOException {
        Cli cli = Cli.lathe("opt", model, "-o", folder.resolve("out.txt"));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains(".onnx or .lir");
        assertThat(Cli.files(folder)).containsExactly("plus.lir");
    }

    @Test
    void aPipelineThatCannotBeReadIsTold() {
        Cli cli = Cli.lathe("opt", model, "--passes", "canonicalize{");
        assertThat(cli.exit()).isNotZero();
        assertThat(cli.problems()).isOne();
    }

    @Test
    void anUnknownOptionOfAPassIsWrongUsage() {
        Cli cli = Cli.lathe("opt", model, "--passes", "fold-constants{speed=3}");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("no option speed", "limit");
    }
}
