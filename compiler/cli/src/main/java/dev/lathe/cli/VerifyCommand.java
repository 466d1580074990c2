package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.verify.TestDirectory;
import dev.lathe.verify.Verification;
import dev.lathe.verify.Verification.Outcome;
import dev.lathe.verify.Verification.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lathe verify}. */
@Command(
        name = "verify",
        description = {
            "Run tests in ONNX's layout and say which fail.",
            "",
            "A test is a folder with model.onnx, and folders test_data_set_N with input_K.pb and output_K.pb; all"
                + " folders inside DIR are searched. Each failure is a line `FAIL name: reason`, and the last line"
                + " counts `N passed, N failed, N skipped`; a test without data is skipped. A model that does not"
                + " compile for all sizes is compiled for those of its data, and a note says so. Floats may differ by"
                + " 1e-3 of the expected value and 1e-7, as in the standard's own test runner, and by a share of the"
                + " output's largest magnitude where the model sums; when its ops only move data, not at all."
                + " Integers, booleans and strings must be equal.",
        },
        footer = {
            "  lathe verify /usr/share/libonnx-testdata/data/node",
            "  lathe verify tests/my-model --target reference",
            "  lathe verify tests --rtol 1e-3 --atol 1e-5 --json report.json",
        })
final class VerifyCommand extends LatheCommand {
    @Parameters(paramLabel = "DIR", arity = "1..*", description = "Folders that are tests or hold tests.")
    private List<Path> folders = List.of();

    @Mixin
    private ToleranceFlags tolerance = new ToleranceFlags();

    @Mixin
    private ShapeFlags shapes = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private TargetFlags target = new TargetFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    /** What {@code --json} writes. */
    private record Report(int passed, int failed, int skipped, List<Result> tests) {}

    private record Result(String name, String outcome, String reason, double seconds) {}

    @Override
    public Integer call() throws IOException {
        json.require();
        Lathe.requireTarget(target.options().build());
        List<TestDirectory> tests = find();
        CompileOptions.Builder options = target.options();
        shapes.shapes().forEach(options::shape);
        dims.addTo(options);
        Verification verification = new Verification(options.build(), tolerance.relative(), tolerance.absolute());
        int ofData = 0;
        Map<Status, Integer> counts = new EnumMap<>(Status.class);
        List<Result> results = new ArrayList<>();
        try (ProgressLine progress = new ProgressLine(terminal())) {
            for (TestDirectory test : tests) {
                progress.report("verify", results.size(), tests.size());
                long start = System.nanoTime();
                Outcome outcome = verification.run(test);
                double seconds = (System.nanoTime() - start) / 1e9;
                ofData += outcome.status() == Status.PASSED && !outcome.reason().isEmpty() ? 1 : 0;
                counts.merge(outcome.status(), 1, Integer::sum);
                results.add(new Result(
                        test.name(), outcome.status().name().toLowerCase(Locale.ROOT), outcome.reason(), seconds));
                outcome.placement().ifPresent(p -> {
                    progress.clear();
                    note(test.name() + ":\n" + p);
                });
                if (outcome.status() == Status.FAILED && !json.replacesText()) {
                    progress.clear();
                    out().println(terminal().styled("31", "FAIL") + " " + test.name() + ": " + outcome.reason());
                    out().flush();
                }
            }
        }
        Report report = new Report(
                counts.getOrDefault(Status.PASSED, 0),
                counts.getOrDefault(Status.FAILED, 0),
                counts.getOrDefault(Status.SKIPPED, 0),
                results);
        json.write(terminal(), report);
        if (!json.replacesText()) {
            out().println(report.passed + " passed, " + report.failed + " failed, " + report.skipped + " skipped");
        }
        if (ofData > 0) {
            note("note: " + ofData + " passed only with the shapes of their data, not for all sizes");
        }
        return report.failed == 0 ? 0 : 1;
    }

    private List<TestDirectory> find() throws IOException {
        List<TestDirectory> tests = new ArrayList<>();
        for (Path folder : folders) {
            if (!Files.isDirectory(folder)) {
                throw new LatheException(Diagnostic.error(
                        "verify.folder",
                        "there is no folder " + folder,
                        "give the folder of a test, or one with tests in it"));
            }
            tests.addAll(TestDirectory.find(folder));
        }
        if (tests.isEmpty()) {
            throw new LatheException(Diagnostic.error(
                    "verify.no-tests",
                    "no test is in "
                            + String.join(
                                    ", ", folders.stream().map(Path::toString).toList()),
                    "a test is a folder with model.onnx and test_data_set_0/input_0.pb, output_0.pb"));
        }
        return tests;
    }
}
