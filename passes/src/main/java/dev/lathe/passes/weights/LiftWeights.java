package dev.lathe.passes.weights;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.op.Op;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Moves the weights of branches and loop bodies in front of the op that they are a region of. They are computed no
 * later than before, and what chooses a treatment for each weight of a graph finds them all in one place.
 */
public record LiftWeights() implements Pass {
    @Override
    public String name() {
        return "lift-weights";
    }

    @Override
    public String description() {
        return "move weights of branches and loop bodies out of them, where each can be treated by itself";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Set<Value> weights = Collections.newSetFromMap(new IdentityHashMap<>());
        weights.addAll(WeightRole.of(graph, 1).keySet());
        graph.nodes().forEach(n -> n.results().forEach(weights::remove));
        if (weights.isEmpty()) {
            return graph;
        }
        Builder b = Builder.graph(graph.name());
        graph.inputs().forEach(b::input);
        graph.nodes().forEach(n -> reuse(n, weights, b, b));
        context.applied(this, "weights of regions", graph.nodes().getFirst());
        return b.build(graph.outputs(), graph.outputNames());
    }

    /** Adds {@code n} to {@code b} without the weights in its regions, which go to {@code outer}. */
    private static void reuse(Node n, Set<Value> weights, Builder b, Builder outer) {
        if (n.op().regions().isEmpty() || n.op() instanceof Fused) {
            b.reuse(n);
            return;
        }
        Op op = n.op().map(UnaryOperator.identity(), region -> without(region, weights, b, outer), d -> d);
        b.reuse(op.equals(n.op()) ? n : new Node(op, n.results(), n.location()));
    }

    private static Graph without(Graph region, Set<Value> weights, Builder b, Builder outer) {
        Builder inner = b.region(region.name());
        region.inputs().forEach(inner::input);
        for (Node n : region.nodes()) {
            boolean lifted = n.results().size() == 1 && weights.contains(n.result());
            reuse(n, weights, lifted ? outer : inner, outer);
        }
        return inner.build(region.outputs(), region.outputNames());
    }
}
