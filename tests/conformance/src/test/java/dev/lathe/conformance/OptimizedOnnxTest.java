package dev.lathe.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.OptimizedModel;
import dev.lathe.backend.CompileOptions;
import dev.lathe.conformance.files.Folders;
import dev.lathe.frontend.onnx.OnnxSummary;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.TestDirectory;
import dev.lathe.verify.Tolerances;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code lathe opt} writes for the model of each test: no more nodes, no more bytes and the same opset as the
 * model has, and the same results in ONNX Runtime, where that runs the model. Beside the public suites, the folders
 * of the property {@code lathe.cases} (separated by commas) are searched for tests.
 */
class OptimizedOnnxTest {
    private static final ResultComparison COMPARISON = new ResultComparison(
            Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(1e-3), OptionalDouble.of(1e-5)));

    /** Tests whose results differ from run to run. */
    private static final List<String> RANDOM = Ignored.read("ignored.txt").stream()
            .filter(i -> i.reason().startsWith("random"))
            .map(Ignored::name)
            .toList();

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicContainer> suites() {
        OnnxConformance.needsTestData();
        return OnnxTest.SUITES.stream()
                .map(suite -> container(
                        suite,
                        OnnxTest.suite(suite).stream().map(OnnxTest::directory).toList()));
    }

    @TestFactory
    Stream<DynamicContainer> cases() throws IOException {
        List<DynamicContainer> all = new ArrayList<>();
        for (Path cases : Folders.named("lathe.cases")) {
            List<TestDirectory> tests = TestDirectory.find(cases);
            assertThat(tests).as("tests in " + cases).isNotEmpty();
            all.add(container(cases.toString(), tests));
        }
        return all.stream();
    }

    private DynamicContainer container(String name, List<TestDirectory> tests) {
        return dynamicContainer(name, tests.stream().map(t -> dynamicTest(t.name(), () -> run(t))));
    }

    private void run(TestDirectory test) throws IOException {
        OptimizedModel optimized;
        try {
            optimized = OptimizedModel.of(test.model(), CompileOptions.standard());
        } catch (LatheException e) {
            abort("the model is refused: " + e.getMessage());
            return;
        }
        Path out = folder.resolve("out.onnx");
        optimized.writeOnnx(out, OptionalInt.empty());
        OnnxSummary before = OnnxSummary.of(test.model());
        OnnxSummary after = OnnxSummary.of(out);
        assertThat(after.nodeCount())
                .as("nodes %s, before %s", after.nodes(), before.nodes())
                .isLessThanOrEqualTo(before.nodeCount());
        assertThat(after.bytes()).as("bytes").isLessThanOrEqualTo(before.bytes());
        assertThat(before.opsets()).as("opsets").containsAllEntriesOf(after.opsets());
        assumeTrue(!RANDOM.contains(test.name()), "random by specification");
        compare(test, new ReferenceEvaluator(optimized.original()).inputs(), out);
    }

    private static void compare(TestDirectory test, List<Executable.Port> ports, Path out) throws IOException {
        List<Map<String, Datum>> inputs = new ArrayList<>();
        List<Map<String, Datum>> expected = new ArrayList<>();
        for (Path set : test.dataSets()) {
            inputs.add(test.inputs(set, ports));
        }
        try (Executable original = OnnxRuntime.load(Files.readAllBytes(test.model()))) {
            inputs.forEach(i -> expected.add(original.run(i)));
        } catch (IllegalStateException e) {
            abort("the model does not run as it is: " + e.getMessage());
        }
        try (Executable optimized = OnnxRuntime.load(Files.readAllBytes(out))) {
            for (int i = 0; i < inputs.size(); i++) {
                Map<String, Datum> actual = optimized.run(inputs.get(i));
                for (Map.Entry<String, Datum> e : expected.get(i).entrySet()) {
                    Optional<String> difference = COMPARISON.difference(e.getValue(), Datum.named(actual, e.getKey()));
                    assertThat(difference).as(e.getKey()).isEmpty();
                }
            }
        } catch (org.opentest4j.TestAbortedException e) {
            throw new AssertionError("the result does not run: " + e.getMessage(), e);
        }
    }
}
