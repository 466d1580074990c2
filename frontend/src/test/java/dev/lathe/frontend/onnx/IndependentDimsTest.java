package dev.lathe.frontend.onnx;

import static dev.lathe.frontend.onnx.Onnx.input;
import static dev.lathe.frontend.onnx.Onnx.model;
import static dev.lathe.frontend.onnx.Onnx.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One name for dimensions of inputs whose sizes differ. */
class IndependentDimsTest {
    private static Path joined(Path folder) throws IOException {
        return Files.write(
                folder.resolve("m.onnx"),
                model(
                                13,
                                input("x", "b", "s"),
                                input("p", "b", "s"),
                                input("q", "s", "s"),
                                node("Concat", "x p q", "y", Onnx.i("axis", 1)),
                                "y")
                        .build()
                        .toByteArray());
    }

    private static Map<String, Tensor> inputs() {
        return Map.of(
                "x", Tensor.zeros(ElementType.F32, 2, 3),
                "p", Tensor.zeros(ElementType.F32, 2, 1),
                "q", Tensor.zeros(ElementType.F32, 2, 4));
    }

    @Test
    void namesAreBelievedAndTheErrorNamesTheFlag(@TempDir Path folder) throws IOException {
        Graph graph = OnnxImporter.read(joined(folder));
        assertThatThrownBy(() -> new ReferenceEvaluator(graph).run(inputs()))
                .hasMessageContaining("--independent-dims");
    }

    @Test
    void namesSayNothing(@TempDir Path folder) throws IOException {
        Graph graph = OnnxImporter.read(joined(folder), Map.of(), true);
        assertThat(graph.inputs().getFirst().type()).hasToString("f32[b, s]");
        Tensor y = Tensor.named(new ReferenceEvaluator(graph).run(inputs()), "y");
        assertThat(y.dims()).containsExactly(2, 8);
    }

    @Test
    void aShapeThatIsGivenHoldsForItsInputAlone(@TempDir Path folder) throws IOException {
        Graph graph = OnnxImporter.read(joined(folder), Map.of("x", Shape.of(2, 3)), true);
        assertThat(graph.inputs().getFirst().type().isStatic()).isTrue();
        assertThat(graph.inputs().get(1).type().isStatic()).isFalse();
        assertThat(Tensor.named(new ReferenceEvaluator(graph).run(inputs()), "y")
                        .dims())
                .containsExactly(2, 8);
    }
}
