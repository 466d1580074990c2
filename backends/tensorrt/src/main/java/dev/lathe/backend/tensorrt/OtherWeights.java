package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Graph;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Rebuild;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A graph with other numbers in its constants. */
final class OtherWeights {
    private OtherWeights() {}

    /**
     * The graph with each tensor of {@code constants}, told by identity, replaced.
     *
     * @return empty if a tensor is no constant of the graph, or no weight that TensorRT replaces
     */
    static Optional<Graph> in(Graph graph, Map<Tensor, Tensor> constants) {
        boolean weights = constants.entrySet().stream()
                .allMatch(e -> e.getKey().element().isFloat()
                        && e.getKey().type().equals(e.getValue().type()));
        if (!weights) {
            return Optional.empty();
        }
        Map<Tensor, Tensor> all = new IdentityHashMap<>(constants);
        Set<Tensor> found = Collections.newSetFromMap(new IdentityHashMap<>());
        Graph changed = Rebuild.run(graph, (node, _, b) -> {
            Tensor other = node.op() instanceof Constant c ? all.get(c.value()) : null;
            if (other == null) {
                return null;
            }
            found.add(((Constant) node.op()).value());
            return List.of(b.at(node.location())
                    .constant(other, node.results().getFirst().name()));
        });
        return found.size() == all.size() ? Optional.of(changed) : Optional.empty();
    }
}
