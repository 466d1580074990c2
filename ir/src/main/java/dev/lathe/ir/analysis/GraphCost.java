package dev.lathe.ir.analysis;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/**
 * Arithmetic and memory of a graph, for given sizes of its symbols. The body of a loop counts once, and of the
 * branches of a conditional the most expensive.
 */
public final class GraphCost {
    private final ToLongFunction<String> sizes;

    /** {@code sizes} gives every symbol a size. */
    public GraphCost(ToLongFunction<String> sizes) {
        this.sizes = sizes;
    }

    /** Floating-point operations of one execution, a multiply-add counting as two. */
    public double flops(Graph graph) {
        return graph.nodes().stream().mapToDouble(n -> flops(n.op())).sum();
    }

    public double flops(Op op) {
        List<Graph> regions = op.regions();
        if (op instanceof If) {
            return regions.stream().mapToDouble(this::flops).max().orElse(0);
        }
        double own;
        try {
            Dim expression = op.cost().flops();
            if (expression.isConstant(0) && op instanceof CompositeOp composite) {
                return flops(expansion(composite));
            }
            own = expression.evaluate(sizes);
        } catch (ArithmeticException e) {
            return Double.POSITIVE_INFINITY; // more than can be counted
        }
        double inside = op instanceof CompositeOp
                ? 0
                : regions.stream().mapToDouble(this::flops).sum();
        return own + inside;
    }

    /** The operations as an expression of the graph's symbols; empty if it is too long, or depends on data. */
    public static Optional<Dim> symbolicFlops(Graph graph) {
        try {
            Dim total = Dim.ZERO;
            for (Node n : graph.nodes()) {
                Optional<Dim> own = symbolicFlops(n.op());
                if (own.isEmpty()) {
                    return own;
                }
                total = total.plus(own.get());
            }
            return Optional.of(total);
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    /** The operations of one op as an expression; empty if it is too long, or depends on data. */
    public static Optional<Dim> symbolicFlops(Op op) {
        if (op instanceof If || !op.binds().isEmpty()) {
            return Optional.empty();
        }
        try {
            Dim own = op.cost().flops();
            return own.isConstant(0) && op instanceof CompositeOp composite
                    ? symbolicFlops(expansion(composite))
                    : Optional.of(own);
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    /**
     * Bytes that a node reads and writes: its operands, weights too, and its results. A reshape moves none. What a
     * cache or a fused kernel saves is not counted.
     */
    public double trafficBytes(Node node) {
        if (node.op() instanceof Constant || node.op() instanceof Reshape) {
            return 0;
        }
        return Stream.concat(node.op().dependencies().stream(), node.results().stream())
                .mapToDouble(v -> bytes(v.type()))
                .sum();
    }

    /** {@link #trafficBytes} as an expression; empty if it is too long, or depends on data. */
    public static Optional<Dim> symbolicTrafficBytes(Node node) {
        if (node.op() instanceof Constant || node.op() instanceof Reshape) {
            return Optional.of(Dim.ZERO);
        }
        try {
            Dim total = Dim.ZERO;
            for (Value v : Stream.concat(node.op().dependencies().stream(), node.results().stream())
                    .toList()) {
                if (!(v.type() instanceof TensorType t)
                        || !t.isRanked()
                        || t.element().isString()) {
                    return Optional.empty();
                }
                total = total.plus(
                        t.shape().elements().times(t.element().bits()).ceilDiv(Dim.of(8)));
            }
            return Optional.of(total);
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static Graph expansion(CompositeOp op) {
        Builder b = Builder.graph("expansion");
        List<Value> results = op.expandAll(b);
        return b.build(results, results.stream().map(Value::name).toList());
    }

    /** Bytes of a value; 0 for strings, sequences and optionals, whose size depends on data. */
    public double bytes(Type type) {
        if (!(type instanceof TensorType t) || !t.isRanked()) {
            return 0;
        }
        double elements = 1;
        for (Dim d : t.shape().dims()) {
            elements *= Math.max(0, size(d));
        }
        return Math.ceil(elements * t.element().bits() / 8);
    }

    private double size(Dim d) {
        try {
            return d.evaluate(sizes);
        } catch (ArithmeticException e) {
            return 0x1p63; // more than can be counted
        }
    }

    /**
     * The most bytes of inputs and results of nodes that are alive at a time, when the nodes run in order, each into
     * memory of its own; a reshape shares its operand's. Weights are not counted. A backend that fuses nodes needs
     * less.
     */
    public double peakBytes(Graph graph) {
        Map<Value, Value> storage = new IdentityHashMap<>();
        Map<Value, Integer> lastUse = new IdentityHashMap<>();
        Set<Value> constants = new HashSet<>();
        List<Node> nodes = graph.nodes();
        for (int i = 0; i < nodes.size(); i++) {
            Node n = nodes.get(i);
            for (Value v : n.op().dependencies()) {
                lastUse.put(storage.getOrDefault(v, v), i);
            }
            if (n.op() instanceof Constant) {
                constants.addAll(n.results());
            } else if (n.op() instanceof Reshape r) {
                storage.put(n.result(), storage.getOrDefault(r.x(), r.x()));
            }
        }
        graph.outputs().forEach(v -> lastUse.put(storage.getOrDefault(v, v), nodes.size()));
        Set<Value> inputs = new HashSet<>(graph.inputs());
        Set<Value> alive = new HashSet<>(inputs);
        double live = alive.stream().mapToDouble(v -> bytes(v.type())).sum();
        double peak = live;
        for (int i = 0; i < nodes.size(); i++) {
            Node n = nodes.get(i);
            for (Value v : n.results()) {
                if (!constants.contains(v) && !storage.containsKey(v) && alive.add(v)) {
                    live += bytes(v.type());
                }
            }
            double inside = n.op() instanceof CompositeOp
                    ? 0
                    : n.op().regions().stream()
                            .mapToDouble(this::peakBytes)
                            .max()
                            .orElse(0);
            peak = Math.max(peak, live + inside);
            for (var iterator = alive.iterator(); iterator.hasNext(); ) {
                Value v = iterator.next();
                if (lastUse.getOrDefault(v, -1) <= i && !inputs.contains(v)) {
                    live -= bytes(v.type());
                    iterator.remove();
                }
            }
        }
        return peak;
    }
}
