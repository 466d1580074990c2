package dev.lathe.frontend.onnx.ops.training;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Derivatives of one value of the graph with respect to others, from the end backwards. */
public final class GradientOps {
    private final Builder b;
    private final Map<Value, Value> adjoints = new IdentityHashMap<>();

    private GradientOps(Builder b) {
        this.b = b;
    }

    public static void addTo(Operators t) {
        t.on("ai.onnx.preview.training:Gradient").sinceAll(1, GradientOps::gradient);
    }

    /**
     * The function is computed once more, of inputs that are not known, then differentiated, and put where the node
     * stands.
     */
    private static List<Value> gradient(OnnxNode n) {
        List<String> names = new ArrayList<>(n.strings("xs"));
        int count = names.size();
        names.addAll(n.strings("zs"));
        Builder inside = n.b.region("gradient");
        List<Value> inputs = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            inputs.add(inside.input(names.get(i), n.in(i).type()));
        }
        Value y = n.recompute(inside, n.s("y", ""), names, inputs);
        GradientOps g = new GradientOps(inside);
        g.adjoints.put(y, g.like(y, 1));
        for (Node node : path(inside, y, new HashSet<>(inputs)).reversed()) {
            Value out = node.results().getFirst();
            Value adjoint = g.adjoints.get(out);
            if (adjoint != null) {
                g.backwards(node.op(), out, adjoint);
            }
        }
        List<Value> results = new ArrayList<>();
        for (Value x : inputs.subList(0, count)) {
            results.add(g.adjoints.containsKey(x) ? g.adjoints.get(x) : g.like(x, 0));
        }
        return n.b.inline(inside.build(results, names.subList(0, count)), n.all());
    }

    /** The nodes between {@code from} and {@code y}, in order. */
    private static List<Node> path(Builder b, Value y, Set<Value> from) {
        Set<Node> nodes = new LinkedHashSet<>();
        collect(b, y, from, nodes);
        return new ArrayList<>(nodes);
    }

    private static boolean collect(Builder b, Value v, Set<Value> from, Set<Node> nodes) {
        if (from.contains(v)) {
            return true;
        }
        Node node = b.definition(v).orElse(null);
        if (node == null) {
            return false;
        }
        boolean depends = nodes.contains(node);
        if (!depends) {
            for (Value operand : node.op().dependencies()) {
                depends |= collect(b, operand, from, nodes);
            }
            if (depends) {
                nodes.add(node);
            }
        }
        return depends;
    }

    private Value like(Value x, double value) {
        TensorType t = x.tensorType();
        return b.broadcast(b.constant(Tensor.scalar(t.element(), value)), t.shape());
    }

    /** Adds to the adjoint of {@code x}, summed over the axes along which it was repeated. */
    private void add(Value x, Value part) {
        Shape shape = x.tensorType().shape();
        Shape wide = part.tensorType().shape();
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < wide.rank(); i++) {
            int own = i - (wide.rank() - shape.rank());
            if (own < 0 || (shape.dim(own).isConstant(1) && !wide.dim(i).isConstant(1))) {
                axes.add(i);
            }
        }
        Value summed = axes.isEmpty() ? part : b.reshape(b.reduce(ReduceFunction.REDUCE_SUM, part, axes, true), shape);
        Value known = adjoints.get(x);
        adjoints.put(x, known == null ? summed : b.add(known, summed));
    }

    private void backwards(Op op, Value y, Value dy) {
        switch (op) {
            case Binary(var f, Value p, Value q) -> {
                switch (f) {
                    case ADD -> {
                        add(p, dy);
                        add(q, dy);
                    }
                    case SUBTRACT -> {
                        add(p, dy);
                        add(q, b.negate(dy));
                    }
                    case MULTIPLY -> {
                        add(p, b.multiply(dy, q));
                        add(q, b.multiply(dy, p));
                    }
                    case DIVIDE -> {
                        add(p, b.divide(dy, q));
                        add(q, b.negate(b.divide(b.multiply(dy, y), q)));
                    }
                    case POW -> {
                        Value lower = b.binary(f, p, b.subtract(q, b.scalar(q, 1)));
                        add(p, b.multiply(dy, b.multiply(q, lower)));
                        add(q, b.multiply(dy, b.multiply(y, b.unary(UnaryFunction.LOG, p))));
                    }
                    case MAX -> chosen(Comparison.GREATER_OR_EQUAL, p, q, dy);
                    case MIN -> chosen(Comparison.LESS_OR_EQUAL, p, q, dy);
                    default -> throw unknown(op);
                }
            }
            case Unary(UnaryFunction f, Value x) -> add(x, b.multiply(dy, derivative(f, x, y, op)));
            case MatMul(Value p, Value q)
            when p.tensorType().rank() > 1 && q.tensorType().rank() > 1 -> {
                add(p, b.matMul(dy, turned(q)));
                add(q, b.matMul(turned(p), dy));
            }
            case Reduce(ReduceFunction f, Value x, List<Integer> axes, boolean _)
            when f == ReduceFunction.REDUCE_SUM || f == ReduceFunction.REDUCE_MEAN -> {
                Shape kept = x.tensorType().shape();
                Dim count = Dim.ONE;
                for (int axis : axes) {
                    count = count.times(kept.dim(axis));
                    kept = kept.with(axis, Dim.ONE);
                }
                Value wide = b.broadcast(b.reshape(dy, kept), x.tensorType().shape());
                add(
                        x,
                        f == ReduceFunction.REDUCE_SUM
                                ? wide
                                : b.divide(
                                        wide,
                                        b.cast(b.dim(count), x.tensorType().element())));
            }
            case Reshape(Value x, Shape _) ->
                add(x, b.reshape(dy, x.tensorType().shape()));
            case Broadcast(Value x, Shape _) -> add(x, dy);
            case Transpose(Value x, List<Integer> perm) -> {
                List<Integer> inverse = new ArrayList<>(perm);
                for (int i = 0; i < perm.size(); i++) {
                    inverse.set(perm.get(i), i);
                }
                add(x, b.transpose(dy, inverse));
            }
            case Cast c -> add(c.x(), b.cast(dy, c.x().tensorType().element()));
            case Select(Value condition, Value p, Value q) -> {
                Value zero = b.scalar(dy, 0);
                add(p, b.select(condition, dy, zero));
                add(q, b.select(condition, zero, dy));
            }
            default -> throw unknown(op);
        }
    }

    private static InvalidOpException unknown(Op op) {
        return new InvalidOpException("the derivative of " + op.mnemonic() + " is not known");
    }

    private void chosen(Comparison c, Value p, Value q, Value dy) {
        Value first = b.compare(c, p, q);
        Value zero = b.scalar(dy, 0);
        add(p, b.select(first, dy, zero));
        add(q, b.select(first, zero, dy));
    }

    private Value turned(Value x) {
        int rank = x.tensorType().rank();
        List<Integer> perm = new ArrayList<>();
        for (int i = 0; i < rank - 2; i++) {
            perm.add(i);
        }
        perm.add(rank - 1);
        perm.add(rank - 2);
        return b.transpose(x, perm);
    }

    private Value derivative(UnaryFunction f, Value x, Value y, Op op) {
        Value one = b.scalar(x, 1);
        return switch (f) {
            case NEGATE -> b.scalar(x, -1);
            case EXP -> y;
            case LOG -> b.unary(UnaryFunction.RECIPROCAL, x);
            case SQRT -> b.divide(b.scalar(x, 0.5), y);
            case RECIPROCAL -> b.negate(b.multiply(y, y));
            case SIN -> b.unary(UnaryFunction.COS, x);
            case COS -> b.negate(b.unary(UnaryFunction.SIN, x));
            case TANH -> b.subtract(one, b.multiply(y, y));
            case SIGMOID -> b.multiply(y, b.subtract(one, y));
            case RELU -> b.select(b.compare(Comparison.GREATER, x, b.scalar(x, 0)), one, b.scalar(x, 0));
            case ABS -> b.unary(UnaryFunction.SIGN, x);
            default -> throw unknown(op);
        };
    }
}
