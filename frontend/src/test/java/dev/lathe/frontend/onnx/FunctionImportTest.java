package dev.lathe.frontend.onnx;

import static dev.lathe.frontend.onnx.Onnx.f;
import static dev.lathe.frontend.onnx.Onnx.function;
import static dev.lathe.frontend.onnx.Onnx.input;
import static dev.lathe.frontend.onnx.Onnx.model;
import static dev.lathe.frontend.onnx.Onnx.node;
import static dev.lathe.frontend.onnx.Onnx.opset;
import static dev.lathe.frontend.onnx.Onnx.problems;
import static dev.lathe.frontend.onnx.Onnx.ref;
import static dev.lathe.frontend.onnx.Onnx.run;
import static dev.lathe.frontend.onnx.Onnx.vector;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.grammar.onnx.AttributeProto.AttributeType;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.diag.Diagnostic;
import org.junit.jupiter.api.Test;

/** Local functions are expanded where they are called. */
class FunctionImportTest {
    private static NodeProto.Builder call(String name, String inputs, String output) {
        return node(name, inputs, output).setDomain("local");
    }

    private static ModelProto.Builder calling(NodeProto.Builder call) {
        return model(13, input("x", 2), call, "y").addOpsetImport(opset("local", 1));
    }

    @Test
    void functionsCallFunctions() {
        var model = calling(call("Twice", "x", "y"))
                .addFunctions(function("local", "Once", "a", "b", opset("", 13), node("Neg", "a", "b")))
                .addFunctions(function(
                        "local",
                        "Twice",
                        "a",
                        "c",
                        opset("", 13),
                        opset("local", 1),
                        call("Once", "a", "b"),
                        call("Once", "b", "c")));
        assertThat(run(model, vector(1, -2)).toFloatArray()).containsExactly(1, -2);
    }

    @Test
    void attributesOfTheCallReachTheBody() {
        var model = calling(call("Leaky", "x", "y").addAttribute(f("slope", 0.5f)))
                .addFunctions(function(
                        "local",
                        "Leaky",
                        "a",
                        "b",
                        opset("", 13),
                        node("LeakyRelu", "a", "b", ref("alpha", AttributeType.FLOAT, "slope"))));
        assertThat(run(model, vector(1, -2)).toFloatArray()).containsExactly(1, -1);
    }

    @Test
    void attributesPassThroughNestedCallsAndHaveDefaults() {
        var model = calling(call("Outer", "x", "y"))
                .addFunctions(function(
                        "local",
                        "Inner",
                        "a",
                        "b",
                        opset("", 13),
                        node("LeakyRelu", "a", "b", ref("alpha", AttributeType.FLOAT, "slope"))))
                .addFunctions(function(
                        "local",
                        "Outer",
                        "a",
                        "b",
                        opset("", 13),
                        opset("local", 1),
                        f("strength", 0.25f),
                        call("Inner", "a", "b").addAttribute(ref("slope", AttributeType.FLOAT, "strength"))));
        assertThat(run(model, vector(4, -4)).toFloatArray()).containsExactly(4, -1);
    }

    @Test
    void overloadsAreChosenByName() {
        var model = calling(call("F", "x", "y").setOverload("second"))
                .addFunctions(function("local", "F", "a", "b", opset("", 13), node("Neg", "a", "b"))
                        .setOverload("first"))
                .addFunctions(function("local", "F", "a", "b", opset("", 13), node("Exp", "a", "b"))
                        .setOverload("second"));
        assertThat(run(model, vector(0, 0)).toFloatArray()).containsExactly(1, 1);
    }

    @Test
    void aFunctionHasOpsetsOfItsOwn() {
        // Softmax-1 flattens to a matrix, Softmax-13 does not; the body says which it is.
        var model = model(13, input("x", 1, 2, 2), call("F", "x", "y"), "y")
                .addOpsetImport(opset("local", 1))
                .addFunctions(function("local", "F", "a", "b", opset("", 9), node("Softmax", "a", "b")));
        var y = run(model, dev.lathe.ir.tensor.Tensor.of(new float[4], 1, 2, 2));
        assertThat(y.toFloatArray()).containsExactly(0.25f, 0.25f, 0.25f, 0.25f);
    }

    @Test
    void operandsOfACallMayBeAbsent() {
        var model = calling(call("F", "x", "y"))
                .addFunctions(
                        function("local", "F", "a low high", "b", opset("", 13), node("Clip", "a low high", "b")));
        assertThat(run(model, vector(1, -2)).toFloatArray()).containsExactly(1, -2);
    }

    @Test
    void aFunctionMayReplaceAnOperator() {
        var model = model(13, input("x", 2), node("Relu", "x", "y").setDomain("local"), "y")
                .addOpsetImport(opset("local", 1))
                .addFunctions(function("local", "Relu", "a", "b", opset("", 13), node("Neg", "a", "b")));
        assertThat(run(model, vector(1, -2)).toFloatArray()).containsExactly(-1, 2);
    }

    @Test
    void aFunctionDoesNotSeeTheNamesAroundItsCall() {
        var problems = problems(calling(call("F", "x", "y"))
                .addFunctions(function("local", "F", "a", "b", opset("", 13), node("Add", "a x", "b"))));
        assertThat(problems).extracting(Diagnostic::code).containsExactly("onnx.undefined-value");
    }

    @Test
    void aFunctionThatCallsItselfIsAProblem() {
        var problems = problems(calling(call("F", "x", "y"))
                .addFunctions(function("local", "F", "a", "b", opset("", 13), opset("local", 1), call("F", "a", "b"))));
        assertThat(problems).hasSize(1);
        assertThat(problems.getFirst().what()).contains("F");
    }
}
