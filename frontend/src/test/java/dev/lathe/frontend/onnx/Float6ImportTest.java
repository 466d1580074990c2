package dev.lathe.frontend.onnx;

import static dev.lathe.frontend.onnx.Onnx.i;
import static dev.lathe.frontend.onnx.Onnx.input;
import static dev.lathe.frontend.onnx.Onnx.model;
import static dev.lathe.frontend.onnx.Onnx.node;
import static dev.lathe.frontend.onnx.Onnx.tensor;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.TensorProto.DataType;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The operators of opset 28 that know floats of six bits. */
class Float6ImportTest {
    private static final Tensor X = Onnx.vector(25, -0.3f, 1.05f, Float.NaN, 5);

    private static Tensor run(ModelProto.Builder model) throws InvalidProtocolBufferException {
        Graph graph = Onnx.read(model);
        byte[] exported = OnnxExporter.bytes(graph);
        ModelProto proto = ModelProto.parseFrom(exported);
        assertThat(proto.getOpsetImport(0).getVersion()).isEqualTo(28);
        assertThat(proto.getIrVersion()).isEqualTo(14);
        Tensor y = Tensor.named(new ReferenceEvaluator(graph).call(Map.of("x", X)), "y");
        assertThat(new ReferenceEvaluator(OnnxImporter.read(exported, null)).call(Map.of("x", X)))
                .containsEntry("y", y);
        return y;
    }

    @Test
    void castsRoundAndSaturate() throws InvalidProtocolBufferException {
        assertThat(run(model(
                                28,
                                input("x", 5),
                                node("Cast", "x", "h", i("to", DataType.FLOAT6E2M3_VALUE)),
                                node("Cast", "h", "y", i("to", DataType.FLOAT_VALUE)),
                                "y"))
                        .toFloatArray())
                .containsExactly(7.5f, -0.25f, 1, -0f, 5);
        assertThat(run(model(28, input("x", 5), node("Cast", "x", "y", i("to", DataType.FLOAT6E3M2_VALUE)), "y"))
                        .toFloatArray())
                .containsExactly(24, -0.3125f, 1, -0f, 5);
    }

    @Test
    void numbersAreQuantizedAndBack() throws InvalidProtocolBufferException {
        assertThat(run(model(
                                28,
                                input("x", 5),
                                Onnx.floats("scale", new float[] {2}),
                                tensor("zero", DataType.FLOAT6E3M2).addInt32Data(0),
                                node("QuantizeLinear", "x scale zero", "q"),
                                node("DequantizeLinear", "q scale zero", "y"),
                                "y"))
                        .toFloatArray())
                .containsExactly(24, -0.25f, 1, -0f, 5);
    }
}
