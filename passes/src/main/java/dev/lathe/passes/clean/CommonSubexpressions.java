package dev.lathe.passes.clean;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Op;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Computes equal things once: ops are records, and equal records of the same operands give equal results. */
public record CommonSubexpressions() implements Pass {
    @Override
    public String name() {
        return "common-subexpressions";
    }

    @Override
    public String description() {
        return "compute equal pure ops once";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Map<Builder, Map<Op, List<Value>>> known = new IdentityHashMap<>();
        return Rebuild.run(graph, (node, original, b) -> {
            Op op = node.op();
            if (!op.isPure() || !op.regions().isEmpty() || !op.binds().isEmpty()) {
                return null;
            }
            Map<Op, List<Value>> here = known.computeIfAbsent(b, _ -> new HashMap<>());
            List<Value> earlier = here.get(op);
            if (earlier != null && context.step()) {
                context.applied(this, "computed before", original);
                return earlier;
            }
            List<Value> results = node == original ? b.reuse(original) : b.copy(original, op);
            here.put(op, results);
            return results;
        });
    }
}
