package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Cost;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * A group of ops that a backend runs as one kernel: {@code body} takes {@code arguments} and captures nothing. Made by
 * fusion passes; its meaning is its body.
 */
public record Fused(List<Value> arguments, Graph body) implements CompositeOp {
    @Override
    public List<Type> infer(Check check) {
        check.that(
                arguments.size() == body.inputs().size() && body.captures().isEmpty(),
                "the body takes %s values and captures %s",
                body.inputs().size(),
                body.captures());
        return body.outputs().stream().map(Value::type).toList();
    }

    @Override
    public List<Value> expandAll(Builder b) {
        return b.inline(body, arguments);
    }

    @Override
    public Cost cost() {
        return body.nodes().stream().map(node -> node.op().cost()).reduce(Cost.NONE, Cost::plus);
    }

    @Override
    public Tolerance tolerance() {
        return body.nodes().stream()
                .map(node -> node.op().tolerance())
                .max(Tolerance::compareTo)
                .orElse(Tolerance.EXACT);
    }
}
