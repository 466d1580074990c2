package dev.lathe.ir.analysis;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which node defines each value, and which nodes use it. */
public final class Uses {
    /** Of the nodes of a graph; a node uses what its regions use, too. */
    public static final Analysis<Uses> OF_NODES = graph -> new Uses(graph, false);

    /** Of the nodes of a graph and of those in regions, each for itself; the bodies of fused groups are left out. */
    public static final Analysis<Uses> OF_ALL_NODES = graph -> new Uses(graph, true);

    private final List<Node> nodes = new ArrayList<>();
    private final Map<Value, Node> definitions = new IdentityHashMap<>();
    private final Map<Value, List<Node>> users = new IdentityHashMap<>();
    private final Set<Value> outputs = Collections.newSetFromMap(new IdentityHashMap<>());

    private Uses(Graph graph, boolean enters) {
        collect(graph, enters);
    }

    private void collect(Graph graph, boolean enters) {
        outputs.addAll(graph.outputs());
        for (Node n : graph.nodes()) {
            nodes.add(n);
            n.results().forEach(v -> definitions.put(v, n));
            for (Value v : enters ? n.op().operands() : n.op().dependencies()) {
                users.computeIfAbsent(v, _ -> new ArrayList<>()).add(n);
            }
            if (enters && !(n.op() instanceof Fused)) {
                n.op().regions().forEach(r -> collect(r, true));
            }
        }
    }

    /** The nodes, definitions before uses. */
    public List<Node> nodes() {
        return Collections.unmodifiableList(nodes);
    }

    /** The node that defines {@code v}; null for inputs and what comes from outside. */
    public @Nullable Node definition(Value v) {
        return definitions.get(v);
    }

    /** The nodes that use {@code v}, in order; twice, if it is two of a node's operands. */
    public List<Node> users(Value v) {
        return Collections.unmodifiableList(users.getOrDefault(v, List.of()));
    }

    /** Whether a graph returns {@code v}. */
    public boolean isOutput(Value v) {
        return outputs.contains(v);
    }
}
