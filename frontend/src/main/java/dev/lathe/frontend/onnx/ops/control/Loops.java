package dev.lathe.frontend.onnx.ops.control;

import dev.lathe.frontend.onnx.node.JoinedTypes;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.op.SequenceOf;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Loops whose bodies are made in code. */
public final class Loops {
    private Loops() {}

    /** A loop's body while it is made: its builder, the number of the iteration, and what it carries. */
    public record Region(Builder b, Value iteration, List<Value> carried) {}

    /** A body that always goes on, made by {@code f}. */
    public static Function<List<Type>, Graph> body(Builder around, Function<Region, List<Value>> f) {
        return types -> {
            Builder inside = around.region("body");
            Value iteration = inside.input("i", TensorType.scalar(ElementType.I64));
            inside.input("go", TensorType.scalar(ElementType.BOOL));
            List<Value> carried = types.stream().map(t -> inside.input("", t)).toList();
            List<Value> outputs = new ArrayList<>();
            outputs.add(inside.constant(Tensor.scalar(true)));
            outputs.addAll(f.apply(new Region(inside, iteration, carried)));
            return inside.build(outputs, outputs.stream().map(Value::name).toList());
        };
    }

    /**
     * A loop whose body is made for the types of the carried values: those that they start with; where an iteration
     * gives other dimensions, those dimensions become symbols, and the body is made again.
     */
    public static List<Value> of(
            Builder b,
            Optional<Value> trips,
            Optional<Value> condition,
            List<Value> initial,
            Function<List<Type>, Graph> body) {
        return of(b, trips, condition, initial, new HashSet<>(), body);
    }

    /**
     * As above; the carried values in {@code open} are sequences of which an iteration tells what they hold, and are
     * no longer in it when one has.
     */
    public static List<Value> of(
            Builder b,
            Optional<Value> trips,
            Optional<Value> condition,
            List<Value> given,
            Set<Integer> open,
            Function<List<Type>, Graph> body) {
        List<Value> initial = new ArrayList<>(given);
        List<Type> carried = new ArrayList<>(initial.stream().map(Value::type).toList());
        List<String> bound = new ArrayList<>();
        Graph region = body.apply(carried);
        for (int attempt = 0; (!open.isEmpty() || !agrees(region, carried, bound)) && attempt < 8; attempt++) {
            boolean filled = false;
            for (int i = 0; i < carried.size(); i++) {
                Type next = region.outputs().get(1 + i).type();
                if (!open.contains(i)) {
                    carried.set(i, JoinedTypes.of(b, carried.get(i), next, bound));
                } else if (next instanceof SequenceType(Type item) && !next.equals(carried.get(i))) {
                    carried.set(i, next);
                    initial.set(i, b.add(new SequenceOf(List.of(), item)));
                    open.remove(i);
                    filled = true;
                }
            }
            if (!filled && agrees(region, carried, bound)) {
                break;
            }
            region = body.apply(carried);
        }
        if (!agrees(region, carried, bound)) {
            throw new InvalidOpException("the types of the values that the loop carries do not settle");
        }
        List<Type> results = new ArrayList<>(carried);
        boolean runsAll = condition.isEmpty()
                || b.constant(condition.get()).filter(t -> t.getBoolean(0)).isPresent();
        Optional<Dim> count = runsAll && keepsCondition(region)
                ? trips.flatMap(b::dims).map(d -> d.getFirst().max(Dim.ZERO))
                : Optional.empty();
        for (int i = 1 + carried.size(); i < region.outputs().size(); i++) {
            TensorType t = region.outputs().get(i).tensorType();
            List<Dim> dims = new ArrayList<>();
            dims.add(count.isPresent() ? count.get() : JoinedTypes.fresh(b, bound));
            for (Dim d : t.shape().dims()) {
                dims.add(JoinedTypes.knows(b, d) ? d : JoinedTypes.fresh(b, bound));
            }
            results.add(TensorType.of(t.element(), Shape.of(dims)));
        }
        return b.addAll(new Loop(trips, condition, initial, region, results, bound));
    }

    /** Whether an iteration gives the condition that it got, or true. */
    private static boolean keepsCondition(Graph region) {
        Value next = region.outputs().getFirst();
        Node definition = region.definitions().get(next);
        return next == region.inputs().get(1)
                || (definition != null && definition.op() instanceof Constant(Tensor t) && t.getBoolean(0));
    }

    /** Whether an iteration gives values of the types that it takes; a size in {@code bound} is whatever it is. */
    private static boolean agrees(Graph region, List<Type> carried, List<String> bound) {
        for (int i = 0; i < carried.size(); i++) {
            if (!agrees(region.outputs().get(1 + i).type(), carried.get(i), bound)) {
                return false;
            }
        }
        return true;
    }

    private static boolean agrees(Type given, Type taken, List<String> bound) {
        if (taken instanceof OptionalType(Type element)) {
            Type g = given instanceof OptionalType(Type e) ? e : given;
            return JoinedTypes.elements(g, element).equals(element);
        }
        if (!(given instanceof TensorType g) || !(taken instanceof TensorType t)) {
            return JoinedTypes.elements(given, taken).equals(taken);
        }
        if (g.element() != t.element() || g.rank() != t.rank()) {
            return false;
        }
        for (int i = 0; i < t.rank(); i++) {
            boolean open = t.dim(i).isSymbol() && bound.contains(t.dim(i).symbolName());
            if (!open && !g.dim(i).equals(t.dim(i))) {
                return false;
            }
        }
        return true;
    }
}
