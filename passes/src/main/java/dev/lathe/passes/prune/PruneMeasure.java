package dev.lathe.passes.prune;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.PassContext;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** What a model is to have less of. */
public enum PruneMeasure {
    /** The elements of its weights. */
    PARAMETERS,
    /** Its arithmetic, where each symbol of a shape stands for 64. */
    FLOPS,
    /** What a caller measures, such as the time of a call: {@link #CALLBACK}. */
    COST;

    /** Measures a graph for {@link #COST}; the result is positive, and less is better. */
    public static final PassContext.Key<ToDoubleFunction<Graph>> CALLBACK = PassContext.key("prune-cost");

    private static final long TYPICAL = 64;

    /** How much of it {@code graph} has. */
    double of(Graph graph, PassContext context) {
        return switch (this) {
            case PARAMETERS -> parameters(graph);
            case FLOPS -> new GraphCost(_ -> TYPICAL).flops(graph);
            case COST ->
                context.get(CALLBACK)
                        .orElseThrow(() ->
                                PruneSearch.usage("nobody measures what a graph costs", "ask for parameters or flops"))
                        .applyAsDouble(graph);
        };
    }

    private static double parameters(Graph graph) {
        Set<Tensor> all = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node n : graph.allNodes()) {
            if (n.op() instanceof Constant(Tensor t)) {
                all.add(t);
            }
        }
        return all.stream().mapToDouble(Tensor::size).sum();
    }
}
