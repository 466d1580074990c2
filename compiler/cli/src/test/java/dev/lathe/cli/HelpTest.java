package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {
    @Test
    void helpListsTheCommandsAndTheExitCodes() {
        Cli cli = Cli.lathe("--help");
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).contains("Usage: lathe", "compile", "run", "verify", "completion", "Exit codes: 0 done");
        assertThat(cli.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"compile", "run", "bench", "verify", "inspect", "opt", "passes", "ops", "doctor", "completion"})
    void everyCommandHasAParagraphAndExamples(String command) {
        Cli cli = Cli.lathe(command, "--help");
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).startsWith("Usage: lathe " + command).contains("Examples:", "lathe " + command);
        String description =
                cli.out().substring(cli.out().indexOf("\n\n"), cli.out().indexOf("Options:"));
        assertThat(description.split("\\s+")).hasSizeGreaterThan(12);
    }

    @Test
    void theVersionNamesLatheAndJava() {
        Cli cli = Cli.lathe("--version");
        assertThat(cli.exit()).isZero();
        assertThat(cli.out())
                .startsWith("lathe ")
                .contains("Java " + Runtime.version().feature());
    }

    @Test
    void anUnknownCommandSuggestsTheNearest() {
        Cli cli = Cli.lathe("inspekt", "model.onnx");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("inspekt", "did you mean inspect");
        assertThat(cli.problems()).isOne();
    }

    @Test
    void anUnknownOptionSuggestsTheNearest() {
        Cli cli = Cli.lathe("run", "model.onnx", "--inputs", "x=1");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("--inputs", "did you mean --input", "lathe run --help");
        assertThat(cli.problems()).isOne();
    }

    @Test
    void noCommandIsWrongUsage() {
        Cli cli = Cli.lathe();
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("no command", "lathe --help");
    }

    @Test
    void aMissingArgumentIsNamed() {
        Cli cli = Cli.lathe("inspect");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("MODEL");
    }

    @Test
    void anOptimizationLevelThatDoesNotExistIsTold() {
        Cli cli = Cli.lathe("inspect", "model.onnx", "-O7");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("-O0 to -O3");
    }

    @Test
    void theCompletionScriptKnowsCommandsAndOptions() {
        Cli cli = Cli.lathe("completion");
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).contains("complete ", "lathe", "--coverage", "verify");
    }
}
