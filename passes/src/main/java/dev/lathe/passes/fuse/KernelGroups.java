package dev.lathe.passes.fuse;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.fold.ConstantNodes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes one kernel. A group has at most one anchor, such as a matrix product, and elementwise ops of
 * its result's shape; what the target runs as one kernel is the target's to say ({@link TargetKernels}). A group has
 * one result, and nothing else in it is used outside, so it can stand where its last node stood. What constants
 * determine is in no group with what they do not: it can be computed when the model is loaded.
 */
final class KernelGroups {

    /**
     * What one kernel runs.
     *
     * @param numbers the constants of one element that the nodes use, which are part of the kernel
     * @param nodes in order; the last defines the result
     */
    record Group(List<Node> numbers, List<Node> nodes) {
        Node end() {
            return nodes.getLast();
        }

        List<Node> all() {
            List<Node> all = new ArrayList<>(numbers);
            all.addAll(nodes);
            return all;
        }
    }

    /** A group while it grows. */
    private static final class Draft {
        /** Nodes that run element by element on the result, and may take in what they use. */
        final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());

        final Node end;

        @Nullable
        Node anchor;

        Draft(Node end) {
            this.end = end;
        }

        void take(Draft other) {
            open.addAll(other.open);
            if (other.anchor != null) {
                anchor = other.anchor;
            }
        }

        List<Node> nodes() {
            List<Node> all = new ArrayList<>(open);
            if (anchor != null) {
                all.add(anchor);
            }
            return all;
        }
    }

    /** Nodes of a group: what the JIT compiles as one method, and what can be compared with each other. */
    private static final int LARGEST = 200;

    private final Uses uses;
    private final Map<Node, Draft> draftOf = new IdentityHashMap<>();
    private final Map<Node, Integer> order = new IdentityHashMap<>();

    private final ConstantNodes constants;
    private final TargetKernels target;
    private final Predicate<List<Node>> isKernel;

    private KernelGroups(Graph graph, ConstantNodes constants, TargetKernels target, Predicate<List<Node>> isKernel) {
        this.constants = constants;
        this.target = target;
        this.isKernel = isKernel;
        uses = Uses.OF_NODES.of(graph);
        for (Node n : graph.nodes()) {
            order.put(n, order.size());
        }
    }

    /**
     * The groups of two nodes or more.
     *
     * @param graph a graph, or a region in it
     * @param constants of the whole graph
     * @param isKernel what {@code target} says of the whole graph
     */
    static List<Group> of(Graph graph, ConstantNodes constants, TargetKernels target, Predicate<List<Node>> isKernel) {
        KernelGroups groups = new KernelGroups(graph, constants, target, isKernel);
        graph.nodes().forEach(groups::visit);
        return groups.draftOf.values().stream()
                .distinct()
                .map(d -> groups.group(d.nodes()))
                .filter(g -> g.nodes.size() > 1)
                .sorted(Comparator.comparing(Group::end, Comparator.comparing(groups.order::get)))
                .toList();
    }

    static Set<Value> results(Iterable<Node> nodes) {
        Set<Value> all = Collections.newSetFromMap(new IdentityHashMap<>());
        nodes.forEach(n -> all.addAll(n.results()));
        return all;
    }

    private Group group(List<Node> nodes) {
        nodes.sort(Comparator.comparing(order::get));
        List<Node> numbers = new ArrayList<>();
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node n : nodes) {
            for (Value v : n.op().operands()) {
                Node definition = constants.definition(v);
                if (definition != null
                        && definition.op() instanceof Constant c
                        && c.value().size() == 1
                        && seen.add(definition)) {
                    numbers.add(definition);
                }
            }
        }
        return new Group(numbers, nodes);
    }

    private void visit(Node node) {
        boolean isElementwise = node.op().isElementwise() && isNumeric(node);
        boolean isAnchor = !isElementwise && target.isAnchor(node.op());
        Draft draft = new Draft(node);
        if (isElementwise && isKernel(List.of(node))) {
            draft.open.add(node);
            draftOf.put(node, draft);
            grow(draft, node.result().tensorType().shape());
        } else if (isAnchor) {
            draft.anchor = node;
            draftOf.put(node, draft);
        }
    }

    private boolean isKernel(List<Node> nodes) {
        return isKernel.test(group(new ArrayList<>(nodes)).all());
    }

    /**
     * Takes in groups whose result has the given shape and is used here alone, one with an anchor first, until there
     * is none.
     */
    private void grow(Draft draft, Shape shape) {
        Set<Draft> refused = Collections.newSetFromMap(new IdentityHashMap<>());
        Draft next;
        while ((next = candidate(draft, shape, refused)) != null) {
            Draft taken = next;
            List<Node> together = draft.nodes();
            together.addAll(taken.nodes());
            if (isKernel(together)) {
                draft.take(taken);
                taken.nodes().forEach(n -> draftOf.put(n, draft));
            } else {
                refused.add(taken);
            }
        }
    }

    private @Nullable Draft candidate(Draft draft, Shape shape, Set<Draft> refused) {
        Draft best = null;
        for (Node n : draft.open) {
            for (Value v : n.op().operands()) {
                Node definition = uses.definition(v);
                Draft other = definition == null ? null : draftOf.get(definition);
                if (other == null
                        || other == draft
                        || other.end != definition
                        || uses.isOutput(v)
                        || refused.contains(other)) {
                    continue;
                }
                boolean fits = draft.nodes().size() + other.nodes().size() <= LARGEST
                        && v.type() instanceof TensorType t
                        && t.isRanked()
                        && t.shape().equals(shape)
                        && draft.open.containsAll(uses.users(v))
                        && constants.contains(definition) == constants.contains(draft.end)
                        && (other.anchor == null || draft.anchor == null);
                if (fits && (best == null || (best.anchor == null && other.anchor != null))) {
                    best = other;
                }
            }
        }
        return best;
    }

    private static boolean isNumeric(Node node) {
        return node.results().size() == 1
                && !(node.op() instanceof Constant)
                && node.op().operands().stream()
                        .allMatch(v -> v.type() instanceof TensorType t
                                && t.isRanked()
                                && !t.element().isString())
                && node.result().type() instanceof TensorType r
                && r.isRanked()
                && !r.element().isString();
    }
}
