package dev.lathe.frontend.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the standard asks of {@code ai.onnx.ml} beyond what ONNX Runtime does, and what is wrong with broken models. */
class TabularImportTest {
    private static final float NAN = Float.NaN;

    private static AttributeProto longs(String name, long... values) {
        AttributeProto.Builder b = AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        Arrays.stream(values).forEach(b::addInts);
        return b.build();
    }

    private static AttributeProto number(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    private static AttributeProto floats(String name, float... values) {
        AttributeProto.Builder b =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.FLOATS);
        for (float v : values) {
            b.addFloats(v);
        }
        return b.build();
    }

    private static AttributeProto tensor(String name, int type, double... values) {
        TensorProto.Builder t = TensorProto.newBuilder().setDataType(type).addDims(values.length);
        for (double v : values) {
            if (type == TensorProto.DataType.FLOAT_VALUE) {
                t.addFloatData((float) v);
            } else {
                t.addInt32Data((int) v);
            }
        }
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.TENSOR)
                .setT(t)
                .build();
    }

    private static AttributeProto text(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    private static AttributeProto texts(String name, String... values) {
        AttributeProto.Builder b =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.STRINGS);
        for (String v : values) {
            b.addStrings(ByteString.copyFromUtf8(v));
        }
        return b.build();
    }

    /** The result of one node for a matrix of floats. */
    private static Tensor run(String type, int opset, Tensor x, AttributeProto... attributes) {
        TypeProto.Tensor.Builder input = TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT_VALUE);
        for (long d : x.dims()) {
            input.getShapeBuilder().addDimBuilder().setDimValue(d);
        }
        byte[] model = ModelProto.newBuilder()
                .setIrVersion(10)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(21))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("ai.onnx.ml").setVersion(opset))
                .setGraph(GraphProto.newBuilder()
                        .setName("g")
                        .addInput(ValueInfoProto.newBuilder()
                                .setName("x")
                                .setType(TypeProto.newBuilder().setTensorType(input)))
                        .addNode(NodeProto.newBuilder()
                                .setDomain("ai.onnx.ml")
                                .setOpType(type)
                                .addInput("x")
                                .addOutput("y")
                                .addAllAttribute(List.of(attributes)))
                        .addOutput(ValueInfoProto.newBuilder().setName("y")))
                .build()
                .toByteArray();
        return Tensor.named(new ReferenceEvaluator(OnnxImporter.read(model, null)).run(Map.of("x", x)), "y");
    }

    private static Tensor row(float... values) {
        return Tensor.of(values, 1, values.length);
    }

    /** A tree of one comparison: 1 where it holds, else 2. */
    private static Tensor stump(String mode, Tensor x, long trueChild) {
        return run(
                "TreeEnsembleRegressor",
                3,
                x,
                longs("nodes_treeids", 0, 0, 0),
                longs("nodes_nodeids", 0, 1, 2),
                longs("nodes_featureids", 0, 0, 0),
                floats("nodes_values", 0.5f, 0, 0),
                longs("nodes_truenodeids", trueChild, 0, 0),
                longs("nodes_falsenodeids", 2, 0, 0),
                texts("nodes_modes", mode, "LEAF", "LEAF"),
                longs("target_treeids", 0, 0),
                longs("target_nodeids", 1, 2),
                longs("target_ids", 0, 0),
                floats("target_weights", 1, 2),
                number("n_targets", 1));
    }

    private static Tensor ensemble(Tensor x, int transform, long firstTrue) {
        return run(
                "TreeEnsemble",
                5,
                x,
                longs("tree_roots", 0),
                longs("nodes_featureids", 0, 0),
                tensor("nodes_modes", TensorProto.DataType.UINT8_VALUE, 6, 0),
                tensor("nodes_splits", TensorProto.DataType.FLOAT_VALUE, 0, 0),
                longs("nodes_truenodeids", firstTrue, 0),
                longs("nodes_trueleafs", 0, 1),
                longs("nodes_falsenodeids", 1, 1),
                longs("nodes_falseleafs", 1, 1),
                tensor("membership_values", TensorProto.DataType.FLOAT_VALUE, -0.5, 0.25, NAN),
                longs("leaf_targetids", 0, 1),
                tensor("leaf_weights", TensorProto.DataType.FLOAT_VALUE, 1, 3),
                number("n_targets", 2),
                number("post_transform", transform));
    }

    @Test
    void aMissingValueFollowsItsFlagInEveryMode() {
        assertThat(stump("BRANCH_NEQ", row(NAN), 1).toFloatArray()).containsExactly(2);
        assertThat(stump("BRANCH_NEQ", row(0), 1).toFloatArray()).containsExactly(1);
    }

    @Test
    void membersNeedNotBeIntegers() {
        assertThat(ensemble(row(-0.5f), 0, 1).toFloatArray()).containsExactly(1, 0);
        assertThat(ensemble(row(0.25f), 0, 1).toFloatArray()).containsExactly(0, 3);
        assertThat(ensemble(row(-0.25f), 0, 1).toFloatArray()).containsExactly(0, 3);
    }

    @Test
    void transformsHaveTheNumbersOfTheStandard() {
        float[] softmax = ensemble(row(-0.5f), 1, 1).toFloatArray();
        assertThat(softmax[0] + softmax[1]).isEqualTo(1, org.assertj.core.data.Offset.offset(1e-6f));
        assertThat(ensemble(row(-0.5f), 2, 1).toFloatArray()[1]).isEqualTo(0.5f);
    }

    @Test
    void aSingleScoreIsTransformedToo() {
        Tensor y =
                run("LinearRegressor", 1, row(1, 2), floats("coefficients", 2, -1), text("post_transform", "LOGISTIC"));
        assertThat(y.toFloatArray()).containsExactly(0.5f);
    }

    @Test
    void nanIsAKeyInEveryVersion() {
        Tensor y = run("LabelEncoder", 2, row(NAN, 1, 2), floats("keys_floats", NAN, 1), longs("values_int64s", 5, 6));
        assertThat(y.toLongArray()).containsExactly(5, 6, -1);
    }

    @Test
    void anUnknownCategoryIsAnErrorWhereItIsNotAllowed() {
        Tensor known = run("OneHotEncoder", 1, row(3), longs("cats_int64s", 2, 3), number("zeros", 0));
        assertThat(known.toFloatArray()).containsExactly(0, 1);
        assertThatThrownBy(() -> run("OneHotEncoder", 1, row(4), longs("cats_int64s", 2, 3), number("zeros", 0)))
                .isInstanceOf(LatheException.class);
        assertThat(run("OneHotEncoder", 1, row(4), longs("cats_int64s", 2, 3)).toFloatArray())
                .containsExactly(0, 0);
    }

    @Test
    void brokenTreesAreErrors() {
        assertThatThrownBy(() -> stump("BRANCH_LEQ", row(0), 7))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("has no node 7");
        assertThatThrownBy(() -> stump("BRANCH_LIKE", row(0), 1))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("BRANCH_LIKE");
        assertThatThrownBy(() -> ensemble(row(-0.5f), 0, 9))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("node 9");
        assertThatThrownBy(() -> ensemble(row(-0.5f), 0, 0))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("circles");
    }
}
