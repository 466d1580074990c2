package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.demo.Zoo;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import dev.lathe.passes.fuse.TargetKernels;
import dev.lathe.passes.listen.Verify;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Real models print, read back and print the same, as imported and at each step on the way to kernels; each pass leaves
 * a valid graph.
 */
class TextTest {
    static List<Zoo> models() {
        return Stream.of(Zoo.values())
                .filter(z -> z.fileName().endsWith(".onnx"))
                .toList();
    }

    private static void roundTrip(Graph graph) {
        Verifier.require(graph);
        Map<String, Tensor> weights = new HashMap<>();
        String text = Printer.print(graph, weights::put);
        Graph again = IrText.parse(text, name -> Optional.ofNullable(weights.get(name)));
        assertThat(Printer.print(again)).isEqualTo(text);
    }

    @ParameterizedTest
    @MethodSource("models")
    void comesBack(Zoo model, @TempDir Path folder) {
        Graph imported = OnnxImporter.read(Models.file(model), model.shapes());
        roundTrip(imported);
        Graph canonical = PassManager.run(imported, Pipelines.canonical(OptimizationLevel.O3), List.of(new Verify()));
        roundTrip(canonical);
        Graph kernels =
                PassManager.run(canonical, Pipelines.kernels(op -> false, TargetKernels.ANY), List.of(new Verify()));
        roundTrip(kernels);
        // Locations name the nodes that an op stands for, not all that came before.
        assertThat(kernels.allNodes())
                .allSatisfy(n -> assertThat(n.location().origins().size())
                        .as("%s at %s", n.op().mnemonic(), n.location())
                        .isLessThan(60));

        Path file = folder.resolve("model.lir");
        IrText.write(canonical, file);
        assertThat(Printer.print(IrText.read(file))).isEqualTo(Printer.print(canonical));
    }
}
