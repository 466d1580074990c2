package dev.lathe.backend.plan;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Ops without a kernel, which run on the host by their reference meaning. */
final class HostPlans {
    private final Planner p;

    HostPlans(Planner p) {
        this.p = p;
    }

    void plan(CoreOp op, Node n) {
        // What stays in a slot must not share an array, whose elements change. A kernel makes a new one.
        boolean isNew = p.kernels().hasForValues(op) && !(op instanceof Broadcast);
        boolean shares = isNew || n.results().stream().allMatch(v -> p.isPlanned(v.type()));
        Map<Value, View> operands = new LinkedHashMap<>();
        for (Value v : op.operands()) {
            operands.computeIfAbsent(v, _ -> p.flat(p.view(v)));
        }
        List<View> results = n.results().stream().map(p::allocate).toList();
        List<Step.HostOp.Binding> bindings =
                op.binds().stream().map(s -> binding(s, n)).toList();
        p.add(new Step.HostOp(op, operands, results, shares, bindings));
    }

    private static Step.HostOp.Binding binding(String symbol, Node n) {
        for (int i = 0; i < n.results().size(); i++) {
            int axis = axis(symbol, n.results().get(i).type());
            if (axis >= 0) {
                return new Step.HostOp.Binding(symbol, i, axis);
            }
        }
        return new Step.HostOp.Binding(symbol, -1, -1);
    }

    /** The axis of a type that is the bare symbol; -1 if there is none. */
    static int axis(String symbol, Type type) {
        if (type instanceof TensorType t && t.isRanked()) {
            for (int i = 0; i < t.rank(); i++) {
                if (t.dim(i).isSymbol() && t.dim(i).symbolName().equals(symbol)) {
                    return i;
                }
            }
        }
        return -1;
    }
}
