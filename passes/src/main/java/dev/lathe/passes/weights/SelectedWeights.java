package dev.lathe.passes.weights;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Stage;
import dev.lathe.passes.Statistic;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A pass that changes weights, on some of them: while it runs, the others are inputs of the graph, so that it cannot
 * see what they are. Works for every pass, and lets each weight have a treatment of its own.
 *
 * @param pass what is run
 * @param names of the weights that it sees, as {@link WeightRole#names} gives them
 */
public record SelectedWeights(Pass pass, Set<String> names) implements Pass {
    public SelectedWeights {
        names = Set.copyOf(names);
    }

    @Override
    public String name() {
        return pass.name();
    }

    @Override
    public String description() {
        return pass.description();
    }

    @Override
    public boolean isLossy() {
        return pass.isLossy();
    }

    @Override
    public Stage requires() {
        return pass.requires();
    }

    @Override
    public List<After> after() {
        return pass.after();
    }

    @Override
    public List<? extends Statistic<?>> measures(Graph graph) {
        return pass.measures(without(graph, held(graph)));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Set<Value> held = held(graph);
        if (held.isEmpty()) {
            return pass.run(graph, context);
        }
        Graph hidden = without(graph, held);
        Graph changed = pass.run(hidden, context);
        return changed == hidden ? graph : with(changed, graph, held);
    }

    private Set<Value> held(Graph graph) {
        Map<Value, Node> definitions = graph.definitions();
        Set<Value> held = Collections.newSetFromMap(new IdentityHashMap<>());
        WeightRole.names(graph, 1).forEach((v, name) -> {
            // A constant of a region cannot be an input of the whole graph.
            if (!names.contains(name) && definitions.containsKey(v)) {
                held.add(v);
            }
        });
        return held;
    }

    private static Graph without(Graph graph, Set<Value> held) {
        Builder b = Builder.graph(graph.name());
        graph.inputs().forEach(b::input);
        for (Node n : graph.nodes()) {
            if (n.results().size() == 1 && held.contains(n.result())) {
                b.input(n.result());
            } else {
                b.reuse(n);
            }
        }
        return b.build(graph.outputs(), graph.outputNames());
    }

    private static Graph with(Graph changed, Graph original, Set<Value> held) {
        Map<Value, Node> definitions = original.definitions();
        Builder b = Builder.graph(changed.name());
        for (Value input : changed.inputs()) {
            if (held.contains(input)) {
                b.reuse(Objects.requireNonNull(definitions.get(input), "not of the original"));
            } else {
                b.input(input);
            }
        }
        changed.nodes().forEach(b::reuse);
        return b.build(changed.outputs(), changed.outputNames());
    }
}
