package dev.lathe.frontend.onnx.ops.training;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.autodiff.Gradients;
import java.util.ArrayList;
import java.util.List;

/** The operator {@code Gradient}. */
public final class GradientOps {
    private GradientOps() {}

    public static void addTo(Operators t) {
        t.on("ai.onnx.preview.training:Gradient").sinceAll(1, GradientOps::gradient);
    }

    /**
     * The function is computed once more, of inputs that are not known, then differentiated, and put where the node
     * stands.
     */
    private static List<Value> gradient(OnnxNode n) {
        List<String> names = new ArrayList<>(n.strings("xs"));
        int count = names.size();
        names.addAll(n.strings("zs"));
        Builder inside = n.b.region("gradient");
        List<Value> inputs = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            inputs.add(inside.input(names.get(i), n.in(i).type()));
        }
        Value y = n.recompute(inside, n.s("y", ""), names, inputs);
        List<Value> results = Gradients.of(inside, y, inputs.subList(0, count));
        return n.b.inline(inside.build(results, names.subList(0, count)), n.all());
    }
}
