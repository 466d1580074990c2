package dev.lathe.passes.fuse;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reduce;
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
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes one kernel. A group has at most one anchor (a matrix product, convolution, reduction or
 * normalization) and elementwise ops of its result's shape; reductions and normalizations also take elementwise ops
 * of their operand's shape. A group has one result, and nothing else in it is used outside, so it can stand where its
 * last node stood. What constants determine is in no group with what they do not: it can be computed when the model
 * is loaded.
 */
final class KernelGroups {

    /** The nodes in order, the last of which defines the group's result. */
    record Group(List<Node> nodes) {
        Node end() {
            return nodes.getLast();
        }
    }

    /** How much a node gains from being the anchor. */
    private enum Weight {
        NONE,
        PASS_OVER_DATA,
        CONTRACTION
    }

    /** A group while it grows. */
    private static final class Draft {
        /** Nodes that run element by element on the result, and may take in what they use. */
        final Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());
        /** The anchor and what runs before it. */
        final Set<Node> closed = Collections.newSetFromMap(new IdentityHashMap<>());

        final Node end;
        Weight anchor = Weight.NONE;

        Draft(Node first) {
            this.end = first;
            open.add(first);
        }

        void take(Draft other) {
            open.addAll(other.open);
            closed.addAll(other.closed);
            if (other.anchor.compareTo(anchor) > 0) {
                anchor = other.anchor;
            }
        }

        int size() {
            return open.size() + closed.size();
        }

        void close() {
            closed.addAll(open);
            open.clear();
        }

        List<Node> nodes(Comparator<Node> order) {
            List<Node> all = new ArrayList<>(open);
            all.addAll(closed);
            all.sort(order);
            return all;
        }
    }

    /** Nodes of a group: what the JIT compiles as one method, and what can be compared with each other. */
    private static final int LARGEST = 200;

    private final Uses uses;
    private final Map<Node, Draft> draftOf = new IdentityHashMap<>();
    private final Map<Node, Integer> order = new IdentityHashMap<>();

    private final ConstantNodes constants;

    private KernelGroups(Graph graph, ConstantNodes constants) {
        this.constants = constants;
        uses = Uses.OF_NODES.of(graph);
        for (Node n : graph.nodes()) {
            order.put(n, order.size());
        }
    }

    /** The groups of two nodes or more. */
    static List<Group> of(Graph graph, ConstantNodes constants) {
        KernelGroups groups = new KernelGroups(graph, constants);
        graph.nodes().forEach(groups::visit);
        Comparator<Node> order = Comparator.comparing(groups.order::get);
        return groups.draftOf.values().stream()
                .distinct()
                .map(d -> new Group(d.nodes(order)))
                .filter(g -> g.nodes.size() > 1)
                .sorted(Comparator.comparing(Group::end, order))
                .toList();
    }

    static Set<Value> results(Iterable<Node> nodes) {
        Set<Value> all = Collections.newSetFromMap(new IdentityHashMap<>());
        nodes.forEach(n -> all.addAll(n.results()));
        return all;
    }

    private void visit(Node node) {
        Weight weight = weight(node.op());
        boolean elementwise = node.op().isElementwise() && isNumeric(node);
        if (!elementwise && weight == Weight.NONE) {
            return;
        }
        Draft draft = new Draft(node);
        draftOf.put(node, draft);
        if (elementwise) {
            grow(draft, node.result().tensorType().shape(), true);
        } else {
            if (weight == Weight.PASS_OVER_DATA) {
                grow(draft, node.op().operands().getFirst().tensorType().shape(), false);
            }
            draft.anchor = weight;
            draft.close();
        }
    }

    /**
     * Takes in groups whose result has the given shape and is used here alone, the heaviest anchor first, until there
     * is none.
     */
    private void grow(Draft draft, Shape shape, boolean mayAnchor) {
        Draft next;
        while ((next = candidate(draft, shape, mayAnchor)) != null) {
            Draft taken = next;
            draft.take(taken);
            taken.open.forEach(n -> draftOf.put(n, draft));
            taken.closed.forEach(n -> draftOf.put(n, draft));
        }
    }

    private @Nullable Draft candidate(Draft draft, Shape shape, boolean mayAnchor) {
        Draft best = null;
        for (Node n : draft.open) {
            for (Value v : n.op().operands()) {
                Node definition = uses.definition(v);
                Draft other = definition == null ? null : draftOf.get(definition);
                if (other == null || other == draft || other.end != definition || uses.isOutput(v)) {
                    continue;
                }
                boolean fits = draft.size() + other.size() <= LARGEST
                        && v.type() instanceof TensorType t
                        && t.isRanked()
                        && t.shape().equals(shape)
                        && draft.open.containsAll(uses.users(v))
                        && constants.contains(definition) == constants.contains(draft.end)
                        && (other.anchor == Weight.NONE || (mayAnchor && draft.anchor == Weight.NONE));
                if (fits && (best == null || other.anchor.compareTo(best.anchor) > 0)) {
                    best = other;
                }
            }
        }
        return best;
    }

    private static Weight weight(Op op) {
        return switch (op) {
            case MatMul _, Conv _, ConvTranspose _ -> Weight.CONTRACTION;
            case Reduce _, LayerNorm _, Softmax _ -> Weight.PASS_OVER_DATA;
            default -> Weight.NONE;
        };
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
