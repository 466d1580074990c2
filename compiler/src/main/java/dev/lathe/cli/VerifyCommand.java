package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.verify.Comparison;
import dev.lathe.verify.TestDirectory;
import dev.lathe.verify.Tolerances;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe verify}. */
@Command(
        name = "verify",
        description = {
            "Run tests in ONNX's layout and say which fail.",
            "",
            "A test is a folder with model.onnx, and folders test_data_set_N with input_K.pb and output_K.pb; all folders inside DIR are"
                    + " searched. Each failure is a line `FAIL name: reason`, and the last line counts"
                    + " `N passed, N failed, N skipped`; a test without data is skipped. Results must be as near as the"
                    + " least exact op of the model allows: equal for ops that only move data, some units in the last"
                    + " place for elementary functions, a share of the output's scale for sums. Integers, booleans and"
                    + " strings must be equal.",
        },
        footer = {
            "  lathe verify /usr/share/libonnx-testdata/data/node",
            "  lathe verify tests/my-model --target reference",
            "  lathe verify tests --rtol 1e-3 --atol 1e-5 --json report.json",
        })
final class VerifyCommand extends LatheCommand {
    @Parameters(paramLabel = "DIR", arity = "1..*", description = "Folders that are tests or hold tests.")
    private List<Path> folders = List.of();

    @Option(
            names = "--rtol",
            paramLabel = "X",
            description = "Allow floats to differ by X times the expected value, in place of what the ops allow.")
    private @Nullable Double rtol;

    @Option(
            names = "--atol",
            paramLabel = "X",
            description = "Allow floats to differ by X; adds to --rtol, and replaces what the ops allow.")
    private @Nullable Double atol;

    @Mixin
    private TargetFlags target = new TargetFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    /** What {@code --json} writes. */
    private record Report(int passed, int failed, int skipped, List<Result> tests) {}

    private record Result(String name, String outcome, String reason, double seconds) {}

    private final List<Result> results = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        json.require();
        Lathe.requireTarget(target.target());
        List<TestDirectory> tests = new ArrayList<>();
        for (Path folder : folders) {
            if (!Files.isDirectory(folder)) {
                throw new LatheException(Diagnostic.error(
                        "verify.folder", "there is no folder " + folder, "give the folder of a test, or one with tests in it"));
            }
            tests.addAll(TestDirectory.find(folder));
        }
        if (tests.isEmpty()) {
            throw new LatheException(Diagnostic.error(
                    "verify.no-tests",
                    "no test is in " + String.join(", ", folders.stream().map(Path::toString).toList()),
                    "a test is a folder with model.onnx and test_data_set_0/input_0.pb, output_0.pb"));
        }
        try (ProgressLine progress = new ProgressLine(terminal())) {
            for (TestDirectory test : tests) {
                progress.report("verify", results.size(), tests.size());
                Result result = run(test);
                results.add(result);
                if (result.outcome.equals("failed") && !json.replacesText()) {
                    progress.close();
                    out().println(terminal().styled("31", "FAIL") + " " + result.name + ": " + result.reason);
                    out().flush();
                }
            }
        }
        Report report = new Report(count("passed"), count("failed"), count("skipped"), results);
        json.write(terminal(), report);
        if (!json.replacesText()) {
            out().println(report.passed + " passed, " + report.failed + " failed, " + report.skipped + " skipped");
        }
        return report.failed == 0 ? 0 : 1;
    }

    private int count(String outcome) {
        return (int) results.stream().filter(r -> r.outcome.equals(outcome)).count();
    }

    private Result run(TestDirectory test) throws IOException {
        long start = System.nanoTime();
        String outcome;
        String reason = "";
        if (test.dataSets().isEmpty()) {
            outcome = "skipped";
            reason = "it has no test_data_set_N";
        } else {
            Optional<String> failure = failure(test);
            outcome = failure.isPresent() ? "failed" : "passed";
            reason = failure.orElse("");
        }
        return new Result(test.name(), outcome, reason, (System.nanoTime() - start) / 1e9);
    }

    private Optional<String> failure(TestDirectory test) throws IOException {
        try {
            Graph graph = Lathe.read(test.model());
            Model model = Lathe.compile(graph, target.options().build());
            try (Executable executable = model.load()) {
                Tolerances tolerances = Tolerances.of(graph).with(optional(rtol), optional(atol));
                return test.run(executable, new Comparison(tolerances));
            }
        } catch (LatheException e) {
            if (e.fault() == LatheException.Fault.UNAVAILABLE) {
                throw e;
            }
            List<Diagnostic> problems = e.diagnostics();
            return Optional.of(problems.getFirst().what().replace('\n', ' ')
                    + (problems.size() > 1 ? " (and " + (problems.size() - 1) + " more problems)" : ""));
        } catch (RuntimeException | StackOverflowError e) {
            // One fault of Lathe must not hide the results of the other tests.
            return Optional.of("internal error: " + e);
        }
    }

    private static OptionalDouble optional(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
