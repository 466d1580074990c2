package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.OptimizedModel;
import dev.lathe.backend.CompileOptions;
import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.demo.Zoo;
import dev.lathe.frontend.onnx.OnnxSummary;
import dev.lathe.input.InputRoles;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.input.RandomInputs;
import dev.lathe.runtime.input.SymbolSizes;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.Tolerances;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real models as {@code lathe opt} writes them: no larger than they were, and the same in ONNX Runtime. */
class OptimizedModelsTest {
    private static final ResultComparison COMPARISON = new ResultComparison(
            Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(1e-3), OptionalDouble.of(1e-5)));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(
            names = {".*_TOKENIZER", "OCR_CHARACTERS"},
            mode = EnumSource.Mode.MATCH_NONE)
    void optimizedModelsAreNoLargerAndGiveTheSameResults(Zoo model) throws IOException {
        Path file = Models.file(model);
        CompileOptions.Builder options = CompileOptions.builder();
        model.shapes().forEach(options::shape);
        OptimizedModel optimized = OptimizedModel.of(file, options.build());
        Path out = folder.resolve("out.onnx");
        optimized.writeOnnx(out, OptionalInt.empty());

        OnnxSummary before = OnnxSummary.of(file);
        OnnxSummary after = OnnxSummary.of(out);
        assertThat(after.nodeCount()).as("nodes").isLessThanOrEqualTo(before.nodeCount());
        assertThat(after.bytes()).as("bytes").isLessThanOrEqualTo(before.bytes());
        assertThat(before.opsets()).containsAllEntriesOf(after.opsets());

        List<Port> ports = new ReferenceEvaluator(optimized.original()).inputs();
        SymbolSizes sizes = SymbolSizes.of(ports, Map.of(), sizes(model));
        RandomInputs random = new RandomInputs(new InputRoles(optimized.original())::of, sizes, 1);
        Map<String, Datum> inputs = new LinkedHashMap<>();
        ports.forEach(p -> inputs.put(p.name(), random.value(p)));
        Map<String, Datum> expected = Models.oracle(model).run(inputs);
        try (Executable same = OnnxRuntime.load(out)) {
            same.run(inputs)
                    .forEach((name, value) -> assertThat(COMPARISON.difference(Datum.named(expected, name), value))
                            .as(name)
                            .isEmpty());
        }
    }

    /** Sizes with which the model runs. */
    private static Map<String, Shape> sizes(Zoo model) {
        Map<String, Shape> shapes = new HashMap<>(model.shapes());
        switch (model) {
            case OCR_RECOGNITION, OCR_RECOGNITION_V3 -> shapes.put("x", Shape.of(1, 3, 48, 320));
            case OCR_DIRECTION -> shapes.put("x", Shape.of(1, 3, 48, 192));
            case OCR_DETECTION, OCR_DETECTION_V3 -> shapes.put("x", Shape.of(1, 3, 96, 160));
            default -> {}
        }
        return shapes;
    }
}
