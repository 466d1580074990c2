package dev.lathe.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.cli.Main;
import dev.lathe.cli.OperatorRow;
import dev.lathe.frontend.onnx.OnnxOperators;
import dev.lathe.guides.Page;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.Options;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassRegistry;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Pipelines;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

/** The pages under {@code docs/reference} say what the code says. */
class ReferencePagesTest {
    static final String GENERATED =
            "<!-- Written by ReferencePagesTest from the code; run the tests with -Dbless to write it again. -->\n\n";

    @Test
    void operators() throws IOException {
        new Page("docs/reference/operators.md").check(operatorsPage());
    }

    @Test
    void passes() throws IOException {
        new Page("docs/reference/passes.md").check(passesPage());
    }

    @Test
    void ops() throws IOException {
        new Page("docs/reference/ops.md").check(OpsPage.text());
    }

    @Test
    void commandLine() throws IOException {
        new Page("docs/reference/cli.md").check(commandLinePage());
    }

    private static String operatorsPage() {
        List<OperatorRow> all = OperatorRow.all();
        Map<String, List<OperatorRow>> byDomain = all.stream()
                .collect(Collectors.groupingBy(
                        o -> o.operator().contains(":")
                                ? o.operator().substring(0, o.operator().indexOf(':'))
                                : "ai.onnx",
                        TreeMap::new,
                        Collectors.toList()));
        StringBuilder page = new StringBuilder(GENERATED).append("""
            # ONNX operators

            The operators that Lathe reads, %d in all. A model uses operators that are not here? `lathe ops --coverage
            model.onnx` names them.

            - **since opset**: the opsets in which the operator's meaning changed. A model that imports an opset
              between two of them gets the earlier meaning, up to opset %d.
            - **element types**: what the standard allows for the operator's newest version. With one kind of
              operands, their types; else each kind by the names of its operands, one for all that have the same type
              parameter. What stands after `→` are types of results that no operand has. Those of `com.microsoft` are
              in no list of the standard; they are written by hand and not checked against one.
            - **reference**: every operator becomes ops of the IR, and the evaluator runs every op. The column is not
              measured for each element type.
            - **java**: the target runs every operator too; the column says by what. `kernel`: by generated kernels,
              with vectors where the machine has them. `view`: by nothing that runs; results are views of operands, or
              known when the model is compiled. `meaning`: by the reference evaluator's code inside the compiled
              model, which is right but slow. `partly`: by kernels in some of its forms, or for a part of the ops that
              it becomes. `-`: no test of one node says. This is read off the sources generated for the tests of
              ONNX's suite, or of Lathe's own, with f32 operands where an operator has such tests, and with constant
              sizes, axes and filters of convolutions; other types have kernels for fewer operators.

            Names of sets of types, where `f8` stands for the four with 3 and 2 bits of mantissa:

            | name | element types |
            |---|---|
            """.formatted(all.size(), OnnxOperators.NEWEST_OPSET));
        OnnxOperators.typeGroups()
                .forEach((name, types) -> page.append("| `%s` | %s |\n"
                        .formatted(name, types.stream().map(ElementType::text).collect(Collectors.joining(" ")))));
        byDomain.forEach((domain, operators) -> {
            page.append("""

                ## %s

                | operator | since opset | element types | reference | java |
                |---|---|---|---|---|
                """.formatted(domain));
            operators.forEach(o -> page.append("| %s | %s | %s | yes | %s |\n"
                    .formatted(
                            o.operator().substring(o.operator().indexOf(':') + 1),
                            o.opsets().stream().map(String::valueOf).collect(Collectors.joining(", ")),
                            o.types(),
                            o.java().isEmpty() ? "-" : o.java())));
        });
        return page.toString();
    }

    private static String passesPage() {
        StringBuilder page = new StringBuilder(GENERATED).append("""
            # Passes

            `--passes` takes names with commas between; options stand in braces:
            `fold-constants{limit=1024},dead-code`. A pass of your own is written as [this
            guide](../guides/custom-pass.md) shows.
            """);
        for (Pass pass : PassRegistry.standard().all()) {
            page.append("\n## `").append(pass.name()).append("`\n\n");
            page.append(sentence(pass.description())).append('\n');
            if (pass.isLossy()) {
                page.append("It loses precision: measure how much, as `lathe quantize` does.\n");
            }
            List<Options.Description> options = Options.describe(pass);
            if (!options.isEmpty()) {
                page.append("\n| option | default | what it does |\n|---|---|---|\n");
                options.forEach(o -> page.append(
                        "| `%s` (%s) | `%s` | %s |\n".formatted(o.name(), o.type(), o.defaultValue(), o.text())));
            }
            if (!pass.after().isEmpty()) {
                page.append('\n');
                pass.after().forEach(a -> page.append("- after `%s`: %s\n".formatted(nameOf(a), a.reason())));
            }
        }
        page.append("\n## Pipelines\n\nWhat the optimization levels run, whatever the target:\n\n");
        for (OptimizationLevel level : OptimizationLevel.values()) {
            page.append("- `-")
                    .append(level)
                    .append("`: ")
                    .append(column(Pipelines.canonical(level)))
                    .append('\n');
        }
        page.append("\nWhat a target adds:\n\n");
        for (Backend backend : Backends.all()) {
            page.append("- `").append(backend.name()).append("`: ");
            String passes = column(backend.pipeline(CompileOptions.standard()));
            page.append(passes.isEmpty() ? "nothing" : passes).append('\n');
        }
        return page.toString();
    }

    private static String nameOf(Pass.After constraint) {
        return PassRegistry.standard().all().stream()
                .filter(constraint.pass()::isInstance)
                .findFirst()
                .orElseThrow()
                .name();
    }

    private static String sentence(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1) + ".";
    }

    private static String column(Pipeline pipeline) {
        return pipeline.passes().stream().map(Pass::name).collect(Collectors.joining(" → "));
    }

    private static String commandLinePage() {
        StringBuilder page = new StringBuilder(GENERATED).append("""
            # The command line

            What `--help` prints.
            """);
        command(page, Main.class, List.of());
        return page.toString();
    }

    /** A command and those below it. */
    private static void command(StringBuilder page, Class<?> type, List<String> names) {
        page.append("\n## ")
                .append(String.join(
                        " ", Stream.concat(Stream.of("lathe"), names.stream()).toList()));
        page.append("\n\n```\n").append(help(names)).append("\n```\n");
        for (Class<?> sub : type.getAnnotation(Command.class).subcommands()) {
            String name = sub.getAnnotation(Command.class).name();
            command(page, sub, Stream.concat(names.stream(), Stream.of(name)).toList());
        }
    }

    private static String help(List<String> command) {
        StringWriter out = new StringWriter();
        String[] args = Stream.concat(command.stream(), Stream.of("--help")).toArray(String[]::new);
        assertThat(Main.execute(new PrintWriter(out), new PrintWriter(new StringWriter()), args))
                .isZero();
        return out.toString().strip().lines().map(String::stripTrailing).collect(Collectors.joining("\n"));
    }
}
