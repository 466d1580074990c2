package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.compress.Compressor;
import dev.lathe.compress.Dataset;
import dev.lathe.compress.Pruning;
import dev.lathe.compress.StructuredPruning;
import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.demo.Zoo;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A trained model that loses a share of its parameters is one that ONNX Runtime runs with the results of Lathe. */
@DisplayName("pruned real models in ONNX Runtime")
class PrunedModelsTest {
    private static final double[] RATIOS = {0.3, 0.5, 0.7};
    /** As a share of the norm; both add up in f32, over a hundred layers whose sums nothing keeps small any more. */
    private static final double ROUNDING = 1e-3;

    @TempDir
    private Path folder;

    static Stream<Arguments> models() {
        Path file = Models.file(Zoo.OCR_DIRECTION);
        return DoubleStream.of(RATIOS).mapToObj(ratio -> Arguments.of(file, ratio));
    }

    /** Without so many channels, heads and neurons, or, where there are fewer to remove, with so many zeros. */
    private static Graph pruned(Compressor start, double ratio) {
        try {
            return start.then(StructuredPruning.channels(ratio)).run().model().graph();
        } catch (LatheException e) {
            assertThat(e).hasMessageContaining("can remove");
            return start.prune(Pruning.unstructured(ratio)).run().model().graph();
        }
    }

    @ParameterizedTest(name = "{0} by {1}")
    @MethodSource("models")
    void aPrunedModelIsTheSameThere(Path model, double ratio) {
        Compressor start = Compressor.of(model);
        Graph graph = pruned(start, ratio);
        Path file = folder.resolve("pruned.onnx");
        OnnxExporter.write(graph, file);
        Dataset calls = Dataset.random(start.original().graph(), Map.of());
        try (Executable peer = OnnxRuntime.load(file);
                Executable own = Target.JAVA.compile(graph)) {
            Map<String, ? extends Datum> inputs = calls.sample(0);
            Map<String, Datum> theirs = peer.run(inputs);
            Map<String, Datum> ours = own.run(inputs);
            for (String name : graph.outputNames()) {
                assertClose(name, Tensor.named(ours, name), Tensor.named(theirs, name));
            }
        }
    }

    private static void assertClose(String name, Tensor actual, Tensor expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        double off = 0;
        double norm = 0;
        for (long i = 0; i < expected.size(); i++) {
            double d = actual.getDouble(i) - expected.getDouble(i);
            off += d * d;
            norm += expected.getDouble(i) * expected.getDouble(i);
        }
        assertThat(Math.sqrt(off)).as(name).isLessThanOrEqualTo(ROUNDING * Math.sqrt(norm));
    }
}
