package dev.lathe.backend.plan;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.fold.ConstantNodes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What constants determine runs once, when the model is loaded: a dequantization of weights, for example, whose
 * result a product then packs like any weight. These nodes are a graph of their own, without inputs; its outputs are
 * weights of the model. Movements stay with the model, where they are views and cost nothing, unless a product wants
 * to pack what they give. A product packs weights of any element type, also codes with scales, so what only widens or
 * dequantizes them for it does not run at all: quantized weights are never there as floats.
 */
final class LoadPlan {
    /** Bytes of results that are always computed at load. */
    private static final long WORKING_BYTES = 64L << 20;
    /**
     * How many times the bytes of the constants the results may be: floats of four bits each are eight times as many.
     */
    private static final long TIMES = 16;

    private final Map<Value, Weight> computed = new IdentityHashMap<>();
    private final Set<Node> nodes = Collections.newSetFromMap(new IdentityHashMap<>());
    /** What products pack from its operands. */
    private final Set<Node> packed = Collections.newSetFromMap(new IdentityHashMap<>());

    private final List<Value> outputs = new ArrayList<>();
    private final ConstantNodes constants;
    private final Graph graph;
    private final Kernels kernels;

    LoadPlan(Graph model, Kernels kernels) {
        this.kernels = kernels;
        constants = ConstantNodes.total(model);
        if (isSmallEnough()) {
            choose();
        }
        graph = graph(model.name());
    }

    private boolean isSmallEnough() {
        try {
            long given = 0;
            long made = 0;
            for (Node n : constants.all()) {
                if (n.op() instanceof Constant) {
                    given = Math.addExact(given, bytes(n.result()));
                } else if (constants.contains(n)) {
                    made = Math.addExact(made, bytes(n.result()));
                }
            }
            return made <= Math.max(WORKING_BYTES, Math.multiplyExact(TIMES, given));
        } catch (ArithmeticException e) {
            return false;
        }
    }

    private static long bytes(Value v) {
        TensorType t = v.tensorType();
        return t.element().bytes(t.shape().elements().constant());
    }

    private void choose() {
        for (Node n : constants.nodes()) {
            nodes.add(n);
        }
        for (Node n : constants.nodes().reversed()) {
            if (!isNeeded(n)) {
                continue;
            }
            if (isPackable(n.op()) && isOnlyPacked(n.result())) {
                nodes.remove(n);
                packed.add(n);
            } else if (n.op() instanceof Movement && !isPacked(n.result())) {
                nodes.remove(n);
            }
        }
        for (Node n : constants.nodes()) {
            if (nodes.contains(n) && isNeeded(n)) {
                Value v = n.result();
                computed.put(v, new Weight(v.tensorType(), true, outputs.size(), v.name()));
                outputs.add(v);
            }
        }
    }

    /** Whether what runs at every call uses the result. */
    private boolean isNeeded(Node n) {
        return constants.isOutput(n.result())
                || constants.users(n.result()).stream().anyMatch(user -> !nodes.contains(user));
    }

    private boolean isPacked(Value v) {
        return constants.users(v).stream()
                .anyMatch(user -> !nodes.contains(user) && (packed.contains(user) || isProduct(user.op())));
    }

    /** Whether products can pack the floats that {@code op} makes of something narrower. */
    static boolean isPackable(Op op) {
        return switch (op) {
            case Cast c ->
                c.to() == ElementType.F32 && isNarrow(c.x().tensorType().element());
            case Dequantize d ->
                d.to() == ElementType.F32
                        && isNarrow(d.x().tensorType().element())
                        && d.x().tensorType().rank() >= 2
                        && isPackable(d, d.scale())
                        && d.zeroPoint().map(z -> isPackable(d, z)).orElse(true);
            default -> false;
        };
    }

    private static boolean isNarrow(ElementType e) {
        return (e.isInteger() || e == ElementType.F16 || e == ElementType.BF16) && e.bits() <= 16;
    }

    /** Whether there is one of {@code factors} for all, for each index of the axis, or for each block along it. */
    private static boolean isPackable(Dequantize d, Value factors) {
        TensorType t = factors.tensorType();
        return t.isStatic()
                && (t.rank() <= 1
                        || t.shape().elements().isConstant(1)
                        || d.blockSize() != 0 && t.rank() == d.x().tensorType().rank());
    }

    /** Whether products take {@code v} as weights, and nothing else uses it. */
    private boolean isOnlyPacked(Value v) {
        return !constants.isOutput(v)
                && constants.users(v).stream().allMatch(user -> !nodes.contains(user) && isWeights(v, user.op()));
    }

    private boolean isWeights(Value v, Op user) {
        return switch (user) {
            case MatMul m -> m.x() != v && (m.y().tensorType().rank() == 2 || Products.packsBatches(kernels, m));
            case Conv c -> c.x() != v;
            case ConvTranspose c -> c.x() != v;
            case Fused f ->
                IntStream.range(0, f.arguments().size())
                        .filter(i -> f.arguments().get(i) == v)
                        .mapToObj(i -> f.body().inputs().get(i))
                        .allMatch(inner -> f.body().nodes().stream()
                                .filter(n -> n.op().operands().contains(inner))
                                .allMatch(n -> isWeights(inner, n.op())));
            default -> false;
        };
    }

    private static boolean isProduct(Op op) {
        return op instanceof Contraction
                || (op instanceof Fused f && f.body().nodes().stream().anyMatch(n -> n.op() instanceof Contraction));
    }

    private Graph graph(String name) {
        Set<Node> used = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Value v : outputs) {
            Node n = constants.definition(v);
            if (n != null) {
                constants.cone(n, used::add);
            }
        }
        Builder b = Builder.graph(name);
        constants.all().stream().filter(used::contains).forEach(b::reuse);
        return b.build(
                outputs,
                IntStream.range(0, outputs.size()).mapToObj(String::valueOf).toList());
    }

    boolean isEmpty() {
        return outputs.isEmpty();
    }

    /** What runs at load; its outputs are the weights that are computed, by number. */
    Graph graph() {
        return graph;
    }

    /** Whether {@code n} does not run at a call. */
    boolean contains(Node n) {
        return nodes.contains(n);
    }

    /**
     * The weight that products pack in place of the result of {@code n}; null if they do not pack it from its operands.
     *
     * @param known the weights of values that the model stores or computes
     */
    @Nullable
    Weight packed(Node n, Function<Value, @Nullable Weight> known) {
        if (!packed.contains(n)) {
            return null;
        }
        Weight codes = known.apply(n.op().operands().getFirst());
        if (codes == null || !(n.op() instanceof Dequantize d)) {
            return codes;
        }
        Weight scale = known.apply(d.scale());
        Optional<Weight> zero = d.zeroPoint().map(known);
        return scale == null || zero.isPresent() != d.zeroPoint().isPresent()
                ? null
                : codes.with(new Weight.Scaling(scale, zero, d.axis(), d.blockSize()));
    }

    /** The weights that are computed at load. */
    Map<Value, Weight> computed() {
        return computed;
    }
}
