package dev.lathe.debug;

import dev.lathe.ir.Graph;
import dev.lathe.ir.NamedValues;
import dev.lathe.ir.Subgraph;
import dev.lathe.ir.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Graphs with intermediate values as outputs. Passes keep what is an output, so a graph that exposes values may be
 * fused in another way than the model itself.
 */
public final class Exposed {
    private Exposed() {}

    /** {@code graph} with every named value that its nodes compute as an output, behind its own. */
    public static Graph all(Graph graph) {
        List<Value> outputs = new ArrayList<>(graph.outputs());
        List<String> names = new ArrayList<>(graph.outputNames());
        Set<Value> known = Collections.newSetFromMap(new IdentityHashMap<>());
        known.addAll(outputs);
        for (Value v : new NamedValues(graph).computed()) {
            if (known.add(v)) {
                outputs.add(v);
                names.add(v.name());
            }
        }
        return Subgraph.of(graph, List.of(), outputs, names);
    }

    /**
     * The part of {@code graph} that computes the values of these names, which are its outputs.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code usage.value} if there is no value of such a name
     */
    public static Graph of(Graph graph, Collection<String> names) {
        List<String> distinct = names.stream().distinct().toList();
        return Subgraph.of(graph, List.of(), new NamedValues(graph).all(distinct), distinct);
    }
}
