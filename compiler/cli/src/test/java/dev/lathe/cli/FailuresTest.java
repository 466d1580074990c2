package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailuresTest {
    private final StringWriter err = new StringWriter();
    private final Terminal terminal = Terminal.plain(new PrintWriter(new StringWriter()), new PrintWriter(err));

    @Test
    void aFaultOfLatheSaysSoAndHowToReportIt() {
        int exit = new Failures(new Main(terminal)).error(new StackOverflowError());
        assertThat(exit).isEqualTo(70);
        assertThat(err.toString())
                .contains("StackOverflowError", "a fault of Lathe, not of your model", "--stacktrace")
                .doesNotContain("\tat ");
    }

    @Test
    void aHeapThatIsTooSmallNamesTheOption() {
        int exit = new Failures(new Main(terminal)).error(new OutOfMemoryError());
        assertThat(exit).isEqualTo(1);
        assertThat(err.toString()).contains("the Java heap of", "LATHE_JAVA_OPTS=-Xmx");
    }

    @Test
    void aStackTraceIsShownWhenAskedFor(@TempDir Path folder) {
        assertThat(Cli.lathe("inspect", folder.resolve("no.onnx")).err()).doesNotContain("\tat ");
        assertThat(Cli.lathe("inspect", folder.resolve("no.onnx"), "--stacktrace")
                        .err())
                .contains("error[", "\tat dev.lathe.");
    }

    @Test
    void coloursAreUsedOnlyWhereTheyAreSeen() {
        Diagnostic d = Diagnostic.error("code", Location.of("node", "Relu", 13), "what", "fix");
        new DiagnosticPrinter(terminal).print(d);
        assertThat(err.toString()).isEqualTo("""
            error[code]: what
              at  "node"(Relu-13)
              fix fix
            """);
        err.getBuffer().setLength(0);
        Terminal coloured = new Terminal(terminal.out(), terminal.err(), true, false, terminal.in(), terminal.bytes());
        new DiagnosticPrinter(coloured).print(d);
        assertThat(err.toString()).startsWith("\033[1;31merror[code]\033[0m");
    }

    @Test
    void namesFromAModelCannotMoveTheCursor() {
        new DiagnosticPrinter(terminal).print(List.of(Diagnostic.error("code", "a \033[2J b", "")));
        assertThat(err.toString()).isEqualTo("error[code]: a ?[2J b\n");
    }

    @ParameterizedTest
    @CsvSource({"rn,run", "inpect,inspect", "--versoin,--version", "run --inptu,--input", "opt --pases,--passes"})
    void aMistypedCommandOrOptionIsAnswered(String line, String meant) {
        Cli cli = Cli.lathe((Object[]) line.split(" "));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("did you mean " + meant);
        assertThat(cli.problems()).isOne();
    }
}
