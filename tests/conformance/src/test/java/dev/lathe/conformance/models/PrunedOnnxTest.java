package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.CompileOptions;
import dev.lathe.compress.Compressor;
import dev.lathe.compress.Dataset;
import dev.lathe.compress.Pruning;
import dev.lathe.compress.Strategy;
import dev.lathe.compress.StructuredPruning;
import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.demo.SamplePage;
import dev.lathe.demo.TextRecognizer;
import dev.lathe.demo.Zoo;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.prune.PruneScope;
import dev.lathe.passes.prune.WeightImportance;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("pruned models in ONNX Runtime")
class PrunedOnnxTest {
    /**
     * Of f32, as a share of all numbers of a result: 6e-8 a step, added up over a hundred layers, each of which adds up
     * hundreds of products.
     */
    private static final double ROUNDING = 3e-5;

    @TempDir
    private Path folder;

    @BeforeAll
    static void assumeFonts() {
        Models.assumeAvailable(SamplePage::requireFonts);
    }

    static Stream<Strategy> prunings() {
        return Stream.of(
                Pruning.unstructured(0.3),
                Pruning.unstructured(0.7).in(PruneScope.GLOBAL),
                Pruning.unstructured(0.9).by(WeightImportance.WANDA),
                Pruning.unstructured(0.8).by(WeightImportance.SPARSEGPT).inSteps(2),
                Pruning.nOfM(2, 4),
                Pruning.blocks(1, 16, 0.5),
                StructuredPruning.channels(0.3));
    }

    /** How far numbers are from the right ones, as a share of their norm. */
    private static double distance(Tensor actual, Tensor right) {
        assertThat(actual.shape()).isEqualTo(right.shape());
        double off = 0;
        double norm = 0;
        for (long i = 0; i < right.size(); i++) {
            double d = actual.getDouble(i) - right.getDouble(i);
            off += d * d;
            norm += right.getDouble(i) * right.getDouble(i);
        }
        return Math.sqrt(off / norm);
    }

    /** Runs what is written in ONNX Runtime and by Lathe, and compares both with the same graph in f64. */
    private void assertNothingButRounding(Graph graph, Map<String, Tensor> inputs) {
        Path file = folder.resolve("pruned.onnx");
        OnnxExporter.write(graph, file);
        Graph wide = DoublePrecision.of(graph);
        Map<String, Tensor> wideInputs = new HashMap<>();
        wide.inputs().forEach(v -> {
            Tensor t = Tensor.named(inputs, v.name());
            wideInputs.put(v.name(), v.tensorType().element() == t.element() ? t : DoublePrecision.of(t));
        });
        Map<String, Datum> right = new ReferenceEvaluator(wide).run(wideInputs);
        try (Executable peer = OnnxRuntime.load(file);
                Executable lathe = Target.JAVA.compile(graph)) {
            Map<String, Datum> theirs = peer.run(inputs);
            Map<String, Datum> ours = lathe.run(inputs);
            for (String name : graph.outputNames()) {
                assertThat(distance(Tensor.named(theirs, name), Tensor.named(right, name)))
                        .as("ONNX Runtime's " + name)
                        .isLessThan(ROUNDING);
                assertThat(distance(Tensor.named(ours, name), Tensor.named(right, name)))
                        .as("Lathe's " + name)
                        .isLessThan(ROUNDING);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("prunings")
    void aPrunedModelIsTheSameThere(Strategy pruning) {
        Graph pruned = Compressor.of(CompressedOnnxTest.model(), CompileOptions.standard())
                .data(Dataset.of(16, CompressedOnnxTest::inputs))
                .then(pruning)
                .run()
                .model()
                .graph();
        assertNothingButRounding(pruned, CompressedOnnxTest.inputs(3));
    }

    static Stream<Strategy> prunedRecognizers() {
        return Stream.of(StructuredPruning.channels(0.3), Pruning.unstructured(0.7));
    }

    /**
     * A recognizer that was pruned and not trained since has sums of several thousands before its softmax, which makes
     * of a difference of 1e-6 of them one of some thousandths of a probability: not what is compared.
     */
    @ParameterizedTest
    @MethodSource("prunedRecognizers")
    void aPrunedRecognizerIsTheSameThereBeforeItsSoftmax(Strategy pruning) {
        Tensor line = TextRecognizer.input(SamplePage.line("26", 48));
        Graph pruned = Compressor.of(Models.file(Zoo.OCR_RECOGNITION))
                .data(Dataset.of(1, _ -> Map.of("x", line)))
                .then(pruning)
                .run()
                .model()
                .graph();
        Softmax last = (Softmax)
                Objects.requireNonNull(pruned.definitions().get(pruned.outputs().getFirst()), "an input")
                        .op();
        Builder b = Builder.graph("sums");
        pruned.inputs().forEach(b::input);
        pruned.nodes().forEach(b::reuse);
        assertNothingButRounding(b.build(List.of(last.x()), List.of("sums")), Map.of("x", line));
    }
}
