package dev.lathe.backend.plan;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The elementwise ops that follow the anchor of a group.
 *
 * @param numbers the constants that they use
 * @param nodes the ops, in order; constants between them are among them
 * @param result the value of the last
 */
public record Epilogue(List<Node> numbers, List<Node> nodes, Value result) {

    /** The nodes of a group that need the anchor's result. */
    static List<Node> after(Graph body, Node anchor) {
        Set<Value> reached = new HashSet<>(anchor.results());
        List<Node> after = new ArrayList<>();
        for (Node n : body.nodes()) {
            if (n.op().operands().stream().anyMatch(reached::contains)) {
                after.add(n);
                reached.addAll(n.results());
            }
        }
        return after;
    }

    /** Whether of several ops only the last one's result is used outside of them. */
    static boolean hasOneResult(List<Node> ops) {
        Set<Value> used = new HashSet<>();
        ops.forEach(n -> used.addAll(n.op().operands()));
        return ops.subList(0, ops.size() - 1).stream().allMatch(n -> used.containsAll(n.results()));
    }

    /** All of them, the numbers first. */
    List<Node> all() {
        List<Node> all = new ArrayList<>(numbers);
        all.addAll(nodes);
        return all;
    }

    /** These ops without the first, whose result is now what the anchor gives. */
    Epilogue withoutFirst() {
        return new Epilogue(numbers, nodes.subList(1, nodes.size()), result);
    }

    boolean isEmpty() {
        return nodes.stream().allMatch(n -> n.op() instanceof Constant);
    }
}
