package dev.lathe.ir.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResizeEvaluationTest {
    /** Two results of four elements, where the filter of the first reaches over the border by 0.2 of 1.6. */
    @Test
    void antialiasingRepeatsTheBorderUnlessItIsExcluded() {
        assertThat(shrunk(false)).containsExactly(1.375f, 3);
        assertThat(shrunk(true)).containsExactly(2 / 1.4f, 3);
    }

    private static float[] shrunk(boolean excludeOutside) {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 4));
        Value y = b.add(new Resize(
                x,
                Optional.of(b.constant(Tensor.of(new float[] {0.6f}, 1))),
                Optional.empty(),
                Shape.of(2),
                ResizeMode.LINEAR,
                CoordinateMode.HALF_PIXEL,
                NearestMode.ROUND_PREFER_FLOOR,
                -0.75,
                excludeOutside,
                0,
                true));
        Graph graph = b.build(List.of(y), List.of("y"));
        Map<String, Tensor> results =
                new ReferenceEvaluator(graph).call(Map.of("x", Tensor.of(new float[] {1, 2, 3, 4}, 4)));
        return Tensor.named(results, "y").toFloatArray();
    }

    @ParameterizedTest
    @ValueSource(floats = {0, -2, Float.NaN})
    void scalesThatAreNotPositiveAreRefused(float scale) {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 3));
        Value scales = b.input("scales", TensorType.of(ElementType.F32, 1));
        Value y = b.add(new Resize(
                x,
                Optional.of(scales),
                Optional.empty(),
                Shape.of(6),
                ResizeMode.LINEAR,
                CoordinateMode.HALF_PIXEL,
                NearestMode.ROUND_PREFER_FLOOR,
                -0.75,
                false,
                0,
                false));
        Graph graph = b.build(List.of(y), List.of("y"));
        Map<String, Tensor> inputs =
                Map.of("x", Tensor.of(new float[3], 3), "scales", Tensor.of(new float[] {scale}, 1));
        assertThatThrownBy(() -> new ReferenceEvaluator(graph).run(Map.copyOf(inputs)))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("scale " + (double) scale + " along axis 0 is not positive");
    }
}
