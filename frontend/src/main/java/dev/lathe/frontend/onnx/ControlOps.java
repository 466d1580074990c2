package dev.lathe.frontend.onnx;

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
import dev.lathe.ir.type.MapType;
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
import java.util.stream.Collectors;

/** Control flow. A condition that is known chooses at once. */
final class ControlOps {
    private ControlOps() {}

    static void addTo(Operators t) {
        t.on("If").sinceAll(1, ControlOps::branch);
        t.on("Loop").sinceAll(1, ControlOps::loop);
        t.on("Scan").sinceAll(8, ScanOps::batched).sinceAll(9, ScanOps::scan);
    }

    private static List<Value> branch(OnnxNode n) {
        Value condition = n.in(0);
        Optional<Tensor> known = n.b.constant(condition);
        if (known.isPresent() && known.get().size() == 1) {
            return n.graph(known.get().getBoolean(0) ? "then_branch" : "else_branch")
                    .inline();
        }
        Value scalar = n.b.reshape(condition, Shape.SCALAR);
        return n.branch(
                scalar,
                n.graph("then_branch").attempt("then"),
                n.graph("else_branch").attempt("else"));
    }

    /** The type of a value that is of one type or the other; dimensions in which they differ become new symbols. */
    static Type join(Builder b, Type x, Type y, List<String> bound) {
        if (x instanceof OptionalType || y instanceof OptionalType) {
            Type p = x instanceof OptionalType(Type e) ? e : x;
            Type q = y instanceof OptionalType(Type e) ? e : y;
            return new OptionalType(joinElements(p, q));
        }
        if (!(x instanceof TensorType p) || !(y instanceof TensorType q)) {
            return joinElements(x, y);
        }
        if (p.element() != q.element()) {
            throw new InvalidOpException("one value cannot be " + x + " and " + y);
        }
        if (p.isRanked() != q.isRanked() || (p.isRanked() && p.rank() != q.rank())) {
            throw new InvalidOpException("one value cannot be " + x + " and " + y);
        }
        if (!p.isRanked()) {
            return p;
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < p.rank(); i++) {
            boolean same = p.dim(i).equals(q.dim(i)) && knows(b, p.dim(i));
            boolean open = p.dim(i).isSymbol() && bound.contains(p.dim(i).symbolName());
            dims.add(same || open ? p.dim(i) : fresh(b, bound));
        }
        return TensorType.of(p.element(), Shape.of(dims));
    }

    /** The type of the elements of two containers that become one. */
    static Type joinElements(Type x, Type y) {
        if (x instanceof SequenceType(Type p) && y instanceof SequenceType(Type q)) {
            return new SequenceType(joinElements(p, q));
        }
        if (x instanceof MapType(ElementType k, Type p) && y instanceof MapType(ElementType l, Type q) && k == l) {
            return new MapType(k, joinElements(p, q));
        }
        if (!(x instanceof TensorType p) || !(y instanceof TensorType q) || p.element() != q.element()) {
            throw new InvalidOpException("one value cannot be " + x + " and " + y);
        }
        if (!p.isRanked() || !q.isRanked() || p.rank() != q.rank()) {
            return TensorType.unranked(p.element());
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < p.rank(); i++) {
            dims.add(p.dim(i).equals(q.dim(i)) ? p.dim(i) : Dim.symbol("_"));
        }
        return TensorType.of(p.element(), Shape.of(dims));
    }

    /** Whether all symbols of {@code d} have values here. */
    static boolean knows(Builder b, Dim d) {
        Set<String> symbols = new HashSet<>();
        d.collectSymbols(symbols);
        return symbols.stream().allMatch(b::knows);
    }

    private static Dim fresh(Builder b, List<String> bound) {
        String symbol = b.freshSymbol("d" + bound.size());
        for (int k = bound.size(); bound.contains(symbol); k++) {
            symbol = b.freshSymbol("d" + k);
        }
        bound.add(symbol);
        return Dim.symbol(symbol);
    }

    private static List<Value> loop(OnnxNode n) {
        Optional<Value> trips = n.opt(0).map(v -> n.b.cast(n.b.reshape(v, Shape.SCALAR), ElementType.I64));
        Optional<Value> condition = n.opt(1).map(v -> n.b.reshape(v, Shape.SCALAR));
        List<Value> initial = new ArrayList<>();
        for (int i = 2; i < n.inputs.size(); i++) {
            initial.add(n.in(i));
        }
        OnnxNode.RegionImporter body = n.graph("body");
        // Sequences that the loop fills: what the body puts into them tells their types.
        Set<Integer> open = new HashSet<>();
        for (int i = 0; i < initial.size(); i++) {
            if (n.isOpen(initial.get(i))) {
                open.add(i);
            }
        }
        List<Value> results = loop(n.b, trips, condition, initial, open, carried -> {
            List<Type> inputs = new ArrayList<>();
            inputs.add(TensorType.scalar(ElementType.I64));
            inputs.add(TensorType.scalar(ElementType.BOOL));
            inputs.addAll(carried);
            return body.region("body", inputs, open.stream().map(i -> 2 + i).collect(Collectors.toSet()));
        });
        open.forEach(i -> n.open(results.get(i)));
        return results;
    }

    /**
     * A loop whose body is made for the types of the carried values: those that they start with; where an iteration
     * gives other dimensions, those dimensions become symbols, and the body is made again.
     */
    static List<Value> loop(
            Builder b,
            Optional<Value> trips,
            Optional<Value> condition,
            List<Value> initial,
            Function<List<Type>, Graph> body) {
        return loop(b, trips, condition, initial, new HashSet<>(), body);
    }

    /**
     * As above; the carried values in {@code open} are sequences of which an iteration tells what they hold, and are
     * no longer in it when one has.
     */
    private static List<Value> loop(
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
                    carried.set(i, join(b, carried.get(i), next, bound));
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
            dims.add(count.isPresent() ? count.get() : fresh(b, bound));
            for (Dim d : t.shape().dims()) {
                dims.add(knows(b, d) ? d : fresh(b, bound));
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
            return joinElements(g, element).equals(element);
        }
        if (!(given instanceof TensorType g) || !(taken instanceof TensorType t)) {
            return joinElements(given, taken).equals(taken);
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
