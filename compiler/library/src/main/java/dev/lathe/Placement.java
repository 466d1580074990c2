package dev.lathe;

import dev.lathe.backend.Refusal;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.op.Constant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What runs which nodes of a model.
 *
 * @param parts in the order in which they run
 */
public record Placement(List<Part> parts) {
    public Placement {
        parts = List.copyOf(parts);
    }

    /**
     * Nodes that run in one place.
     *
     * @param place the name of a target
     * @param nodes how many
     * @param reasons why the nodes that are named do not run on the target that was asked for
     */
    public record Part(String place, int nodes, Map<String, String> reasons) {
        public Part {
            reasons = Collections.unmodifiableMap(new LinkedHashMap<>(reasons));
        }
    }

    /** That of nodes which a target leaves to the host; empty if there are none. */
    static Optional<Placement> of(String target, Graph graph, List<Node> onHost) {
        if (onHost.isEmpty()) {
            return Optional.empty();
        }
        Map<String, String> reasons = new LinkedHashMap<>();
        onHost.forEach(n -> reasons.put(
                new Refusal(n, "", "").name(), "the target has no kernel for it, and the host runs its meaning"));
        int nodes = (int) graph.nodes().stream()
                .filter(n -> !(n.op() instanceof Constant))
                .count();
        return Optional.of(new Placement(List.of(
                new Part(target, Math.max(0, nodes - onHost.size()), Map.of()),
                new Part("host", onHost.size(), reasons))));
    }

    /** A line for each part and each reason. */
    @Override
    public String toString() {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < parts.size(); i++) {
            Part p = parts.get(i);
            s.append(i == 0 ? "" : "\n")
                    .append(i + 1)
                    .append(". ")
                    .append(p.place)
                    .append(": ")
                    .append(p.nodes)
                    .append(p.nodes == 1 ? " node" : " nodes");
            p.reasons.forEach((node, reason) ->
                    s.append("\n   ").append(node).append(": ").append(reason));
        }
        return s.toString();
    }
}
