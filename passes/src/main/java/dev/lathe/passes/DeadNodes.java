package dev.lathe.passes;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.OpSchema;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Removes nodes whose results nobody uses. A node stays if it is not pure, or if it gives a value to a symbol that is
 * still in use.
 */
final class DeadNodes {
    private DeadNodes() {}

    /** {@code graph} without its dead nodes; regions are taken as they are. */
    static Graph remove(Graph graph) {
        List<Node> nodes = graph.nodes();
        boolean bindsSymbols = nodes.stream().anyMatch(n -> !n.op().binds().isEmpty());
        Set<Value> needed = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<String> symbols = new HashSet<>();
        needed.addAll(graph.outputs());
        if (bindsSymbols) {
            graph.outputs().forEach(v -> v.type().collectSymbols(symbols));
        }
        BitSet live = new BitSet();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            if (node.results().stream().anyMatch(needed::contains)
                    || !isPure(node)
                    || node.op().binds().stream().anyMatch(symbols::contains)) {
                live.set(i);
                needed.addAll(node.op().dependencies());
                if (bindsSymbols) {
                    collectSymbols(node, symbols);
                }
            }
        }
        if (live.cardinality() == nodes.size()) {
            return graph;
        }
        Builder b = Builder.graph(graph.name());
        graph.inputs().forEach(b::input);
        live.stream().forEach(i -> b.reuse(nodes.get(i)));
        return b.build(graph.outputs(), graph.outputNames());
    }

    static boolean isPure(Node node) {
        return node.op().isPure()
                && node.op().regions().stream().allMatch(r -> r.nodes().stream().allMatch(DeadNodes::isPure));
    }

    private static void collectSymbols(Node node, Set<String> into) {
        into.addAll(OpSchema.of(node.op().getClass()).attributeSymbols(node.op()));
        node.op().operands().forEach(v -> v.type().collectSymbols(into));
        node.op().regions().forEach(r -> {
            r.nodes().forEach(n -> collectSymbols(n, into));
            r.outputs().forEach(v -> v.type().collectSymbols(into));
        });
    }
}
