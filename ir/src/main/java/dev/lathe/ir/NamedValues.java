package dev.lathe.ir;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.ir.op.Constant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The values of a graph by the names that people know them by: those of the model it was read from. Values inside
 * regions are left out.
 */
public final class NamedValues {
    private static final int MOST_LISTED = 8;

    private final Map<String, Value> byName = new LinkedHashMap<>();
    private final List<Value> computed = new ArrayList<>();
    private final Map<Value, Node> definitions = new IdentityHashMap<>();

    public NamedValues(Graph graph) {
        for (int i = 0; i < graph.outputs().size(); i++) {
            byName.putIfAbsent(graph.outputNames().get(i), graph.outputs().get(i));
        }
        graph.inputs().forEach(v -> byName.putIfAbsent(v.name(), v));
        for (Node node : graph.nodes()) {
            for (Value v : node.results()) {
                definitions.put(v, node);
                boolean first = !v.name().isEmpty() && byName.getOrDefault(v.name(), v) == v;
                if (first) {
                    byName.put(v.name(), v);
                    if (!(node.op() instanceof Constant)) {
                        computed.add(v);
                    }
                }
            }
        }
    }

    /** What the nodes compute that has a name, constants left out, in topological order. */
    public List<Value> computed() {
        return List.copyOf(computed);
    }

    /** The names of all values: outputs, inputs, and what nodes give. */
    public Set<String> names() {
        return byName.keySet();
    }

    /** The value of this name; null if there is none. */
    public @Nullable Value find(String name) {
        return byName.get(name);
    }

    /** The node that gives {@code v}; null for an input. */
    public @Nullable Node definition(Value v) {
        return definitions.get(v);
    }

    /**
     * The values of these names.
     *
     * @throws LatheException of the user's fault, {@code usage.value}, with every name that does not exist
     */
    public List<Value> all(Collection<String> wanted) {
        List<Diagnostic> problems = new ArrayList<>();
        List<Value> found = new ArrayList<>();
        for (String name : new LinkedHashSet<>(wanted)) {
            Value v = byName.get(name);
            if (v == null) {
                problems.add(Diagnostic.error(
                        "usage.value",
                        "the model has no value named \"" + name + "\"",
                        Suggestion.of(name, names()) + "its values are " + listed()
                                + "; `lathe opt MODEL -O0 -o -` shows them all"));
            } else {
                found.add(v);
            }
        }
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.USAGE, problems);
        }
        return found;
    }

    private String listed() {
        List<String> names = List.copyOf(byName.keySet());
        String first = String.join(", ", names.subList(0, Math.min(MOST_LISTED, names.size())));
        return names.size() <= MOST_LISTED ? first : first + " and " + (names.size() - MOST_LISTED) + " more";
    }
}
