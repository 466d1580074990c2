package dev.lathe.frontend.onnx;

import dev.lathe.ir.op.Fail;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Loop;
import java.util.ArrayList;
import java.util.List;

/** Control flow in ONNX. */
final class ControlExports {
    private ControlExports() {}

    static void addTo(Exports t) {
        t.on(
                If.class,
                (op, g) -> g.result(
                        "If",
                        List.of(g.name(op.condition())),
                        Exports.g("then_branch", g.inner(op.thenBranch())),
                        Exports.g("else_branch", g.inner(op.elseBranch()))));
        t.on(Loop.class, (op, g) -> {
            List<String> inputs = new ArrayList<>();
            inputs.add(op.tripCount().map(g::name).orElse(""));
            inputs.add(op.condition().map(g::name).orElse(""));
            op.initial().forEach(v -> inputs.add(g.name(v)));
            return g.result("Loop", inputs, Exports.g("body", g.inner(op.body())));
        });
        t.on(Fail.class, (op, g) -> {
            throw OnnxExporter.failure(
                    "the model has a branch that cannot run with its shapes: " + op.message(),
                    "export with the shapes that the branch needs, or remove it with canonicalize");
        });
    }
}
