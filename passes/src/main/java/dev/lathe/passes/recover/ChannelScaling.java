package dev.lathe.passes.recover;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.fold.ConstantArithmetic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Multiplies the channels of values by factors, and divides the weights of the layers that read them by the same
 * factors, so that what is computed in the end stays the same. Factors are powers of two: nothing is rounded, and only
 * numbers at the very ends of the range of floats change.
 *
 * <p>All is planned on one graph, whose constants change as it were at once, and then made by {@link #apply}.
 */
final class ChannelScaling {
    private static final int LARGEST_EXPONENT = 20;

    private final Graph graph;
    private final Uses uses;
    /** The new constants of nodes. */
    private final Map<Node, Map<Value, Tensor>> changed = new IdentityHashMap<>();
    /** The factors that a value is multiplied by, before layers that read it. */
    private final Map<Value, Tensor> multiplied = new IdentityHashMap<>();

    ChannelScaling(Graph graph) {
        this.graph = graph;
        this.uses = Uses.OF_NODES.of(graph);
    }

    /** The power of two that is nearest to {@code x}; 1 if {@code x} is no usable factor. */
    static double powerOfTwo(double x) {
        if (!(x > 0 && x <= Double.MAX_VALUE)) {
            return 1;
        }
        long exponent = Math.round(Math.log(x) / Math.log(2));
        return Math.scalb(1.0, Math.clamp(exponent, -LARGEST_EXPONENT, LARGEST_EXPONENT));
    }

    /** The values that layers read channel by channel, in order. */
    List<Value> read() {
        List<Value> all = new ArrayList<>();
        for (Node n : graph.nodes()) {
            if (isReader(n) && !all.contains(operand(n))) {
                all.add(operand(n));
            }
        }
        return all;
    }

    /** Whether {@code n} is a product or a convolution with weights of its own. */
    private boolean isReader(Node n) {
        return switch (n.op()) {
            case MatMul m -> m.x() != m.y() && m.x().tensorType().rank() >= 2 && isWeights(m.y(), 2);
            case Conv c ->
                c.x() != c.weights()
                        && isWeights(c.weights(), c.x().tensorType().rank());
            default -> false;
        };
    }

    private static Value operand(Node reader) {
        return reader.op() instanceof Conv c ? c.x() : ((MatMul) reader.op()).x();
    }

    private static Value weightsOf(Node layer) {
        return switch (layer.op()) {
            case Conv c -> c.weights();
            case ConvTranspose c -> c.weights();
            case MatMul m -> m.y();
            default -> throw new IllegalArgumentException(layer.op().mnemonic());
        };
    }

    /** The layers that read {@code v}. */
    List<Node> readers(Value v) {
        return uses.users(v).stream()
                .filter(n -> isReader(n) && operand(n) == v)
                .distinct()
                .toList();
    }

    /** Whether nothing but {@link #readers} reads {@code v}. */
    boolean isOnlyRead(Value v) {
        return !uses.isOutput(v) && readers(v).size() == uses.users(v).size();
    }

    /** The axis of the channels that layers read of {@code v}; -1 if they read different ones. */
    int axis(Value v) {
        int[] axes = readers(v).stream()
                .mapToInt(n -> n.op() instanceof Conv c
                        ? c.layout().channelAxis(v.tensorType().rank())
                        : v.tensorType().rank() - 1)
                .distinct()
                .toArray();
        return axes.length == 1 && v.tensorType().dim(axes[0]).isConstant() ? axes[0] : -1;
    }

    /** The largest magnitude of the weights that {@code reader} has for each channel of its operand. */
    double[] largestIn(Node reader) {
        Tensor w = constant(reader, weightsOf(reader));
        double[] largest = new double[channelsIn(reader, w)];
        for (long i = 0; i < w.size(); i++) {
            int c = channelIn(reader, w, i);
            largest[c] = Math.max(largest[c], Math.abs(w.getDouble(i)));
        }
        return largest;
    }

    private static int channelsIn(Node reader, Tensor w) {
        return Math.toIntExact(reader.op() instanceof Conv c ? w.dim(1) * c.groups() : w.dim(0));
    }

    /** Which channel of the operand the weight {@code i} is for. */
    private static int channelIn(Node reader, Tensor w, long i) {
        if (reader.op() instanceof Conv c) {
            long taps = w.size() / w.dim(0) / w.dim(1);
            long out = i / taps / w.dim(1);
            return (int) (out / (w.dim(0) / c.groups()) * w.dim(1) + i / taps % w.dim(1));
        }
        return (int) (i / w.dim(1));
    }

    /** The largest magnitude of the weights of each channel of what {@code layer} gives. */
    double[] largestOut(Node layer) {
        Tensor w = constant(layer, weightsOf(layer));
        int axis = outAxis(layer);
        long inner = Arrays.stream(w.dims()).skip(axis + 1L).reduce(1, (a, b) -> a * b);
        double[] largest = new double[Math.toIntExact(w.dim(axis))];
        for (long i = 0; i < w.size(); i++) {
            int c = (int) (i / inner % largest.length);
            largest[c] = Math.max(largest[c], Math.abs(w.getDouble(i)));
        }
        return largest;
    }

    private static int outAxis(Node layer) {
        return layer.op() instanceof Conv ? 0 : 1;
    }

    /** Multiplies the weights of {@code reader} for each channel of its operand. */
    void scaleIn(Node reader, double[] factors) {
        Value weights = weightsOf(reader);
        Tensor w = constant(reader, weights);
        Tensor out = Tensor.zeros(w.element(), w.dims());
        for (long i = 0; i < w.size(); i++) {
            out.setDouble(i, w.getDouble(i) * factors[channelIn(reader, w, i)]);
        }
        change(reader, weights, out);
    }

    /** Whether {@link #scale} can do it for {@code v}, whoever reads it. */
    boolean canScale(Value v, int axis) {
        return walk(v, axis, null) != null;
    }

    /** The layer whose weights {@link #scale} changes, if it is one. */
    @Nullable
    Node layer(Value v, int axis) {
        Node end = walk(v, axis, null);
        return end != null
                        && (end.op() instanceof Conv || end.op() instanceof MatMul || end.op() instanceof ConvTranspose)
                ? end
                : null;
    }

    /** Multiplies the channels of {@code v}, by changing constants of what computes it. */
    void scale(Value v, int axis, double[] factors) {
        if (walk(v, axis, factors) == null) {
            throw new IllegalArgumentException(v + " cannot be scaled");
        }
    }

    /** Multiplies the channels of {@code v} by one more op, for the layers that read it. */
    void multiply(Value v, int axis, double[] factors) {
        multiplied.put(
                v,
                channels(factors, v.tensorType().rank() - axis, v.tensorType().element()));
    }

    /**
     * Goes from {@code v} to what can take factors of its channels, through what does the same to every multiple of a
     * channel, and multiplies on the way what is added, if there are factors. Null if there is no such thing.
     */
    private @Nullable Node walk(Value v, int axis, double @Nullable [] factors) {
        Node n = uses.definition(v);
        if (n == null || !v.tensorType().element().isFloat()) {
            return null;
        }
        int rank = v.tensorType().rank();
        return switch (n.op()) {
            case Conv c
            when c.layout().channelAxis(rank) == axis && isWeights(c.weights(), rank) ->
                weights(n, c.weights(), 0, factors);
            case ConvTranspose c
            when c.groups() == 1 && c.layout().channelAxis(rank) == axis && isWeights(c.weights(), rank) ->
                weights(n, c.weights(), 1, factors);
            case MatMul m
            when m.x() != m.y() && axis == rank - 1 && isWeights(m.y(), 2) -> weights(n, m.y(), 1, factors);
            case LayerNorm l
            when axis == rank - 1
                    && l.axis() == axis
                    && l.scale().filter(s -> known(s) != null).isPresent()
                    && l.bias().stream().allMatch(s -> known(s) != null) -> {
                map(n, l.scale().get(), axis, rank, factors, (x, f) -> x * f);
                l.bias().ifPresent(s -> map(n, s, axis, rank, factors, (x, f) -> x * f));
                yield n;
            }
            case Unary u
            when u.function() == UnaryFunction.RELU || u.function() == UnaryFunction.ABS ->
                through(u.x(), axis, factors);
            case Pool p when p.layout().channelAxis(rank) == axis -> through(p.x(), axis, factors);
            case Binary b -> walk(n, b, axis, rank, factors);
            default -> null;
        };
    }

    private @Nullable Node walk(Node n, Binary b, int axis, int rank, double @Nullable [] factors) {
        boolean second = known(b.y()) != null && b.x().type().equals(n.result().type());
        boolean first = !second
                && known(b.x()) != null
                && b.y().type().equals(n.result().type());
        if (!first && !second) {
            return null;
        }
        Value x = second ? b.x() : b.y();
        Value c = second ? b.y() : b.x();
        return switch (b.function()) {
            case ADD, SUBTRACT, MIN, MAX -> {
                Node end = through(x, axis, factors);
                if (end != null) {
                    map(n, c, axis, rank, factors, (y, f) -> y * f);
                }
                yield end;
            }
            case MULTIPLY -> {
                map(n, c, axis, rank, factors, (y, f) -> y * f);
                yield n;
            }
            case DIVIDE -> {
                if (first) {
                    yield null;
                }
                map(n, c, axis, rank, factors, (y, f) -> y / f);
                yield n;
            }
            default -> null;
        };
    }

    private @Nullable Node through(Value x, int axis, double @Nullable [] factors) {
        return uses.users(x).size() == 1 && !uses.isOutput(x) ? walk(x, axis, factors) : null;
    }

    private Node weights(Node layer, Value weights, int axis, double @Nullable [] factors) {
        if (factors != null) {
            change(layer, weights, ConstantArithmetic.scale(constant(layer, weights), axis, factors));
        }
        return layer;
    }

    private void map(Node n, Value c, int axis, int rank, double @Nullable [] factors, DoubleBinaryOperator f) {
        if (factors != null) {
            Tensor old = constant(n, c);
            change(n, c, ConstantArithmetic.map(old, channels(factors, rank - axis, ElementType.F64), f));
        }
    }

    /** Factors of an axis that has {@code rank - 1} others after it. */
    private static Tensor channels(double[] factors, int rank, ElementType element) {
        long[] dims = new long[rank];
        Arrays.fill(dims, 1);
        dims[0] = factors.length;
        Tensor t = Tensor.zeros(element, dims);
        for (int i = 0; i < factors.length; i++) {
            t.setDouble(i, factors[i]);
        }
        return t;
    }

    private boolean isWeights(Value v, int rank) {
        Tensor t = known(v);
        return t != null
                && t.rank() == rank
                && t.element().isFloat()
                && uses.users(v).size() == 1
                && !uses.isOutput(v);
    }

    private @Nullable Tensor known(Value v) {
        Node n = uses.definition(v);
        return n != null && n.op() instanceof Constant(Tensor t) && t.element().isFloat() ? t : null;
    }

    /** The constant {@code v} as it is now for {@code n}. */
    private Tensor constant(Node n, Value v) {
        Tensor now = changed.getOrDefault(n, Map.of()).get(v);
        Tensor t = now == null ? known(v) : now;
        if (t == null) {
            throw new IllegalArgumentException(v + " is no constant");
        }
        return t;
    }

    private void change(Node n, Value v, Tensor t) {
        changed.computeIfAbsent(n, _ -> new IdentityHashMap<>()).put(v, t);
    }

    /** The graph with all changes. */
    Graph apply() {
        if (changed.isEmpty()) {
            return graph;
        }
        Map<Value, Value> products = new IdentityHashMap<>();
        return Rebuild.run(graph, (node, original, b) -> {
            Map<Value, Tensor> constants = changed.getOrDefault(original, Map.of());
            Value x = isReader(original) ? operand(original) : null;
            Tensor factors = x == null ? null : multiplied.get(x);
            if (constants.isEmpty() && factors == null) {
                return null;
            }
            b.at(original.location());
            Map<Value, Value> replaced = new IdentityHashMap<>();
            constants.forEach((v, t) -> replaced.put(v, b.constant(t, v.name())));
            if (x != null && factors != null) {
                Value current = operand(node);
                replaced.put(
                        current,
                        products.computeIfAbsent(
                                current,
                                v -> b.named(
                                        b.multiply(v, b.constant(factors, v.name() + "_factors")),
                                        v.name() + "_smooth")));
            }
            return b.copy(original, node.op().mapOperands(v -> replaced.getOrDefault(v, v)));
        });
    }
}
