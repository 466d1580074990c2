package dev.lathe.conformance;

import static dev.lathe.conformance.Everywhere.assertLikeOracle;
import static dev.lathe.conformance.Everywhere.graph;
import static dev.lathe.conformance.Everywhere.input;
import static dev.lathe.conformance.Everywhere.longs;
import static dev.lathe.conformance.Everywhere.model;
import static dev.lathe.conformance.Everywhere.node;
import static dev.lathe.conformance.Everywhere.weight;
import static dev.lathe.conformance.Protos.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("an If whose branches give values of different ranks or types")
class BranchOracleTest {
    private static final ElementType F32 = ElementType.F32;

    private static Tensor ramp(long... dims) {
        Tensor t = Tensor.zeros(F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, i % 7 - 2.5 + 0.125 * i);
        }
        return t;
    }

    private static NodeProto branch(String condition, String outputs, GraphProto yes, GraphProto no) {
        return node("If", condition, outputs, attribute("then_branch", yes), attribute("else_branch", no));
    }

    /** Without axis 1 where its size is 1, as PyTorch exports {@code x.squeeze(1)}. */
    private static List<Object> squeeze(String x, String y) {
        return List.of(
                node("Shape", x, y + "_s"),
                node("Gather", y + "_s one", y + "_d", attribute("axis", 0)),
                node("Equal", y + "_d one", y + "_c"),
                branch(
                        y + "_c",
                        y,
                        graph(node("Squeeze", x + " one", y + "_t"), y + "_t"),
                        graph(node("Identity", x, y + "_e"), y + "_e")));
    }

    private static Object[] parts(Object... parts) {
        List<Object> all = new ArrayList<>();
        for (Object p : parts) {
            if (p instanceof List<?> list) {
                all.addAll(list);
            } else {
                all.add(p);
            }
        }
        return all.toArray();
    }

    private static List<Map<String, Tensor>> calls(Tensor... xs) {
        return List.of(xs).stream().map(x -> Map.of("x", x)).toList();
    }

    @Test
    void anOutputMayHaveAnotherRankInEachCall() {
        Graph g = assertLikeOracle(
                model(graph(parts(
                        input("x", F32, "b", "k", "t"),
                        longs("one", 1),
                        squeeze("x", "q"),
                        node("Relu", "q", "y"),
                        "y"))),
                calls(ramp(2, 1, 3), ramp(2, 2, 3)));
        assertThat(((TensorType) g.outputs().getFirst().type()).isRanked()).isFalse();
    }

    @Test
    void branchesMeetWhereRanksAgree() {
        Graph g = assertLikeOracle(
                model(graph(parts(
                        input("x", F32, "b", "k", "t"),
                        longs("one", 1),
                        longs("flat", 2, -1),
                        squeeze("x", "q"),
                        node("Reshape", "q flat", "r"),
                        node("Exp", "r", "e"),
                        node("Neg", "e", "y"),
                        "y"))),
                calls(ramp(2, 1, 3), ramp(2, 2, 3)));
        assertThat(((TensorType) g.outputs().getFirst().type()).rank()).isEqualTo(2);
        assertThat(g.allNodes().stream().filter(n -> n.op().mnemonic().equals("exp")))
                .as("what follows is there once")
                .hasSize(1);
    }

    @Test
    void unsqueezeAndFlattenInOneBranch() {
        for (NodeProto one : List.of(
                node("Unsqueeze", "x zero", "t"),
                node("Flatten", "x", "t", attribute("axis", 0)),
                node("ReduceSum", "x", "t", attribute("keepdims", 0)))) {
            assertLikeOracle(
                    model(graph(
                            input("c", ElementType.BOOL),
                            input("x", F32, "b", "k"),
                            longs("zero", 0),
                            branch("c", "q", graph(one, "t"), graph(node("Neg", "x", "e"), "e")),
                            node("Shape", "q", "s"),
                            node("Add", "q q", "a"),
                            node("Reshape", "a s", "r"),
                            "r",
                            "s")),
                    List.of(
                            Map.of("c", Tensor.scalar(true), "x", ramp(2, 3)),
                            Map.of("c", Tensor.scalar(false), "x", ramp(4, 1))));
        }
    }

    @Test
    void manySuchIfsInARow() {
        List<Object> nodes = new ArrayList<>(List.of(
                input("x", F32, "b", "k", "t"),
                longs("one", 1),
                longs("three", 1, -1, 2),
                node("Identity", "x", "v0")));
        for (int i = 0; i < 30; i++) {
            nodes.addAll(squeeze("v" + i, "q" + i));
            nodes.add(node("Reshape", "q" + i + " three", "v" + (i + 1)));
        }
        nodes.add("v30");
        Graph g = assertLikeOracle(model(graph(nodes.toArray())), calls(ramp(2, 1, 4), ramp(2, 2, 2)));
        assertThat(g.allNodes().size()).isLessThan(30 * 30);
    }

    /** Each may add one more axis, so that ranks never agree, but there are few of them. */
    @Test
    void ranksThatNeverAgree() {
        List<Object> nodes = new ArrayList<>(List.of(
                input("x", F32, "n"),
                input("bits", ElementType.BOOL, 6),
                longs("zero", 0),
                node("Identity", "x", "v0")));
        for (int i = 0; i < 6; i++) {
            nodes.add(weight("at" + i, Tensor.scalar((long) i)));
            nodes.add(node("Gather", "bits at" + i, "c" + i));
            nodes.add(branch(
                    "c" + i,
                    "v" + (i + 1),
                    graph(node("Unsqueeze", "v" + i + " zero", "t" + i), "t" + i),
                    graph(node("Identity", "v" + i, "e" + i), "e" + i)));
        }
        nodes.add(node("Neg", "v6", "y"));
        nodes.add("y");
        List<Map<String, Tensor>> calls = new ArrayList<>();
        for (int n : new int[] {0, 1, 0b101000, 0b110010}) {
            boolean[] bits = new boolean[6];
            for (int i = 0; i < 6; i++) {
                bits[i] = (n >> i & 1) != 0;
            }
            calls.add(Map.of("x", ramp(3), "bits", Tensor.of(bits, 6)));
        }
        Graph g = assertLikeOracle(model(graph(nodes.toArray())), calls);
        assertThat(g.allNodes().size()).isLessThan(2000);
    }

    @Test
    void nestedIfsAndTwoResults() {
        GraphProto inner = graph(
                branch(
                        "d",
                        "i",
                        graph(node("Squeeze", "x one", "it"), "it"),
                        graph(node("Unsqueeze", "x one", "ie"), "ie")),
                node("Exp", "i", "j"),
                node("Shape", "x", "k"),
                "j",
                "k");
        GraphProto outer = graph(node("Identity", "x", "o"), node("Shape", "x", "p"), "o", "p");
        List<Map<String, Tensor>> calls = new ArrayList<>();
        for (boolean c : new boolean[] {true, false}) {
            for (boolean d : new boolean[] {true, false}) {
                calls.add(Map.of("c", Tensor.scalar(c), "d", Tensor.scalar(d), "x", ramp(2, 1, 3)));
            }
        }
        assertLikeOracle(
                model(graph(
                        input("c", ElementType.BOOL),
                        input("d", ElementType.BOOL),
                        input("x", F32, "a", 1, "b"),
                        longs("one", 1),
                        branch("c", "q n", inner, outer),
                        node("Neg", "q", "y"),
                        node("ReduceSum", "q", "z", attribute("keepdims", 0)),
                        "y",
                        "z",
                        "n")),
                calls);
    }

    @Test
    void twoOfThemMeetInOneNode() {
        assertLikeOracle(
                model(graph(parts(
                        input("x", F32, "b", "k", "t"),
                        input("z", F32, "u", "v", "w"),
                        longs("one", 1),
                        squeeze("x", "p"),
                        squeeze("z", "q"),
                        node("Exp", "p", "e"),
                        node("ReduceMax", "q", "f", attribute("axes", new long[] {-1}), attribute("keepdims", 0)),
                        node("Mul", "e f", "g"),
                        node("Add", "g e", "y"),
                        "y"))),
                List.of(
                        Map.of("x", ramp(2, 1, 2), "z", ramp(2, 1, 4)),
                        Map.of("x", ramp(2, 1, 2), "z", ramp(1, 2, 4)),
                        Map.of("x", ramp(2, 2, 2), "z", ramp(2, 1, 4)),
                        Map.of("x", ramp(2, 2, 2), "z", ramp(2, 2, 4))));
    }

    @Test
    void anEmptyTensorOfAnotherRank() {
        assertLikeOracle(
                model(graph(
                        input("x", F32, "n", 3),
                        weight("none", Tensor.zeros(F32, 0)),
                        node("Size", "x", "s"),
                        weight("few", Tensor.scalar(4L)),
                        node("Less", "s few", "c"),
                        branch("c", "q", graph(node("Identity", "none", "t"), "t"), graph(node("Exp", "x", "e"), "e")),
                        node("Neg", "q", "y"),
                        "y")),
                calls(ramp(1, 3), ramp(2, 3)));
    }

    @Test
    void scalarAndVectorOfOne() {
        assertLikeOracle(
                model(graph(
                        input("c", ElementType.BOOL),
                        input("x", F32, 1),
                        longs("zero", 0),
                        branch(
                                "c",
                                "q",
                                graph(node("Squeeze", "x zero", "t"), "t"),
                                graph(node("Identity", "x", "e"), "e")),
                        node("Neg", "q", "y"),
                        "y")),
                List.of(
                        Map.of("c", Tensor.scalar(true), "x", ramp(1)),
                        Map.of("c", Tensor.scalar(false), "x", ramp(1))));
    }

    @Test
    void shapesOfDifferentLengthsReshape() {
        assertLikeOracle(
                model(graph(
                        input("c", ElementType.BOOL),
                        input("x", F32, "n", 4),
                        branch("c", "s", graph(longs("t", 2, 2, -1), "t"), graph(longs("e", -1, 2), "e")),
                        node("Reshape", "x s", "r"),
                        node("Exp", "r", "y"),
                        "y")),
                List.of(
                        Map.of("c", Tensor.scalar(true), "x", ramp(3, 4)),
                        Map.of("c", Tensor.scalar(false), "x", ramp(2, 4))));
    }

    @Test
    void aShapeWhoseLengthOnlyARunTells() {
        List<Map<String, Tensor>> calls = new ArrayList<>();
        for (long[] shape : new long[][] {{-1}, {2, -1}, {0, 1, 2, 2, 1}, {1, 2, 1, -1}}) {
            calls.add(Map.of("x", ramp(2, 4), "s", Tensor.vector(shape)));
        }
        assertLikeOracle(
                model(graph(
                        input("x", F32, "n", "m"),
                        input("s", ElementType.I64, "k"),
                        node("Reshape", "x s", "r"),
                        node("Relu", "r", "y"),
                        node("Shape", "r", "t"),
                        node("ReduceMax", "r", "z", attribute("keepdims", 0)),
                        "y",
                        "t",
                        "z")),
                calls);
    }

    @Test
    void insideALoop() {
        GraphProto body = graph(parts(
                input("i", ElementType.I64),
                input("go", ElementType.BOOL),
                input("v", F32, "b", "k", "t"),
                squeeze("v", "q"),
                node("Exp", "q", "e"),
                node("Reshape", "e three", "w"),
                node("ReduceSum", "e", "sum", attribute("keepdims", 0)),
                node("Identity", "go", "on"),
                "on",
                "w",
                "sum"));
        assertLikeOracle(
                model(graph(
                        input("x", F32, "b", "k", "t"),
                        longs("one", 1),
                        longs("three", 1, 2, -1),
                        weight("n", Tensor.scalar(2L)),
                        node("Loop", "n _ x", "y sums", attribute("body", body)),
                        "y",
                        "sums")),
                calls(ramp(2, 1, 2), ramp(2, 2, 1)));
    }

    @Test
    void whatALoopCarriesMustHaveOneRank() {
        GraphProto body = graph(parts(
                input("i", ElementType.I64),
                input("go", ElementType.BOOL),
                input("v", F32, "b", "k", "t"),
                squeeze("v", "q"),
                node("Identity", "go", "on"),
                "on",
                "q"));
        byte[] bytes = model(graph(
                        input("x", F32, "b", "k", "t"),
                        longs("one", 1),
                        weight("n", Tensor.scalar(2L)),
                        node("Loop", "n _ x", "y", attribute("body", body)),
                        "y"))
                .toByteArray();
        assertThatThrownBy(() -> OnnxImporter.read(bytes, null))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("the_q")
                .hasMessageContaining("--shape");
    }
}
