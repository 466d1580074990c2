package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.ir.op.Fail;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Control flow in ONNX. */
public final class ControlExports {
    private ControlExports() {}

    public static void addTo(Exports t) {
        t.on(
                If.class,
                (op, g) -> g.result(
                        "If",
                        List.of(g.name(op.condition())),
                        Attributes.g("then_branch", g.inner(op.thenBranch())),
                        Attributes.g("else_branch", g.inner(op.elseBranch()))));
        t.on(Loop.class, (op, g) -> {
            List<String> inputs = new ArrayList<>();
            inputs.add(op.tripCount().map(g::name).orElse(""));
            inputs.add(op.condition().map(g::name).orElse(""));
            op.initial().forEach(v -> inputs.add(g.name(v)));
            return g.result("Loop", inputs, Attributes.g("body", g.inner(op.body())));
        });
        t.on(Fail.class, ControlExports::fail);
    }

    /**
     * ONNX has no operator that fails: an element behind the end of a vector is taken, at a place that no runtime
     * knows before it runs.
     */
    private static List<String> fail(Fail op, OpWriter g) {
        String number = g.add(
                "RandomUniform",
                List.of(),
                Attributes.f("low", 2),
                Attributes.f("high", 3),
                Attributes.ints("shape", List.of(1)));
        String place = g.add("Cast", List.of(number), Attributes.i("to", ElementTypes.number(ElementType.I64)));
        List<String> results = g.wanted();
        for (int i = 0; i < results.size(); i++) {
            absent(op.resultTypes().get(i), place, results.get(i), g);
        }
        return results;
    }

    private static void absent(Type type, String place, String result, OpWriter g) {
        switch (type) {
            case TensorType t -> {
                String none = g.constant(Tensor.zeros(t.element(), 1), "");
                String taken = g.add("Gather", List.of(none, place));
                List<Long> ones = Collections.nCopies(t.isRanked() ? t.rank() : 1, 1L);
                g.emit("Reshape", List.of(taken, g.longs(ones)), List.of(result));
            }
            case SequenceType s -> {
                String item = g.fresh();
                absent(s.element(), place, item, g);
                g.emit("SequenceConstruct", List.of(item), List.of(result));
            }
            case OptionalType o -> {
                String element = g.fresh();
                absent(o.element(), place, element, g);
                g.emit("Optional", List.of(element), List.of(result));
            }
            case MapType m ->
                throw OpWriter.failure(
                        "the model has a branch that cannot run and gives a " + m,
                        "export with the shapes that the branch needs, or keep the model as IR text");
        }
    }
}
