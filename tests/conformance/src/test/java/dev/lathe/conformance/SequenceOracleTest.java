package dev.lathe.conformance;

import static dev.lathe.conformance.Everywhere.assertLikeOracle;
import static dev.lathe.conformance.Everywhere.graph;
import static dev.lathe.conformance.Everywhere.input;
import static dev.lathe.conformance.Everywhere.model;
import static dev.lathe.conformance.Everywhere.node;
import static dev.lathe.conformance.Everywhere.weight;
import static dev.lathe.conformance.Protos.attribute;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("a sequence whose items have no declared rank")
class SequenceOracleTest {
    private static final ElementType F32 = ElementType.F32;

    private static ValueInfoProto sequence(String name) {
        TypeProto.Builder item = TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(Protos.number(F32)));
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(item)))
                .build();
    }

    private static GraphProto body(String result, Object... nodes) {
        Object[] parts = new Object[nodes.length + 6];
        parts[0] = input("i", ElementType.I64);
        parts[1] = input("go", ElementType.BOOL);
        parts[2] = sequence("s");
        System.arraycopy(nodes, 0, parts, 3, nodes.length);
        parts[nodes.length + 3] = node("Identity", "go", "on");
        parts[nodes.length + 4] = "on";
        parts[nodes.length + 5] = result;
        return graph(parts);
    }

    /** A loop over the rows of x that fills a sequence, and what is made of it. */
    private static GraphProto loop(GraphProto body, Object... rest) {
        Object[] parts = new Object[rest.length + 6];
        parts[0] = input("x", F32, "n", "m");
        parts[1] = weight("zero", Tensor.scalar(0L));
        parts[2] = node("SequenceEmpty", "", "e");
        parts[3] = node("Shape", "x", "sh");
        parts[4] = node("Gather", "sh zero", "rows");
        parts[5] = node("Loop", "rows _ e", "all", attribute("body", body));
        System.arraycopy(rest, 0, parts, 6, rest.length);
        return graph(parts);
    }

    private static List<Map<String, Tensor>> calls() {
        return List.of(
                Map.of("x", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3)),
                Map.of("x", Tensor.of(new float[] {4, -1, 0, 7}, 4, 1)));
    }

    @Test
    void filledInALoop() {
        GraphProto body = body("t", node("Gather", "x i", "row"), node("SequenceInsert", "s row", "t"));
        assertLikeOracle(
                model(loop(
                        body,
                        node("ConcatFromSequence", "all", "y", attribute("axis", 1), attribute("new_axis", 1)),
                        node("SequenceAt", "all zero", "first"),
                        node("Neg", "first", "z"),
                        node("SequenceLength", "all", "l"),
                        "y",
                        "z",
                        "l")),
                calls());
    }

    @Test
    void filledInABranchOfALoop() {
        NodeProto branch = node(
                "If",
                "odd",
                "t",
                attribute("then_branch", graph(node("SequenceInsert", "s row", "longer"), "longer")),
                attribute("else_branch", graph(node("Identity", "s", "same"), "same")));
        GraphProto body = body(
                "t",
                node("Gather", "x i", "row"),
                weight("two", Tensor.scalar(2L)),
                node("Mod", "i two", "r"),
                node("Cast", "r", "odd", attribute("to", ElementType.BOOL)),
                branch);
        assertLikeOracle(model(loop(body, node("ConcatFromSequence", "all", "y", attribute("axis", 0)), "y")), calls());
    }

    @Test
    void filledInALoopInALoop() {
        GraphProto inner = graph(
                input("j", ElementType.I64),
                input("go2", ElementType.BOOL),
                sequence("s2"),
                node("Gather", "x i", "row"),
                node("SequenceInsert", "s2 row", "t2"),
                node("Identity", "go2", "on2"),
                "on2",
                "t2");
        GraphProto body =
                body("t", weight("two", Tensor.scalar(2L)), node("Loop", "two _ s", "t", attribute("body", inner)));
        assertLikeOracle(
                model(loop(
                        body,
                        node("ConcatFromSequence", "all", "y", attribute("axis", 0), attribute("new_axis", 1)),
                        "y")),
                calls());
    }

    @Test
    void itemsOfMixedRanksOneByOne() {
        assertLikeOracle(
                model(graph(
                        input("x", F32, "n", "m"),
                        weight("zero", Tensor.scalar(0L)),
                        weight("last", Tensor.scalar(-1L)),
                        node("ReduceMax", "x", "r", attribute("axes", new long[] {0}), attribute("keepdims", 0)),
                        node("SequenceConstruct", "x r", "s"),
                        node("SequenceInsert", "s r zero", "t"),
                        node("SequenceAt", "t zero", "a"),
                        node("SequenceAt", "t last", "b"),
                        node("SequenceErase", "t zero", "u"),
                        node("SequenceAt", "u zero", "c"),
                        node("Add", "a b", "ab"),
                        node("MatMul", "c ab", "y"),
                        "y")),
                List.of(Map.of("x", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3))));
    }

    @Test
    void itemsOfMixedRanksThatNobodyCanTell() {
        byte[] bytes = model(graph(
                        input("x", F32, "n", "m"),
                        input("k", ElementType.I64),
                        node("ReduceMax", "x", "r", attribute("axes", new long[] {0}), attribute("keepdims", 0)),
                        node("SequenceConstruct", "x r", "s"),
                        node("SequenceAt", "s k", "a"),
                        node("Neg", "a", "y"),
                        node("Transpose", "a", "z"),
                        "y",
                        "z"))
                .toByteArray();
        assertThatThrownBy(() -> OnnxImporter.read(bytes, null))
                .hasMessageContaining("the_z")
                .hasMessageContaining("mixed ranks");
    }
}
