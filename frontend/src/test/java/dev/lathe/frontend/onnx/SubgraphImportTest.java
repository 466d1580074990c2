package dev.lathe.frontend.onnx;

import static dev.lathe.frontend.onnx.Onnx.g;
import static dev.lathe.frontend.onnx.Onnx.graph;
import static dev.lathe.frontend.onnx.Onnx.input;
import static dev.lathe.frontend.onnx.Onnx.longs;
import static dev.lathe.frontend.onnx.Onnx.model;
import static dev.lathe.frontend.onnx.Onnx.node;
import static dev.lathe.frontend.onnx.Onnx.run;
import static dev.lathe.frontend.onnx.Onnx.vector;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.grammar.onnx.TensorProto.DataType;
import dev.lathe.ir.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Subgraphs of If and Loop see the values around them. */
class SubgraphImportTest {
    @Test
    void branchesCaptureValues() {
        var model = model(
                13,
                input("c", DataType.BOOL),
                input("x", 2),
                node("Exp", "x", "e"),
                node(
                        "If",
                        "c",
                        "y",
                        g("then_branch", graph(node("Neg", "e", "t"), "t")),
                        g("else_branch", graph(node("Identity", "x", "t"), "t"))),
                "y");
        assertThat(run(model, Tensor.scalar(true), vector(0, 0)).toFloatArray()).containsExactly(-1, -1);
        assertThat(run(model, Tensor.scalar(false), vector(0, 5)).toFloatArray())
                .containsExactly(0, 5);
    }

    @Test
    void aBranchMayBeACapturedValueAlone() {
        var model = model(
                13,
                input("c", DataType.BOOL),
                input("x", 2),
                input("z", 2),
                node("If", "c", "y", g("then_branch", graph("x")), g("else_branch", graph("z"))),
                "y");
        assertThat(run(model, Tensor.scalar(false), vector(1, 2), vector(3, 4)).toFloatArray())
                .containsExactly(3, 4);
    }

    @Test
    void subgraphsInSubgraphsSeeTheOutermostValues() {
        var inner = graph(node("Add", "x x", "i"), "i");
        var other = graph(node("Neg", "x", "i"), "i");
        var outer = graph(node("If", "d", "o", g("then_branch", inner), g("else_branch", other)), "o");
        var model = model(
                13,
                input("c", DataType.BOOL),
                input("d", DataType.BOOL),
                input("x", 1),
                node("If", "c", "y", g("then_branch", outer), g("else_branch", graph("x"))),
                "y");
        assertThat(run(model, Tensor.scalar(true), Tensor.scalar(true), vector(3))
                        .toFloatArray())
                .containsExactly(6);
    }

    @Test
    void loopsCaptureAndCarryAndStack() {
        var body = graph(
                input("i", DataType.INT64),
                input("go", DataType.BOOL),
                input("sum", 1),
                node("Add", "sum x", "next"),
                node("Identity", "next", "out"),
                node("Identity", "go", "go_on"),
                "go_on",
                "next",
                "out");
        var model = model(
                13,
                input("x", 1),
                longs("n", 3),
                node("Sub", "x x", "zero"),
                node("Loop", "n _ zero", "last all", g("body", body)),
                "all");
        Tensor all = run(model, vector(2));
        assertThat(all.dims()).containsExactly(3, 1);
        assertThat(all.toFloatArray()).containsExactly(2, 4, 6);
    }

    @Test
    void initializersOfASubgraphHideNothingOutside() {
        var branch = graph(Onnx.floats("w", new float[] {1}, 1), node("Add", "x w", "t"), "t");
        var model = model(
                13,
                input("c", DataType.BOOL),
                input("x", 1),
                node("If", "c", "y", g("then_branch", branch), g("else_branch", graph("x"))),
                "y");
        assertThat(run(model, Tensor.scalar(true), vector(1)).toFloatArray()).containsExactly(2);
    }

    @Test
    void branchesMayGiveOtherElementTypes() {
        var model = model(
                13,
                input("c", DataType.BOOL),
                input("x", "n"),
                node(
                        "If",
                        "c",
                        "q",
                        g("then_branch", graph(node("Cast", "x", "t", Onnx.i("to", DataType.DOUBLE.getNumber())), "t")),
                        g("else_branch", graph(node("Identity", "x", "t"), "t"))),
                node("Mul", "q q", "m"),
                node("Cast", "m", "y", Onnx.i("to", DataType.FLOAT.getNumber())),
                "y");
        assertThat(run(model, Tensor.scalar(true), vector(3)).toFloatArray()).containsExactly(9);
        assertThat(run(model, Tensor.scalar(false), vector(1, 5)).toFloatArray())
                .containsExactly(1, 25);
    }
}
