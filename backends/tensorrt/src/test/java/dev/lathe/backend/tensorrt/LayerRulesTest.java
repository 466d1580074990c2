package dev.lathe.backend.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Rules that no lowering breaks, so that only a fault in one would show them. */
class LayerRulesTest {
    private static NetworkTensor tensor(DataType type, Long... dims) {
        return new NetworkTensor(0, type, List.of(dims));
    }

    private static void refuses(Layer layer, String why) {
        assertThatThrownBy(() -> LayerRules.infer(layer))
                .isInstanceOf(LayerException.class)
                .hasMessageContaining(why);
    }

    @Test
    void operandsHaveOneTypeAndRankAndBroadcast() {
        NetworkTensor x = tensor(DataType.FLOAT, 2L, 3L);
        refuses(new Layer.ElementWise(x, tensor(DataType.FLOAT, 3L), Layer.ElementWiseOperation.SUM), "must be equal");
        refuses(
                new Layer.ElementWise(x, tensor(DataType.FLOAT, 2L, 4L), Layer.ElementWiseOperation.SUM),
                "does not broadcast");
        refuses(
                new Layer.ElementWise(x, tensor(DataType.HALF, 2L, 3L), Layer.ElementWiseOperation.SUM),
                "FLOAT and HALF");
        NetworkTensor open = tensor(DataType.FLOAT, NetworkTensor.UNKNOWN, 1L);
        assertThat(LayerRules.infer(new Layer.ElementWise(x, open, Layer.ElementWiseOperation.LESS)))
                .containsExactly(new LayerRules.Form(DataType.BOOL, List.of(2L, 3L)));
    }

    @Test
    void typesAreThoseOfTheReference() {
        refuses(
                new Layer.ElementWise(tensor(DataType.INT8), tensor(DataType.INT8), Layer.ElementWiseOperation.SUM),
                "INT8");
        refuses(new Layer.Unary(tensor(DataType.INT32, 2L), Layer.UnaryOperation.EXP), "EXP of INT32");
        refuses(new Layer.Cast(tensor(DataType.UINT8, 2L), DataType.INT32), "UINT8 goes to and from");
        refuses(new Layer.Cast(tensor(DataType.FP8, 2L), DataType.FLOAT), "Dequantize");
        refuses(new Layer.Constant(DataType.BOOL, Tensor.zeros(ElementType.I32, 1)), "BOOL");
        refuses(
                new Layer.MatrixMultiply(tensor(DataType.INT32, 2L, 3L), tensor(DataType.INT32, 3L, 2L)),
                "MatrixMultiply of INT32");
    }

    @Test
    void sizesAreLimited() {
        refuses(new Layer.Unsqueeze(tensor(DataType.FLOAT, 1L, 1L, 1L, 1L, 1L, 1L, 1L, 1L), List.of(0)), "rank 9");
        refuses(
                new Layer.TopK(
                        tensor(DataType.FLOAT, 1L, 9000L),
                        Layer.TopKOperation.MAX,
                        new Extents.Fixed(List.of(4000L)),
                        1),
                "at most 3840");
        refuses(
                new Layer.TopK(tensor(DataType.FLOAT, 9L), Layer.TopKOperation.MAX, new Extents.Fixed(List.of(1L)), 0),
                "at least 2");
        refuses(
                new Layer.Shuffle(
                        tensor(DataType.FLOAT, 2L, 3L),
                        Optional.empty(),
                        Optional.of(new Extents.Fixed(List.of(4L))),
                        false),
                "a reshape of");
    }

    @Test
    void loopsAndConditionalsKeepTypes() {
        refuses(
                new Layer.RecurrenceNext(tensor(DataType.FLOAT, 2L), tensor(DataType.FLOAT, 3L)),
                "a value that a Loop carries");
        refuses(new Layer.ConditionalOutput(0, tensor(DataType.FLOAT, 2L), tensor(DataType.FLOAT, 2L, 1L)), "ranks");
        refuses(new Layer.Conditional(0, tensor(DataType.BOOL, 1L)), "instead of a scalar");
    }
}
