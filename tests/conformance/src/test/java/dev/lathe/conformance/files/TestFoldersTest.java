package dev.lathe.conformance.files;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.conformance.Ignored;
import dev.lathe.conformance.ModelForm;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.TestDirectory;
import dev.lathe.verify.Tolerances;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ONNX test folders below those that {@code -Dlathe.cases} names, by the reference evaluator and as jars that are
 * written and opened again. Results are right if they are as close as the standard's suites want, or, as data often
 * comes from whole models on other runtimes, within 1e-2 of each value or 1e-3.
 */
class TestFoldersTest {
    private static final ResultComparison OF_SUITES = new ResultComparison(Tolerances.of(Tolerance.ACCUMULATING));
    private static final ResultComparison OF_MODELS = new ResultComparison(
            Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(1e-2), OptionalDouble.of(1e-3)));
    private static final List<Ignored> IGNORED = Stream.concat(
                    Ignored.read("ignored.txt").stream(), Ignored.read("ignored-newer.txt").stream())
            .toList();

    @TempDir
    Path temporary;

    @TestFactory
    Stream<DynamicContainer> reference() {
        return tests("reference", model -> model);
    }

    @TestFactory
    Stream<DynamicContainer> jar() {
        return tests("java", model -> {
            Path jar = temporary.resolve("model.jar");
            model.write(jar);
            return Lathe.open(jar);
        });
    }

    /** From a compiled model to the one that runs. */
    private interface Way {
        Model of(Model compiled) throws IOException;
    }

    private static Stream<DynamicContainer> tests(String target, Way way) {
        return Folders.named("lathe.cases").stream()
                .map(folder -> dynamicContainer(folder.getFileName().toString(), tests(folder, target, way)));
    }

    private static Stream<DynamicNode> tests(Path folder, String target, Way way) {
        try {
            return TestDirectory.find(folder).stream()
                    .map(test -> dynamicTest(test.name(), () -> {
                        Optional<Ignored> ignored = Ignored.find(IGNORED, test.name(), ModelForm.AS_WRITTEN);
                        assumeTrue(
                                ignored.isEmpty(), () -> ignored.orElseThrow().reason());
                        compare(test, target, way);
                    }));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where a model is refused for all sizes, the remedies that its diagnostic names must do. */
    private static void compare(TestDirectory test, String target, Way way) throws IOException {
        CompileOptions options = CompileOptions.builder().target(target).build();
        List<String> differences = new ArrayList<>();
        try {
            compare(test, test.dataSets(), options, way, differences);
        } catch (LatheException refused) {
            differences.clear();
            for (Path set : test.dataSets()) {
                compare(test, List.of(set), remedied(refused, options, test.shapes(set)), way, differences);
            }
        }
        if (!differences.isEmpty()) {
            fail(test.name() + ": " + String.join("; ", differences));
        }
    }

    private static CompileOptions remedied(LatheException refused, CompileOptions options, Map<String, Shape> shapes) {
        String fix = refused.diagnostics().stream().map(Diagnostic::fix).collect(Collectors.joining(" "));
        boolean shape = fix.contains("--shape");
        boolean independent = fix.contains("--independent-dims");
        if (!shape && !independent) {
            throw refused;
        }
        CompileOptions.Builder remedied = options.toBuilder().independentDims(independent);
        if (shape && !independent) {
            shapes.forEach(remedied::shape);
        }
        return remedied.build();
    }

    private static void compare(
            TestDirectory test, List<Path> sets, CompileOptions options, Way way, List<String> differences)
            throws IOException {
        try (Executable executable =
                way.of(Lathe.compile(test.model(), options)).load()) {
            for (Path set : sets) {
                Map<String, Datum> results = executable.run(test.inputs(set, executable.inputs()));
                if (test.compare(set, executable.outputs(), results, OF_SUITES).isPresent()) {
                    test.compare(set, executable.outputs(), results, OF_MODELS)
                            .ifPresent(d -> differences.add(set.getFileName() + ": " + d));
                }
            }
        }
    }
}
