package dev.lathe.passes.fold;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Decides which nodes become constants, by types alone, before anything is computed. From the last node to the first:
 * a node whose value is needed becomes a constant if what is stored does not grow by it and what is left of the
 * budget allows it, together with all that only it needs. Else it stays, and its operands are needed.
 */
final class FoldingPlan {
    /** A result of so few bytes takes less than the node that it replaces. */
    private static final long NODE_BYTES = 64;

    /** Shapes, axes and indices: as many integers as the builder computes with. */
    private static final long SHAPE_ELEMENTS = 64;

    /** Bytes of intermediate results that always fit. */
    private static final long WORKING_BYTES = 64L << 20;

    /** Nodes that may be looked at, so that a long chain that cannot be folded takes no quadratic time. */
    private static final long VISITS = 4_000_000;

    private final ConstantNodes nodes;
    private final long limit;
    private final Set<Node> folded = identitySet();
    /** Nodes that nothing needs any more once what is folded is. */
    private final Set<Node> absorbed = identitySet();

    private final Set<Node> freed = identitySet();
    private final Map<Node, Size> sizes = new IdentityHashMap<>();
    private long workLeft;
    private long visitsLeft = VISITS;

    /** The bytes of the results of a node, and its work; asked for by each node that is made of it. */
    private record Size(long bytes, long work) {
        static final Size UNKNOWN = new Size(Long.MAX_VALUE, Long.MAX_VALUE);

        static Size of(Node n) {
            try {
                return new Size(FoldingPlan.bytes(n), n.op() instanceof Constant ? 0 : FoldingPlan.work(n));
            } catch (ArithmeticException e) {
                return UNKNOWN; // more than a long counts
            }
        }
    }

    private FoldingPlan(ConstantNodes nodes, long limit, long work) {
        this.nodes = nodes;
        this.limit = limit;
        this.workLeft = work;
    }

    /** The nodes to compute; see {@link FoldConstants} for the limits. */
    static Set<Node> of(ConstantNodes nodes, long limit, long work) {
        FoldingPlan plan = new FoldingPlan(nodes, limit, work);
        plan.nodes.nodes().reversed().forEach(plan::decide);
        return plan.folded;
    }

    private static Set<Node> identitySet() {
        return Collections.newSetFromMap(new IdentityHashMap<>());
    }

    private void decide(Node n) {
        if (isUnneeded(n, Set.of())) {
            absorbed.add(n);
            return;
        }
        List<Node> cone = cone(n);
        if (cone.isEmpty()) {
            return;
        }
        long result;
        long work = 0;
        long working = 0;
        long given = 0;
        Set<Node> inside = identitySet(); // what only n needs
        inside.add(n);
        List<Node> leaves = new ArrayList<>();
        long free = 0;
        try {
            result = size(n).bytes;
            for (Node c : cone) { // users before definitions
                if (c != n && isUnneeded(c, inside)) {
                    inside.add(c);
                    if (c.op() instanceof Constant && !freed.contains(c)) {
                        leaves.add(c);
                        free = Math.addExact(free, size(c).bytes);
                    }
                }
                if (c.op() instanceof Constant) {
                    given = Math.addExact(given, size(c).bytes);
                } else {
                    work = Math.addExact(work, size(c).work);
                    working = Math.addExact(working, size(c).bytes);
                }
            }
        } catch (ArithmeticException e) {
            return; // more than a long counts
        }
        boolean grows = result > free
                && !(result <= NODE_BYTES && result <= given)
                && !isShapeArithmetic(n, cone)
                && result > limit;
        if (!grows && work <= workLeft && working <= Math.max(WORKING_BYTES, 4 * given)) {
            workLeft -= work;
            folded.add(n);
            freed.addAll(leaves);
        }
    }

    /** Whether no one but what is folded or {@code inside} uses the results of {@code n}. */
    private boolean isUnneeded(Node n, Set<Node> inside) {
        for (Value v : n.results()) {
            if (nodes.isOutput(v)) {
                return false;
            }
            for (Node user : nodes.users(v)) {
                if (!folded.contains(user) && !absorbed.contains(user) && !inside.contains(user)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** {@code n} and all that it is made of, users before definitions; empty if that is too much to look at. */
    private List<Node> cone(Node n) {
        List<Node> cone = nodes.cone(n, _ -> --visitsLeft >= 0);
        return visitsLeft < 0 ? List.of() : cone.reversed();
    }

    private Size size(Node n) {
        return sizes.computeIfAbsent(n, Size::of);
    }

    private static long bytes(Node n) {
        long bytes = 0;
        for (Value v : n.results()) {
            TensorType t = v.tensorType();
            bytes = Math.addExact(bytes, t.element().bytes(t.shape().elements().constant()));
        }
        return bytes;
    }

    private static long work(Node n) {
        long elements = 0;
        for (Value v : n.results()) {
            elements = Math.addExact(elements, v.tensorType().shape().elements().constant());
        }
        Dim flops = n.op().cost().flops();
        long own = flops.isConstant() ? flops.constant() : Long.MAX_VALUE;
        return Math.max(own, n.op() instanceof CoreOp ? elements : Math.multiplyExact(16, elements));
    }

    /**
     * Whether {@code n} gives a few integers or truth values, of numbers of full width: of narrower ones it would be
     * a decompression.
     */
    private static boolean isShapeArithmetic(Node n, List<Node> cone) {
        return n.results().stream()
                        .allMatch(v -> isShape(v.tensorType().element())
                                && v.tensorType().shape().elements().constant() <= SHAPE_ELEMENTS)
                && cone.stream()
                        .filter(c -> c.op() instanceof Constant)
                        .map(c -> c.result().tensorType().element())
                        .allMatch(e -> e.isBool() || e.isString() || (e.isNumeric() && e.bits() >= 32));
    }

    private static boolean isShape(ElementType e) {
        return e == ElementType.I64 || e == ElementType.I32 || e.isBool();
    }
}
