package dev.lathe.passes;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Copies a graph node by node, regions included, while a visitor replaces some of them. What is not touched is shared with the old graph, and
 * what is no longer used is left out; if nothing happens the result is the old graph itself.
 */
public final class Rebuild {

    /** Decides what becomes of a node. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * The values that replace the results of {@code node}, made in {@code b}, or null to keep the node.
         *
         * @param node a node whose operands are values of {@code b}, not yet added
         * @param original the node as it stands in the old graph
         */
        @Nullable
        List<Value> visit(Node node, Node original, Builder b);
    }

    private final Visitor visitor;
    private final UnaryOperator<Dim> dims;
    private final Map<Value, Value> replaced = new IdentityHashMap<>();

    private Rebuild(Visitor visitor, UnaryOperator<Dim> dims) {
        this.visitor = visitor;
        this.dims = dims;
    }

    public static Graph run(Graph graph, Visitor visitor) {
        return new Rebuild(visitor, UnaryOperator.identity()).graph(graph, Builder.graph(graph.name()));
    }

    /** {@link #run(Graph, Visitor)}, with dimensions in attributes replaced as they are met; {@code dims} may learn from what the visitor does. */
    public static Graph run(Graph graph, Visitor visitor, UnaryOperator<Dim> dims) {
        return new Rebuild(visitor, dims).graph(graph, Builder.graph(graph.name()));
    }

    /** The same graph with dimensions in the types of its inputs and in attributes replaced. */
    public static Graph mapDims(Graph graph, UnaryOperator<Dim> dims) {
        return new Rebuild((node, original, b) -> null, dims).graph(graph, Builder.graph(graph.name()));
    }

    private Graph graph(Graph old, Builder b) {
        boolean changed = false;
        for (Value input : old.inputs()) {
            if (input.type().mapDims(dims).equals(input.type())) {
                b.input(input);
            } else {
                replaced.put(input, b.input(input.name(), input.type().mapDims(dims)));
                changed = true;
            }
        }
        for (Node node : old.nodes()) {
            changed |= node(node, b);
        }
        if (changed) {
            List<Value> outputs = old.outputs().stream().map(this::current).toList();
            return DeadNodes.remove(b.build(outputs, old.outputNames()));
        }
        return DeadNodes.remove(old);
    }

    /** Whether the node became another one. */
    private boolean node(Node original, Builder b) {
        Op op = original.op()
                .map(
                        this::current,
                        region -> graph(region, b.at(original.location()).region(region.name())),
                        dims);
        Node node = op == original.op() ? original : new Node(op, original.results(), original.location());
        List<Value> results = visitor.visit(node, original, b);
        if (results == null) {
            results = node == original ? b.reuse(original) : b.copy(original, op);
        }
        boolean changed = false;
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i) != original.results().get(i)) {
                replaced.put(original.results().get(i), results.get(i));
                changed = true;
            }
        }
        return changed || node != original;
    }

    private Value current(Value v) {
        return replaced.getOrDefault(v, v);
    }

    /** Copies the named nodes of a graph, in order, for visitors that build regions. */
    public static List<Value> copy(List<Node> nodes, Map<Value, Value> map, Builder b) {
        List<Value> last = new ArrayList<>();
        for (Node n : nodes) {
            last = b.copy(n, n.op().mapOperands(v -> map.getOrDefault(v, v)));
            for (int i = 0; i < last.size(); i++) {
                map.put(n.results().get(i), last.get(i));
            }
        }
        return last;
    }
}
