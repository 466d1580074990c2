package dev.lathe.passes.weights;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives each value outside of regions a name of its own. Passes that replace a value keep its name, so that a value
 * can be found again in what they made of the graph.
 */
public record NameValues() implements Pass {
    @Override
    public String name() {
        return "name-values";
    }

    @Override
    public String description() {
        return "give each value a name of its own, by which it is found after other passes";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Map<Node, List<String>> renamed = renamed(graph);
        return Rebuild.run(graph, (node, original, b) -> {
            List<String> names = renamed.get(original);
            if (names == null) {
                return null;
            }
            context.applied(this, "named", original);
            return b.at(original.location()).addAll(node.op(), names);
        });
    }

    /** The names of all results of the nodes that need others: those that come first keep what they have. */
    private static Map<Node, List<String>> renamed(Graph graph) {
        Map<Value, Node> firstUsers = new IdentityHashMap<>();
        for (Node n : graph.nodes()) {
            n.op().dependencies().forEach(v -> firstUsers.putIfAbsent(v, n));
        }
        Set<String> taken = new HashSet<>();
        graph.inputs().forEach(v -> taken.add(v.name()));
        Set<Value> own = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node n : graph.nodes()) {
            for (Value v : n.results()) {
                if (!v.name().isEmpty() && taken.add(v.name())) {
                    own.add(v);
                }
            }
        }
        Map<Node, List<String>> all = new IdentityHashMap<>();
        for (Node n : graph.nodes()) {
            if (!own.containsAll(n.results())) {
                List<String> names = new ArrayList<>();
                for (Value v : n.results()) {
                    names.add(own.contains(v) ? v.name() : fresh(stem(v, n, firstUsers), taken));
                }
                all.put(n, names);
            }
        }
        return all;
    }

    /** The name that a value has, or that of the model's node that it comes from; of a constant, who reads it first. */
    private static String stem(Value v, Node n, Map<Value, Node> firstUsers) {
        if (!v.name().isEmpty()) {
            return v.name();
        }
        if (n.op() instanceof Constant && firstUsers.get(v) instanceof Node user) {
            Value read = user.results().getFirst();
            return (read.name().isEmpty() ? stem(user) : read.name()) + "_constant";
        }
        return stem(n);
    }

    private static String stem(Node n) {
        return n.location().origins().stream()
                .map(o -> o.name())
                .filter(s -> !s.isEmpty())
                .findFirst()
                .orElse(n.op().mnemonic());
    }

    private static String fresh(String stem, Set<String> taken) {
        String name = stem;
        for (int i = 1; !taken.add(name); i++) {
            name = stem + "_" + i;
        }
        return name;
    }
}
