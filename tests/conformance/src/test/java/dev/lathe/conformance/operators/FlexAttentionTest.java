package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static dev.lathe.conformance.operators.Indexed.at;
import static dev.lathe.conformance.operators.Indexed.tensor;

import dev.lathe.conformance.Protos;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** FlexAttention, whose scores and probabilities a subgraph may change, against the standard's text. */
class FlexAttentionTest extends OperatorTest {
    private static final DoubleUnaryOperator SAME = DoubleUnaryOperator.identity();

    @TestFactory
    Stream<DynamicTest> followsTheText() {
        for (int[] heads : new int[][] {{2, 2}, {6, 2}, {4, 1}}) {
            Tensor q = random(2, heads[0], 3, 8);
            Tensor k = random(2, heads[1], 5, 8);
            Tensor v = random(2, heads[1], 5, 6);
            String at = " " + heads[0] + " to " + heads[1];
            add("plain" + at, SAME, SAME, q, k, v);
            add("scaled" + at, SAME, SAME, q, k, v, attribute("scale", 0.3f));
            Object score = attribute("score_mod", graph("score", node("Tanh", "x")));
            Object probability = attribute("prob_mod", graph("probability", node("Sqrt", "x")));
            add("scores" + at, Math::tanh, SAME, q, k, v, score);
            add("probabilities" + at, SAME, Math::sqrt, q, k, v, probability);
            add("both" + at, Math::tanh, Math::sqrt, q, k, v, score, probability);
        }
        Tensor x = random(1, 2, 4, 8);
        GraphProto tripled = graph("score", node("Mul", "x", "three")).toBuilder()
                .addInitializer(Protos.tensor("three", Tensor.scalar(3f)))
                .build();
        add("with a constant", s -> 3 * s, SAME, x, x, x, attribute("score_mod", tripled));
        for (ElementType type : List.of(ElementType.F16, ElementType.BF16, ElementType.F64)) {
            Tensor t = random(type, 1, 2, 4, 8);
            add(type.text(), SAME, SAME, t, t, t);
            for (ElementType precision : List.of(ElementType.F32, ElementType.F64)) {
                String name = type.text() + " in " + precision.text();
                Object mod = attribute("score_mod", graph("score", node("Tanh", "x")));
                add(name, Math::tanh, SAME, t, t, t, attribute("softmax_precision", precision), mod);
            }
        }
        return tests();
    }

    private static NodeProto node(String type, String... operands) {
        return NodeProto.newBuilder()
                .setOpType(type)
                .addAllInput(List.of(operands))
                .addOutput("y")
                .build();
    }

    private static GraphProto graph(String name, NodeProto node) {
        return GraphProto.newBuilder()
                .setName(name)
                .addInput(ValueInfoProto.newBuilder().setName("x"))
                .addNode(node)
                .addOutput(ValueInfoProto.newBuilder().setName("y"))
                .build();
    }

    private void add(String name, DoubleUnaryOperator score, DoubleUnaryOperator probability, Object... parts) {
        formula(n -> List.of(attended(n, score, probability)), name, "ai.onnx.preview:FlexAttention-1", "y", parts);
    }

    private static Tensor attended(NodeModel n, DoubleUnaryOperator score, DoubleUnaryOperator probability) {
        Tensor q = n.in(0);
        Tensor k = n.in(1);
        Tensor v = n.in(2);
        int keys = (int) k.dim(2);
        double scale = n.f("scale", 1 / Math.sqrt(q.dim(3)));
        return tensor(q.element(), new long[] {q.dim(0), q.dim(1), q.dim(2), v.dim(3)}, i -> {
            long group = i[1] / (q.dim(1) / k.dim(1));
            double[] weights = new double[keys];
            for (int key = 0; key < keys; key++) {
                double dot = 0;
                for (int d = 0; d < q.dim(3); d++) {
                    dot += at(q, i[0], i[1], i[2], d) * at(k, i[0], group, key, d);
                }
                weights[key] = Math.exp(score.applyAsDouble(scale * dot));
            }
            double total = Arrays.stream(weights).sum();
            double sum = 0;
            for (int key = 0; key < keys; key++) {
                sum += probability.applyAsDouble(weights[key] / total) * at(v, i[0], group, key, i[3]);
            }
            return sum;
        });
    }
}
