package dev.lathe.frontend.onnx;

import static dev.lathe.frontend.onnx.Onnx.input;
import static dev.lathe.frontend.onnx.Onnx.model;
import static dev.lathe.frontend.onnx.Onnx.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Derivatives against differences of the function itself. */
class GradientTest {
    private static final String DOMAIN = "ai.onnx.preview.training";

    /** {@code sum(tanh(x w) * exp(x) / (x * x + 2))} of a 2 by 2 matrix. */
    private static ModelProto.Builder function(String output, NodeProto.Builder... more) {
        ModelProto.Builder model = model(
                13,
                input("x", 2, 2),
                input("w", 2, 2),
                Onnx.floats("two", new float[] {2}),
                node("MatMul", "x w", "p"),
                node("Tanh", "p", "t"),
                node("Exp", "x", "e"),
                node("Mul", "t e", "u"),
                node("Mul", "x x", "s"),
                node("Add", "s two", "d"),
                node("Div", "u d", "q"),
                node("ReduceSum", "q", "y", Onnx.i("keepdims", 0)),
                output);
        for (NodeProto.Builder n : more) {
            model.getGraphBuilder().addNode(n);
        }
        return model.addOpsetImport(Onnx.opset(DOMAIN, 1));
    }

    private static NodeProto.Builder gradient(String y) {
        NodeProto.Builder n = node("Gradient", "x w", "dx dw").setDomain(DOMAIN);
        n.addAttribute(AttributeProto.newBuilder()
                .setName("xs")
                .setType(AttributeProto.AttributeType.STRINGS)
                .addStrings(ByteString.copyFromUtf8("x"))
                .addStrings(ByteString.copyFromUtf8("w")));
        return n.addAttribute(Onnx.s("y", y));
    }

    @Test
    void derivativesAreThoseOfTheFunction() {
        float[] x = {0.3f, -0.7f, 1.1f, 0.2f};
        float[] w = {0.5f, -0.4f, 0.8f, 0.1f};
        for (boolean ofX : new boolean[] {true, false}) {
            Tensor exact = Onnx.run(function(ofX ? "dx" : "dw", gradient("y")), Tensor.of(x, 2, 2), Tensor.of(w, 2, 2));
            for (int i = 0; i < 4; i++) {
                float[] up = (ofX ? x : w).clone();
                float[] down = up.clone();
                up[i] += 1e-2f;
                down[i] -= 1e-2f;
                double high = value(ofX ? up : x, ofX ? w : up);
                double low = value(ofX ? down : x, ofX ? w : down);
                assertThat((double) exact.getFloat(i)).isCloseTo((high - low) / 2e-2, within(2e-3));
            }
        }
    }

    private static double value(float[] x, float[] w) {
        return Onnx.run(function("y"), Tensor.of(x, 2, 2), Tensor.of(w, 2, 2)).getDouble(0);
    }

    @Test
    void whatHasNoDerivativeIsTold() {
        var problems = Onnx.problems(function("dx", node("Unique", "x", "z"), gradient("z")));
        assertThat(problems)
                .extracting(Diagnostic::what)
                .singleElement()
                .asString()
                .contains("the derivative of unique is not known: which elements are equal is not continuous");
    }
}
