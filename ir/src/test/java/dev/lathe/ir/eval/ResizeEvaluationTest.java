package dev.lathe.ir.eval;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResizeEvaluationTest {
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
