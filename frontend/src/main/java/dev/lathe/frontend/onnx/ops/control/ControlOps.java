package dev.lathe.frontend.onnx.ops.control;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.node.RegionImporter;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Control flow. A condition that is known chooses at once. */
public final class ControlOps {
    private ControlOps() {}

    public static void addTo(Operators t) {
        t.on("If").sinceAll(1, ControlOps::branch);
        t.on("Loop").sinceAll(1, ControlOps::loop);
        t.on("Scan").sinceAll(8, ScanOps::batched).sinceAll(9, ScanOps::scan);
    }

    private static List<Value> branch(OnnxNode n) {
        Value condition = n.in(0);
        Optional<Tensor> known = n.b.constant(condition);
        if (known.isPresent() && known.get().size() == 1) {
            return n.graph(known.get().getBoolean(0) ? "then_branch" : "else_branch")
                    .inline();
        }
        Value scalar = n.b.reshape(condition, Shape.SCALAR);
        return n.branch(
                scalar,
                n.graph("then_branch").attempt("then"),
                n.graph("else_branch").attempt("else"));
    }

    private static List<Value> loop(OnnxNode n) {
        Optional<Value> trips = n.opt(0).map(v -> n.b.cast(n.b.reshape(v, Shape.SCALAR), ElementType.I64));
        Optional<Value> condition = n.opt(1).map(v -> n.b.reshape(v, Shape.SCALAR));
        List<Value> initial = new ArrayList<>();
        for (int i = 2; i < n.inputs.size(); i++) {
            initial.add(n.in(i));
        }
        RegionImporter body = n.graph("body");
        // Sequences that the loop fills: what the body puts into them tells their types.
        Set<Integer> open = new HashSet<>();
        for (int i = 0; i < initial.size(); i++) {
            if (n.isOpen(initial.get(i))) {
                open.add(i);
            }
        }
        List<Value> results = Loops.of(n.b, trips, condition, initial, open, carried -> {
            List<Type> inputs = new ArrayList<>();
            inputs.add(TensorType.scalar(ElementType.I64));
            inputs.add(TensorType.scalar(ElementType.BOOL));
            inputs.addAll(carried);
            return body.region("body", inputs, open.stream().map(i -> 2 + i).collect(Collectors.toSet()));
        });
        open.forEach(i -> n.open(results.get(i)));
        return results;
    }
}
