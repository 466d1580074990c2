package dev.lathe.conformance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.runtime.input.InputValues;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Graphs that were once run wrongly, as the fuzzer found and shrank them. */
class FoundGraphsTest {
    @TestFactory
    Stream<DynamicTest> runsEverywhereTheSame() throws IOException, URISyntaxException {
        URL any = Objects.requireNonNull(FoundGraphsTest.class.getResource("product-with-one-weight.lir"));
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of(any.toURI()).resolveSibling("."))) {
            files = all.filter(f -> f.toString().endsWith(".lir")).sorted().toList();
        }
        List<DynamicTest> tests = new ArrayList<>();
        for (Path file : files) {
            for (Graph graph : IrText.parseAll(Files.readString(file), null)) {
                tests.add(DynamicTest.dynamicTest(file.getFileName() + " @" + graph.name(), () -> run(graph)));
            }
        }
        return tests.stream();
    }

    private static void run(Graph graph) {
        List<Map<String, Tensor>> inputs = new ArrayList<>();
        List<Executable.Port> ports = new ReferenceEvaluator(graph).inputs();
        for (long seed = 1; seed <= 2; seed++) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            new InputValues(ports, name -> InputRole.ANY)
                    .seed(seed)
                    .read(List.of())
                    .forEach((name, value) -> tensors.put(name, (Tensor) value));
            inputs.add(tensors);
        }
        Sample sample = new Sample(graph, inputs, false);
        for (OptimizationLevel level : OptimizationLevel.values()) {
            assertThat(Differential.difference(sample, new Differential.Compilation(level, 2, false), new Tally()))
                    .isEmpty();
            if (level == OptimizationLevel.O2) {
                assertThat(Differential.difference(sample, new Differential.Compilation(level, 1, true), new Tally()))
                        .isEmpty();
            }
        }
    }
}
