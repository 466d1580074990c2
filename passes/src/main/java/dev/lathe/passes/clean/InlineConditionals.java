package dev.lathe.passes.clean;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.If;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.fold.FoldConstants;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Replaces an {@code if} whose condition is known by its branch. Symbols that the {@code if} bound become what they are in that branch. */
public record InlineConditionals() implements Pass {
    @Override
    public String name() {
        return "inline-conditionals";
    }

    @Override
    public String description() {
        return "replace an if with a constant condition by the branch it takes";
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(FoldConstants.class, "conditions must be literal to be known"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Map<String, Dim> symbols = new HashMap<>();
        return Rebuild.run(
                graph,
                (node, original, b) -> {
                    List<Value> taken = node.op() instanceof If op ? branch(op, symbols, b) : null;
                    if (taken == null || !context.step()) {
                        return null;
                    }
                    context.applied(this, "known condition", original);
                    return taken;
                },
                d -> d.substitute(symbols));
    }

    private static @Nullable List<Value> branch(If op, Map<String, Dim> symbols, Builder b) {
        Tensor condition = b.constant(op.condition()).orElse(null);
        if (condition == null) {
            return null;
        }
        Graph branch = condition.getBoolean(0) ? op.thenBranch() : op.elseBranch();
        Map<String, Dim> bound = new HashMap<>();
        for (int i = 0; i < op.resultTypes().size(); i++) {
            if (op.resultTypes().get(i) instanceof TensorType declared
                    && branch.outputs().get(i).type() instanceof TensorType actual
                    && declared.isRanked()
                    && actual.isRanked()
                    && declared.rank() == actual.rank()) {
                for (int axis = 0; axis < declared.rank(); axis++) {
                    Dim d = declared.dim(axis);
                    if (d.isSymbol() && op.boundSymbols().contains(d.symbolName())) {
                        bound.putIfAbsent(d.symbolName(), actual.dim(axis));
                    }
                }
            }
        }
        if (!bound.keySet().containsAll(op.boundSymbols())) {
            return null; // a symbol would be left without a value
        }
        symbols.putAll(bound);
        return b.inline(branch, List.of());
    }
}
