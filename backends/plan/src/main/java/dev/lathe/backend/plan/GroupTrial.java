package dev.lathe.backend.plan;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.op.Constant;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether one kernel runs a group of nodes: it is planned, by the planner that will plan it, and the steps are thrown
 * away. So what a kernel takes is decided in its row and nowhere else.
 */
final class GroupTrial implements Predicate<List<Node>> {
    private final Kernels kernels;
    private final Set<String> known;
    private final LoadPlan load;
    private final StoredWeights stored = new StoredWeights();
    private final Map<Value, Weight> constants = new IdentityHashMap<>();

    /** For groups of {@code graph} and of the regions in it. */
    GroupTrial(Graph graph, Kernels kernels) {
        this.kernels = kernels;
        this.known = graph.inputSymbols();
        this.load = new LoadPlan(graph, kernels);
        for (Node n : Uses.OF_ALL_NODES.of(graph).nodes()) {
            if (n.op() instanceof Constant c) {
                constants.put(n.result(), stored.add(c.value(), n.result().name()));
            } else if (load.packed(n, v -> weight(v, false)) instanceof Weight packed) {
                constants.put(n.result(), packed);
            }
        }
    }

    @Override
    public boolean test(List<Node> group) {
        boolean atLoad = group.stream().anyMatch(load::contains);
        return Planner.tries(group, kernels, stored, known, v -> weight(v, atLoad));
    }

    /** What is computed at load is no weight for what computes it. */
    private @Nullable Weight weight(Value v, boolean atLoad) {
        Weight w = constants.get(v);
        return w != null || atLoad ? w : load.computed().get(v);
    }
}
