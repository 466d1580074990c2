package dev.lathe.conformance.files;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.conformance.Ignored;
import dev.lathe.conformance.Mode;
import dev.lathe.ir.Executable;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.verify.Comparison;
import dev.lathe.verify.TestDirectory;
import dev.lathe.verify.Tolerances;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The ONNX test folders below those that {@code -Dlathe.cases} names, by the reference evaluator and as jars that are written and opened again. The data comes from
 * whole models on other runtimes, so it is compared as exporters do: within 1e-2 of each value, or 1e-3.
 */
class TestFoldersTest {
    private static final Comparison COMPARISON = new Comparison(
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
                        Optional<Ignored> ignored = Ignored.find(IGNORED, test.name(), Mode.AS_WRITTEN);
                        assumeTrue(
                                ignored.isEmpty(), () -> ignored.orElseThrow().reason());
                        compare(test, target, way);
                    }));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void compare(TestDirectory test, String target, Way way) throws IOException {
        CompileOptions options = CompileOptions.builder().target(target).build();
        List<String> differences = new ArrayList<>();
        try (Executable executable =
                way.of(Lathe.compile(test.model(), options)).load()) {
            for (Path set : test.dataSets()) {
                Map<String, Datum> results = executable.run(test.inputs(set, executable.inputs()));
                test.compare(set, executable.outputs(), results, COMPARISON)
                        .ifPresent(d -> differences.add(set.getFileName() + ": " + d));
            }
        }
        if (!differences.isEmpty()) {
            fail(test.name() + ": " + String.join("; ", differences));
        }
    }
}
