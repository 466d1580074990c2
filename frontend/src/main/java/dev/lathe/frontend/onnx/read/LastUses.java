package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.file.NodeOrder;
import dev.lathe.grammar.onnx.NodeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which of the nodes of a graph, in their order, is the last to use a name. */
final class LastUses {
    private final List<NodeProto> nodes;
    private final List<String> results;
    private @Nullable Map<String, Integer> last;

    LastUses(List<NodeProto> nodes, List<String> results) {
        this.nodes = nodes;
        this.results = results;
    }

    List<NodeProto> nodes() {
        return nodes;
    }

    /**
     * The index of the last node that uses {@code name}: one after all nodes for a result of the graph, -1 for what
     * nobody uses.
     */
    int of(String name) {
        Map<String, Integer> all = last;
        if (all == null) {
            all = new HashMap<>();
            for (int i = 0; i < nodes.size(); i++) {
                for (String used : NodeOrder.needs(nodes.get(i))) {
                    all.put(used, i);
                }
            }
            for (String result : results) {
                all.put(result, nodes.size());
            }
            last = all;
        }
        return all.getOrDefault(name, -1);
    }
}
