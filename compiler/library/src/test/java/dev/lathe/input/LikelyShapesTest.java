package dev.lathe.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.compress.Dataset;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class LikelyShapesTest {
    /** Lines of text must be 48 pixels high, which only the reshape says. */
    private static final Graph LINES = IrText.parse("""
        graph @g(%x: f32[batch, 3, height, width]) -> (f32[batch, 144, width]) {
          %y = reshape(%x) {shape=[batch, 144, width]} : f32[batch, 144, width]
          return %y
        }
        """);

    /** Two inputs are joined, so that both must have the same size. */
    private static final Graph PAIR = IrText.parse("""
        graph @g(%x: f32[n, 100], %y: f32[m, k]) -> (f32[n, 100]) {
          %z = reshape(%y) {shape=[n, 100]} : f32[n, 100]
          %s = add(%x, %z) : f32[n, 100]
          return %s
        }
        """);

    @Test
    void defaultsStayWhereTheModelTakesThem() {
        Graph graph = IrText.parse("""
            graph @g(%x: f32[batch, 3, height, width]) -> (f32[batch, 3, height, width]) {
              %y = relu(%x) : f32[batch, 3, height, width]
              return %y
            }
            """);
        assertThat(LikelyShapes.of(graph, Map.of())).isEmpty();
    }

    @Test
    void aSizeThatTheModelNeedsIsFound() {
        assertThat(LikelyShapes.of(LINES, Map.of())).containsExactly(Map.entry("height", Shape.of(48)));
        assertThat(((Tensor) Objects.requireNonNull(
                                Dataset.random(LINES, Map.of()).sample(0).get("x")))
                        .dims())
                .containsExactly(1, 3, 48, 224);
    }

    @Test
    void whatIsGivenStays() {
        assertThat(LikelyShapes.of(LINES, Map.of("width", Shape.of(320))))
                .containsOnly(Map.entry("width", Shape.of(320)), Map.entry("height", Shape.of(48)));
    }

    @Test
    void twoSizesAreFoundTogether() {
        Map<String, Shape> found = LikelyShapes.of(PAIR, Map.of("n", Shape.of(3)));
        long m = found.getOrDefault("m", Shape.of(1)).dim(0).constant();
        assertThat(m * found.getOrDefault("k", Shape.SCALAR).dim(0).constant()).isEqualTo(300);
    }

    @Test
    void whereNoUsualSizeFitsTheMessageNamesTheOpAndTheRemedy() {
        Graph odd = IrText.parse("""
            graph @g(%x: f32[n, 7]) -> (f32[13, 7]) {
              %y = reshape(%x) {shape=[13, 7]} : f32[13, 7]
              return %y
            }
            """);
        assertThatThrownBy(() -> LikelyShapes.of(odd, Map.of()))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("n=1")
                .hasMessageContaining("reshape")
                .hasMessageContaining("--shape");
        assertThat(LikelyShapes.of(odd, Map.of("x", Shape.of(13, 7)))).hasSize(1);
    }
}
