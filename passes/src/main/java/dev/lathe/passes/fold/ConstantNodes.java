package dev.lathe.passes.fold;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Analysis;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.FourierTransform;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.composite.RotaryEmbedding;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reduction;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The nodes whose results depend on constants alone, and who uses what; regions included, but not the bodies of fused
 * groups.
 */
public final class ConstantNodes {
    /** Of the nodes that {@link #total} names. */
    public static final Analysis<ConstantNodes> TOTAL = ConstantNodes::total;

    private final Uses uses;
    private final Set<Node> computable = Collections.newSetFromMap(new IdentityHashMap<>());

    private ConstantNodes(Graph graph, Predicate<Node> allowed) {
        uses = Uses.OF_ALL_NODES.of(graph);
        for (Node n : uses.nodes()) {
            if (isComputable(n) && allowed.test(n)) {
                computable.add(n);
            }
        }
    }

    /** Of the nodes for which {@code allowed} holds. */
    public static ConstantNodes of(Graph graph, Predicate<Node> allowed) {
        return new ConstantNodes(graph, allowed);
    }

    /**
     * Of the nodes that give a result for all operands, so that they may be computed before the model runs and where
     * it may not get to.
     */
    public static ConstantNodes total(Graph graph) {
        return new ConstantNodes(graph, n -> n.results().size() == 1 && isTotal(n.op()));
    }

    private static boolean isTotal(Op op) {
        if (op.operands().stream()
                .anyMatch(v -> v.tensorType().element().isString()
                        || v.tensorType().shape().elements().isConstant(0))) {
            return false;
        }
        return switch (op) {
            case Binary b ->
                b.x().tensorType().element().isFloat()
                        || switch (b.function()) {
                            case DIVIDE, MOD, FMOD, POW -> false; // by zero
                            default -> true;
                        };
            case Cast c -> !c.to().isString();
            case Elementwise _, Movement _, Contraction _, Reduction _ -> true;
            case Softmax _, LayerNorm _, ScaledDotProductAttention _, RotaryEmbedding _, Gelu _ -> true;
            case Dequantize _, Quantize _, FourierTransform _ -> true;
            case Fused f -> f.body().nodes().stream().allMatch(n -> n.op() instanceof Constant || isTotal(n.op()));
            default -> false;
        };
    }

    private boolean isComputable(Node n) {
        return !(n.op() instanceof Constant)
                && n.op().isPure()
                && n.op().binds().isEmpty()
                && !n.op().operands().isEmpty()
                && (n.op() instanceof Fused || n.op().regions().isEmpty())
                && n.op().operands().stream().allMatch(this::isKnown)
                && n.results().stream().allMatch(ConstantNodes::isStatic);
    }

    private static boolean isStatic(Value v) {
        return v.type() instanceof TensorType t && t.isRanked() && t.isStatic();
    }

    private boolean isKnown(Value v) {
        Node n = uses.definition(v);
        return n != null && (n.op() instanceof Constant || computable.contains(n));
    }

    /** Whether constants determine the results of {@code n}; not of a constant itself. */
    public boolean contains(Node n) {
        return computable.contains(n);
    }

    /** All nodes of the graph, definitions before uses. */
    public List<Node> all() {
        return uses.nodes();
    }

    /** These nodes, definitions before uses. */
    public List<Node> nodes() {
        return uses.nodes().stream().filter(computable::contains).toList();
    }

    /** The node that defines {@code v}; null for inputs. */
    public @Nullable Node definition(Value v) {
        return uses.definition(v);
    }

    /**
     * {@code n} and all nodes that it is made of, constants too, definitions before uses; not through nodes for which
     * {@code enter} does not hold.
     */
    public List<Node> cone(Node n, Predicate<Node> enter) {
        Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<Node> done = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Node> cone = new ArrayList<>();
        Deque<Node> open = new ArrayDeque<>();
        open.push(n);
        while (!open.isEmpty()) {
            Node top = open.getFirst();
            if (seen.add(top) && enter.test(top)) {
                for (Value v : top.op().operands()) {
                    Node definition = uses.definition(v);
                    if (definition != null && !seen.contains(definition)) {
                        open.push(definition);
                    }
                }
            } else {
                open.pop();
                if (done.add(top)) {
                    cone.add(top);
                }
            }
        }
        return cone;
    }

    /** The nodes that {@code v} is an operand of. */
    public List<Node> users(Value v) {
        return uses.users(v);
    }

    /** Whether a graph or a region returns {@code v}. */
    public boolean isOutput(Value v) {
        return uses.isOutput(v);
    }
}
