package dev.lathe.frontend.onnx;

import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Composite ops that ONNX has an operator for. */
final class CompositeExports {
    private CompositeExports() {}

    static void addTo(Exports t) {
        t.on(Softmax.class, (op, g) -> g.result("Softmax", List.of(g.name(op.x())), Exports.i("axis", op.axis())));
        t.on(
                Gelu.class,
                (op, g) -> g.result(
                        "Gelu",
                        List.of(g.name(op.x())),
                        Exports.s("approximate", op.tanhApproximation() ? "tanh" : "none")));
        t.on(LayerNorm.class, (op, g) -> {
            List<String> inputs = new ArrayList<>(List.of(g.name(op.x())));
            inputs.add(op.scale().map(g::name).orElseGet(() -> ones(g, op.x())));
            op.bias().map(g::name).ifPresent(inputs::add);
            return g.result(
                    "LayerNormalization", inputs, Exports.i("axis", op.axis()), Exports.f("epsilon", op.epsilon()));
        });
    }

    /** A scale of one. */
    private static String ones(GraphExporter g, Value x) {
        return g.add(
                "Expand",
                List.of(
                        g.constant(Tensor.scalar(x.tensorType().element(), 1), ""),
                        g.shape(Shape.of(x.tensorType().shape().dim(-1)))));
    }
}
