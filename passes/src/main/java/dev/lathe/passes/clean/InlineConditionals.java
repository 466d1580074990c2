package dev.lathe.passes.clean;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
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
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Replaces an {@code if} whose condition is known by its branch. Symbols that the {@code if} bound become what they
 * are in that branch.
 */
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
        SymbolNames names = new SymbolNames(graph);
        return Rebuild.run(
                graph,
                (node, original, b) -> {
                    List<Value> taken = node.op() instanceof If op ? branch(op, symbols, names, b) : null;
                    if (taken == null || !context.step()) {
                        return null;
                    }
                    context.applied(this, "known condition", original);
                    return taken;
                },
                symbols);
    }

    private static @Nullable List<Value> branch(If op, Map<String, Dim> symbols, SymbolNames names, Builder b) {
        Tensor condition = b.constant(op.condition()).orElse(null);
        if (condition == null) {
            return null;
        }
        Graph branch = names.unique(condition.getBoolean(0) ? op.thenBranch() : op.elseBranch());
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
        return inline(branch, b);
    }

    private static List<Value> inline(Graph branch, Builder b) {
        Map<Value, Value> map = new IdentityHashMap<>();
        Rebuild.copy(branch.nodes(), map, b);
        map.forEach(Rebuild::noteReplaced);
        return branch.outputs().stream().map(v -> map.getOrDefault(v, v)).toList();
    }

    /** Keeps the symbols of a branch apart from those that other regions bind by the same name. */
    private static final class SymbolNames {
        private final Map<String, Integer> bindings = new HashMap<>();

        SymbolNames(Graph graph) {
            graph.inputSymbols().forEach(this::count);
            graph.allNodes().forEach(n -> n.op().binds().forEach(this::count));
        }

        private void count(String name) {
            bindings.merge(name, 1, Integer::sum);
        }

        /** The branch with its symbols renamed where others have their names. */
        Graph unique(Graph branch) {
            Map<String, String> fresh = new HashMap<>();
            for (Node n : branch.allNodes()) {
                for (String name : n.op().binds()) {
                    if (bindings.getOrDefault(name, 1) > 1) {
                        fresh.put(name, fresh(name));
                    }
                }
            }
            return fresh.isEmpty() ? branch : Rebuild.rename(branch, name -> fresh.getOrDefault(name, name));
        }

        private String fresh(String name) {
            String candidate = name;
            for (int i = 1; bindings.containsKey(candidate); i++) {
                candidate = name + "_" + i;
            }
            count(candidate);
            return candidate;
        }
    }
}
