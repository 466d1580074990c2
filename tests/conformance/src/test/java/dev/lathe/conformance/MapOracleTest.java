package dev.lathe.conformance;

import static dev.lathe.conformance.Protos.attribute;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.Tolerances;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/**
 * Classifiers as scikit-learn's exporter writes them, whose scores are maps, against ONNX Runtime. Its Java API takes
 * no maps, so operators on them have their tests in the frontend.
 */
class MapOracleTest {
    private static final ResultComparison CLOSE = new ResultComparison(
            Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(1e-4), OptionalDouble.of(1e-5)));
    private static final Tensor FLOWERS =
            Tensor.of(new float[] {5.1f, 3.5f, 1.4f, 0.2f, 6.7f, 3, 5.2f, 2.3f, 5.9f, 3, 4.2f, 1.5f}, 3, 4);
    private static final String[] WORDS = {"setosa", "versicolor", "virginica"};
    private static final long[] NUMBERS = {7, -1, 30};

    private static NodeProto node(String type, String inputs, String outputs, AttributeProto... attributes) {
        return NodeProto.newBuilder()
                .setOpType(type)
                .setDomain(type.equals("Cast") ? "" : "ai.onnx.ml")
                .addAllInput(List.of(inputs.split(" ")))
                .addAllOutput(List.of(outputs.split(" ")))
                .addAllAttribute(List.of(attributes))
                .build();
    }

    private static byte[] model(List<String> outputs, Tensor x, NodeProto... nodes) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("g")
                .addAllNode(List.of(nodes))
                .addInput(Protos.input("x", x, x.rank() == 2 ? List.of("n", "") : List.of("")));
        outputs.forEach(name -> graph.addOutput(ValueInfoProto.newBuilder().setName(name)));
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("ai.onnx.ml").setVersion(3))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static void assertLikeOracle(byte[] model, Tensor x) {
        Graph graph = OnnxImporter.read(model, null);
        Map<String, Datum> inputs = Map.of("x", x);
        Map<String, Datum> reference = new ReferenceEvaluator(graph).run(inputs);
        try (OnnxRuntime oracle = OnnxRuntime.load(model);
                Executable compiled = new JavaConformanceTest().load(graph)) {
            Map<String, Datum> results = compiled.run(inputs);
            oracle.run(inputs).forEach((name, expected) -> {
                assertEquals(Optional.empty(), CLOSE.difference(expected, Datum.named(reference, name)), name);
                assertEquals(
                        Optional.empty(), CLOSE.difference(expected, Datum.named(results, name)), name + ", compiled");
            });
        }
    }

    private static NodeProto labels(Object labels) {
        return node(
                "ZipMap",
                "probabilities",
                "output_probability",
                attribute(labels instanceof long[] ? "classlabels_int64s" : "classlabels_strings", labels));
    }

    private static NodeProto linear(Object labels) {
        return node(
                "LinearClassifier",
                "x",
                "label scores",
                attribute("coefficients", new float[] {-0.4f, 1, -2.3f, -1, 0.5f, -0.3f, -0.2f, -0.9f, 0, -0.6f, 2.5f, 2
                }),
                attribute("intercepts", new float[] {9.7f, 2.2f, -11.9f}),
                attribute("post_transform", "SOFTMAX"),
                attribute(labels instanceof long[] ? "classlabels_ints" : "classlabels_strings", labels));
    }

    @Test
    void logisticRegressionWithNumbers() {
        assertLikeOracle(
                model(
                        List.of("output_label", "output_probability"),
                        FLOWERS,
                        linear(NUMBERS),
                        node("Normalizer", "scores", "probabilities", attribute("norm", "L1")),
                        node("Cast", "label", "output_label", attribute("to", TensorProto.DataType.INT64_VALUE)),
                        labels(NUMBERS)),
                FLOWERS);
    }

    @Test
    void logisticRegressionWithWords() {
        assertLikeOracle(
                model(
                        List.of("label", "output_probability"),
                        FLOWERS,
                        linear(WORDS),
                        node("Normalizer", "scores", "probabilities", attribute("norm", "L1")),
                        labels(WORDS)),
                FLOWERS);
    }

    @Test
    void decisionTree() {
        assertLikeOracle(
                model(
                        List.of("output_label", "output_probability"),
                        FLOWERS,
                        node(
                                "TreeEnsembleClassifier",
                                "x",
                                "label probabilities",
                                attribute("nodes_treeids", new long[] {0, 0, 0, 0, 0}),
                                attribute("nodes_nodeids", new long[] {0, 1, 2, 3, 4}),
                                attribute("nodes_featureids", new long[] {2, 0, 3, 0, 0}),
                                attribute("nodes_values", new float[] {2.45f, 0, 1.75f, 0, 0}),
                                attribute(
                                        "nodes_modes",
                                        new String[] {"BRANCH_LEQ", "LEAF", "BRANCH_LEQ", "LEAF", "LEAF"}),
                                attribute("nodes_truenodeids", new long[] {1, 0, 3, 0, 0}),
                                attribute("nodes_falsenodeids", new long[] {2, 0, 4, 0, 0}),
                                attribute("class_treeids", new long[] {0, 0, 0, 0, 0, 0, 0, 0, 0}),
                                attribute("class_nodeids", new long[] {1, 1, 1, 3, 3, 3, 4, 4, 4}),
                                attribute("class_ids", new long[] {0, 1, 2, 0, 1, 2, 0, 1, 2}),
                                attribute("class_weights", new float[] {1, 0, 0, 0, 0.9f, 0.1f, 0, 0.02f, 0.98f}),
                                attribute("classlabels_int64s", NUMBERS),
                                attribute("post_transform", "NONE")),
                        node("Cast", "label", "output_label", attribute("to", TensorProto.DataType.INT64_VALUE)),
                        labels(NUMBERS)),
                FLOWERS);
    }

    @Test
    void aVectorIsOneRowAndTheLastOfEqualKeysCounts() {
        Tensor x = Tensor.of(new float[] {1, 2, 9}, 3);
        for (Object keys : List.of(new long[] {7, 7, 1}, new String[] {"b", "b", "a"})) {
            String name = keys instanceof long[] ? "classlabels_int64s" : "classlabels_strings";
            assertLikeOracle(model(List.of("z"), x, node("ZipMap", "x", "z", attribute(name, keys))), x);
        }
    }
}
