package dev.lathe.backend.plan;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The elementwise ops of a group beside its anchor.
 *
 * @param numbers the constants that they use
 * @param nodes the ops, in an order in which those that need the anchor's result come as early as they can
 * @param result the value of the last
 */
public record Epilogue(List<Node> numbers, List<Node> nodes, Value result) {

    /** Of a group whose nodes are in order. */
    static Epilogue of(List<Node> group, Node anchor, Value result) {
        List<Node> numbers =
                group.stream().filter(n -> n.op() instanceof Constant).toList();
        Map<Value, Node> waiting = new IdentityHashMap<>();
        Set<Value> reached = Collections.newSetFromMap(new IdentityHashMap<>());
        reached.addAll(anchor.results());
        List<Node> ordered = new ArrayList<>();
        for (Node n : group) {
            if (n == anchor || n.op() instanceof Constant) {
                continue;
            }
            n.results().forEach(v -> waiting.put(v, n));
            if (n.op().operands().stream().anyMatch(reached::contains)) {
                reached.addAll(n.results());
                add(n, waiting, ordered);
            }
        }
        return new Epilogue(numbers, ordered, result);
    }

    /** Moves a node behind those that it uses. */
    private static void add(Node n, Map<Value, Node> waiting, List<Node> to) {
        n.results().forEach(waiting::remove);
        for (Value v : n.op().operands()) {
            Node definition = waiting.get(v);
            if (definition != null) {
                add(definition, waiting, to);
            }
        }
        to.add(n);
    }

    /** Whether this is all of a group but its anchor, which uses none of it but numbers. */
    boolean follows(Node anchor, List<Node> group) {
        return numbers.size() + nodes.size() + 1 == group.size()
                && nodes.stream().noneMatch(n -> anchor.op().operands().contains(n.result()));
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
        return nodes.isEmpty();
    }
}
