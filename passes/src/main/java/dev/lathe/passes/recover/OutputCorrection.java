package dev.lathe.passes.recover;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.DynamicQuantize;
import dev.lathe.ir.composite.IntegerMatMul;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.Statistics;
import dev.lathe.passes.fold.ConstantArithmetic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Compares the layers of a compressed model with those of the model before, each on the operand that it has in the
 * compressed model, and gives the channels of what they give another size and another mean. A layer is known by the
 * names of its operand and its result; {@link dev.lathe.passes.weights.NameValues} gives all values names of their own
 * before a model is compressed.
 */
final class OutputCorrection {
    private final Pass pass;
    private final Graph graph;
    private final PassContext context;

    OutputCorrection(Pass pass, Graph graph, PassContext context) {
        this.pass = pass;
        this.graph = graph;
        this.context = context;
    }

    /** What becomes of the channels of a layer's result: times {@code factor}, if there is one, plus {@code shift}. */
    record Affine(double @Nullable [] factor, double[] shift) {}

    /** How the channels along {@code axis} of a layer's result change. */
    private record Change(Affine affine, int axis) {}

    /** The graph with the results of all layers changed as {@code fit} says. */
    Graph apply(Function<OutputMoments.Pair, Affine> fit) {
        List<OutputMoments> layers = layers();
        if (layers.isEmpty()) {
            return graph;
        }
        Statistics statistics = context.measure(pass, graph, layers);
        Map<Value, Change> changes = new IdentityHashMap<>();
        for (OutputMoments layer : layers) {
            statistics
                    .get(layer)
                    .ifPresent(pair -> changes.put(layer.actual(), new Change(fit.apply(pair), layer.axis())));
        }
        Map<Node, Value> biases = biases(changes.keySet());
        return Rebuild.run(graph, (node, original, b) -> {
            if (biases.get(original) instanceof Value y && changes.get(y) instanceof Change c) {
                return List.of(shifted((Binary) node.op(), original, c.affine().shift(), c.axis(), b));
            }
            Change change = original.results().size() == 1 ? changes.get(original.result()) : null;
            if (change == null) {
                return null;
            }
            context.applied(pass, "channels as before", original);
            boolean inBias = biases.containsValue(original.result());
            return List.of(changed(node, original, change.affine(), change.axis(), inBias, b));
        });
    }

    /** The sums that add a constant to the only use of a layer's result: they take its shift. */
    private Map<Node, Value> biases(Set<Value> results) {
        Uses uses = Uses.OF_NODES.of(graph);
        Map<Node, Value> all = new IdentityHashMap<>();
        for (Value y : results) {
            if (uses.users(y).size() == 1
                    && !uses.isOutput(y)
                    && uses.users(y).getFirst().op() instanceof Binary s
                    && s.function() == BinaryFunction.ADD
                    && uses.definition(s.x() == y ? s.y() : s.x()) instanceof Node c
                    && c.op() instanceof Constant
                    && uses.users(y).getFirst().result().type().equals(y.type())) {
                all.put(uses.users(y).getFirst(), y);
            }
        }
        return all;
    }

    private static Value shifted(Binary sum, Node original, double[] shift, int axis, Builder b) {
        boolean second = b.constant(sum.y()).isPresent();
        Value bias = second ? sum.y() : sum.x();
        Value y = second ? sum.x() : sum.y();
        Tensor changed = ConstantArithmetic.map(b.constant(bias).orElseThrow(), channels(shift, y, axis), Double::sum);
        b.at(original.location());
        return b.named(
                b.add(y, b.constant(changed, bias.name())), original.result().name());
    }

    private static Value changed(Node node, Node original, Affine change, int axis, boolean inBias, Builder b) {
        String name = original.result().name();
        b.at(original.location());
        boolean alone = change.factor() == null && inBias;
        Value y = alone ? b.copy(original, node.op()).getFirst() : b.add(node.op(), name + "_raw");
        if (change.factor() != null) {
            y = b.multiply(y, b.constant(channels(change.factor(), y, axis), name + "_factor"));
        }
        if (!inBias) {
            y = b.add(y, b.constant(channels(change.shift(), y, axis), name + "_shift"));
        }
        return alone ? y : b.named(y, name);
    }

    private static Tensor channels(double[] numbers, Value v, int axis) {
        long[] dims = new long[v.tensorType().rank() - axis];
        Arrays.fill(dims, 1);
        dims[0] = numbers.length;
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (int i = 0; i < numbers.length; i++) {
            t.setDouble(i, numbers[i]);
        }
        return t;
    }

    /** The layers that compression has changed, and whose operand and result are as large as before. */
    private List<OutputMoments> layers() {
        if (graph.nodes().stream().noneMatch(n -> n.op() instanceof Contraction || n.op() instanceof IntegerMatMul)) {
            return List.of(); // nothing to compare
        }
        Map<String, Value> values = named(graph);
        Uses uses = Uses.OF_NODES.of(graph);
        Graph before = context.original(pass);
        Map<String, Value> valuesBefore = named(before);
        Uses usesBefore = Uses.OF_NODES.of(before);
        List<OutputMoments> all = new ArrayList<>();
        for (Node n : before.nodes()) {
            Value weights = n.op() instanceof MatMul m ? m.y() : n.op() instanceof Conv c ? c.weights() : null;
            if (weights == null
                    || !(usesBefore.definition(weights) instanceof Node w)
                    || !(w.op() instanceof Constant(Tensor t))
                    || t.element() != ElementType.F32) {
                continue;
            }
            Value x = n.op().operands().getFirst();
            Value actual = values.get(n.result().name());
            Value operand = values.get(x.name());
            int rank = n.result().tensorType().rank();
            int axis = n.op() instanceof Conv c ? c.layout().channelAxis(rank) : rank - 1;
            if (actual != null
                    && operand != null
                    && valuesBefore.get(n.result().name()) == n.result()
                    && valuesBefore.get(x.name()) == x
                    && x != weights
                    && uses.definition(actual) != n
                    && rank >= 2
                    && actual.type().equals(n.result().type())
                    && operand.type().equals(x.type())
                    && reads(actual, operand, uses)
                    && actual.tensorType().dim(axis).isConstant()) {
                all.add(new OutputMoments(actual, operand, n.op(), t, axis));
            }
        }
        return all;
    }

    /** The values that have names of their own. */
    private static Map<String, Value> named(Graph graph) {
        Map<String, Value> values = new HashMap<>();
        Set<String> twice = new HashSet<>(Set.of(""));
        Stream.concat(graph.inputs().stream(), graph.nodes().stream().flatMap(n -> n.results().stream()))
                .forEach(v -> {
                    if (values.put(v.name(), v) != null) {
                        twice.add(v.name());
                    }
                });
        values.keySet().removeAll(twice);
        return values;
    }

    /** Whether {@code v} is computed of {@code operand} by nothing but one layer, however it is quantized. */
    private static boolean reads(Value v, Value operand, Uses uses) {
        if (v == operand) {
            return true;
        }
        Node n = uses.definition(v);
        return n != null
                && switch (n.op()) {
                    case MatMul m -> reads(m.x(), operand, uses);
                    case Conv c -> reads(c.x(), operand, uses);
                    case IntegerMatMul m -> reads(m.x(), operand, uses);
                    case Quantize q -> reads(q.x(), operand, uses);
                    case Dequantize q -> reads(q.x(), operand, uses);
                    case DynamicQuantize q -> reads(q.x(), operand, uses);
                    case Cast c -> reads(c.x(), operand, uses);
                    case Binary b
                    when b.function() == BinaryFunction.MULTIPLY
                            || b.function() == BinaryFunction.MIN
                            || b.function() == BinaryFunction.MAX ->
                        reads(b.x(), operand, uses) || reads(b.y(), operand, uses);
                    default -> false;
                };
    }
}
