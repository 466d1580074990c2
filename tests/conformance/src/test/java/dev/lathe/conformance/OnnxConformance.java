package dev.lathe.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.verify.Tolerances;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every test of the public suites in every mode; a subclass says what runs the graphs. */
abstract class OnnxConformance {

    private static final List<Ignored> IGNORED = Ignored.read("ignored.txt");

    /** Makes a graph ready to run. */
    abstract Executable load(Graph graph);

    /** The tests that are not run. */
    List<Ignored> ignored() {
        return IGNORED;
    }

    /** Those tests of a suite that are run in a form. */
    List<OnnxTest> chosen(List<OnnxTest> suite, ModelForm mode) {
        return suite;
    }

    /** The forms in which the models are run. */
    List<ModelForm> modes() {
        return List.of(ModelForm.values());
    }

    /** How far results may be from those of the suites: as the standard's own test runner compares. */
    Tolerances tolerances() {
        return OnnxTest.TOLERANCES;
    }

    @BeforeAll
    static void needsTestData() {
        assumeTrue(
                Files.isDirectory(OnnxTest.data()),
                "the ONNX test data is not at " + OnnxTest.data()
                        + ": install libonnx-testdata, or set -Dlathe.onnx.testdata");
    }

    @TestFactory
    Stream<DynamicContainer> node() {
        return suite("node");
    }

    @TestFactory
    Stream<DynamicContainer> simple() {
        return suite("simple");
    }

    @TestFactory
    Stream<DynamicContainer> pytorchConverted() {
        return suite("pytorch-converted");
    }

    @TestFactory
    Stream<DynamicContainer> pytorchOperator() {
        return suite("pytorch-operator");
    }

    @Test
    void everyIgnoredTestExists() {
        Set<String> names = OnnxTest.SUITES.stream()
                .flatMap(s -> OnnxTest.suite(s).stream())
                .map(OnnxTest::name)
                .collect(Collectors.toSet());
        List<Ignored> unknown =
                ignored().stream().filter(i -> !names.contains(i.name())).toList();
        assertTrue(unknown.isEmpty(), () -> "there are no such tests: " + unknown);
    }

    private Stream<DynamicContainer> suite(String suite) {
        return modes().stream()
                .map(mode -> dynamicContainer(
                        mode.name(),
                        chosen(OnnxTest.suite(suite), mode).stream().map(test -> test(test, mode))));
    }

    private DynamicTest test(OnnxTest test, ModelForm mode) {
        return dynamicTest(test.name(), () -> {
            Optional<Ignored> ignored = Ignored.find(ignored(), test.name(), mode);
            assumeTrue(ignored.isEmpty(), () -> ignored.orElseThrow().reason());
            test.run(mode, this::load, tolerances()).ifPresent(d -> fail(test.name() + " " + mode + ": " + d));
        });
    }
}
