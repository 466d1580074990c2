package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.*;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Ops that are led by data: gathers, scatters, selections whose sizes only the run knows, and control flow. */
final class DataSteps {
    static final List<Consumer<GraphGenerator>> ALL = List.of(
            DataSteps::gather,
            DataSteps::gather,
            DataSteps::gatherElements,
            DataSteps::gatherNd,
            DataSteps::scatterElements,
            DataSteps::scatterNd,
            DataSteps::topK,
            DataSteps::nonZero,
            DataSteps::range,
            DataSteps::unique,
            DataSteps::choice,
            DataSteps::choice,
            DataSteps::loop,
            DataSteps::loop);

    private DataSteps() {}

    /** Indices that are right for an axis of {@code n} elements. */
    private static Value indices(GraphGenerator g, long n, long... dims) {
        if (n <= 0) {
            throw GraphGenerator.refuse("an empty axis");
        }
        Tensor t = Tensor.zeros(g.chance(3) ? ElementType.I32 : ElementType.I64, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, g.random.nextInt((int) n) - (g.chance(4) ? n : 0));
        }
        return g.constant(t);
    }

    private static void gather(GraphGenerator g) {
        Value x = g.pickAny(t -> t.rank() >= 1);
        int axis = g.random.nextInt(x.tensorType().rank());
        if (g.chance(3)) { // with computed indices
            Value i = g.pick(t -> t.element() == ElementType.I64 || t.element() == ElementType.I32);
            long n = g.least(x.tensorType().dim(axis));
            Value bounded = g.add(new Binary(BinaryFunction.MOD, i, g.scalar(i, n)));
            g.add(new Gather(x, bounded, axis));
            return;
        }
        long n = g.least(x.tensorType().dim(axis));
        long[] dims = new long[g.random.nextInt(3)];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = g.size();
        }
        g.add(new Gather(x, indices(g, n, dims), axis));
    }

    private static long[] least(GraphGenerator g, TensorType t) {
        return t.shape().dims().stream().mapToLong(g::least).toArray();
    }

    private static void gatherElements(GraphGenerator g) {
        Value x = g.pick(t -> t.rank() >= 1);
        int axis = g.random.nextInt(x.tensorType().rank());
        long[] dims = least(g, x.tensorType());
        long n = dims[axis];
        dims[axis] = g.size();
        g.add(new GatherElements(x, indices(g, n, dims), axis));
    }

    private static void gatherNd(GraphGenerator g) {
        Value x = g.pick(t -> t.rank() >= 2);
        long[] dims = least(g, x.tensorType());
        int tuple = 1 + g.random.nextInt(Math.min(2, dims.length));
        long n = Math.min(dims[0], dims[1]);
        if (x.tensorType().dim(0).isConstant() && tuple == 1 && g.chance(2)) {
            g.add(new GatherNd(x, indices(g, n, dims[0], g.size(), 1), 1));
        } else {
            g.add(new GatherNd(x, indices(g, n, g.size(), tuple), 0));
        }
    }

    private static ScatterReduction reduction(GraphGenerator g) {
        return g.chance(2) ? ScatterReduction.ADD : g.pick(List.of(ScatterReduction.values()));
    }

    /** Distinct indices where the last write would win. */
    private static void scatterElements(GraphGenerator g) {
        Value x = g.pick(t -> t.rank() >= 1);
        int axis = g.random.nextInt(x.tensorType().rank());
        long[] dims = least(g, x.tensorType());
        long n = dims[axis];
        ScatterReduction r = reduction(g);
        Value i;
        if (r == ScatterReduction.NONE) {
            dims[axis] = Math.min(1, n);
        }
        i = indices(g, n, dims);
        g.add(new ScatterElements(x, i, g.weights(x.tensorType().element(), dims), axis, r));
    }

    private static void scatterNd(GraphGenerator g) {
        Value x = g.pick(t ->
                t.rank() >= 1 && t.shape().slice(1, t.rank()).dims().stream().allMatch(Dim::isConstant));
        long[] dims = least(g, x.tensorType());
        long n = dims[0];
        ScatterReduction r = reduction(g);
        long[] updates = dims.clone();
        updates[0] = r == ScatterReduction.NONE ? 1 : g.size();
        g.add(new ScatterNd(
                x, indices(g, n, updates[0], 1), g.weights(x.tensorType().element(), updates), r));
    }

    private static void topK(GraphGenerator g) {
        Value x = g.pick(t -> t.rank() >= 1 && t.element().isNumeric());
        int axis = g.random.nextInt(x.tensorType().rank());
        long n = g.least(x.tensorType().dim(axis));
        Dim k = g.chance(4) ? x.tensorType().dim(axis) : Dim.of(Math.min(n, 1 + g.random.nextInt(3)));
        g.addAll(new TopK(x, k, axis, g.random.nextBoolean(), true));
    }

    private static void nonZero(GraphGenerator g) {
        Value x = g.pick(t -> t.element().isBool() || g.chance(3));
        Dim count = Dim.symbol(g.freshSymbol());
        Value found = g.add(new NonZero(x, count));
        if (x.tensorType().rank() == 1 && g.chance(2)) {
            Value flat = Steps.shaped(g, found, count);
            Value y =
                    g.pick(t -> t.rank() >= 1 && t.dim(0).equals(x.tensorType().dim(0)));
            g.add(new Gather(y, flat, 0));
        } else {
            Value tuples = g.add(new Transpose(found, List.of(1, 0)));
            g.add(new GatherNd(x, tuples, 0));
        }
    }

    private static void range(GraphGenerator g) {
        Value limit;
        if (g.chance(2)) {
            Value x = g.pick(t -> t.rank() >= 1);
            limit = g.add(new Dims(List.of(x.tensorType().dim(0)), true));
        } else {
            Value x = g.pick(t -> t.element() == ElementType.I64 && t.rank() >= 1);
            List<Integer> axes = new ArrayList<>();
            for (int i = 0; i < x.tensorType().rank(); i++) {
                axes.add(i);
            }
            Value max = g.add(new Reduce(ReduceFunction.REDUCE_MAX, x, axes, false));
            limit = g.add(new Binary(BinaryFunction.MIN, max, g.scalar(max, 20)));
        }
        Value start = g.scalar(limit, g.random.nextInt(3));
        Value delta = g.scalar(limit, 1 + g.random.nextInt(2));
        Value r = g.add(new Range(start, limit, delta, Dim.symbol(g.freshSymbol()), true));
        if (g.chance(2)) {
            g.add(new Cast(r, ElementType.F32, true));
        }
    }

    private static void unique(GraphGenerator g) {
        Value x = g.pick(t -> t.element().isNumeric());
        g.addAll(new Unique(x, Optional.empty(), g.random.nextBoolean(), Dim.symbol(g.freshSymbol())));
    }

    /** A few elementwise ops on {@code x} in a region; the shape stays. */
    private static Value chain(GraphGenerator g, Builder inner, Value x) {
        Value y = x;
        for (int i = g.random.nextInt(3); i >= 0; i--) {
            y = switch (g.random.nextInt(5)) {
                case 0 -> inner.relu(y);
                case 1 -> inner.binary(BinaryFunction.ADD, y, x);
                case 2 -> inner.binary(BinaryFunction.MULTIPLY, y, inner.scalar(y, 0.5));
                case 3 -> {
                    int rank = y.tensorType().rank();
                    yield rank == 0
                            ? inner.negate(y)
                            : inner.subtract(y, inner.reduce(ReduceFunction.REDUCE_MAX, y, List.of(rank - 1), true));
                }
                default -> inner.unary(y.tensorType().element().isFloat() ? UnaryFunction.TANH : UnaryFunction.ABS, y);
            };
        }
        return y;
    }

    private static Value condition(GraphGenerator g) {
        if (g.chance(4)) {
            return g.constant(Tensor.scalar(g.random.nextBoolean()));
        }
        Value x = g.pick(t -> t.element().isBool() || t.element() == ElementType.I64);
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < x.tensorType().rank(); i++) {
            axes.add(i);
        }
        Value one = g.add(new Reduce(ReduceFunction.REDUCE_MAX, x, axes, false));
        return one.tensorType().element().isBool()
                ? one
                : g.add(new Compare(Comparison.LESS, one, g.scalar(one, g.random.nextInt(10))));
    }

    private static void choice(GraphGenerator g) {
        Value x = g.pick(t -> t.element().isNumeric() && t.element() != ElementType.U8);
        Value c = condition(g);
        Builder then = g.b.region("then");
        Builder other = g.b.region("else");
        Value t = chain(g, then, x);
        Value e = g.chance(3) ? x : chain(g, other, x);
        TensorType type = x.tensorType();
        if (g.chance(3) && type.rank() >= 1) { // results of different sizes
            Value longer = other.add(new Concat(List.of(e, x), 0));
            Dim size = Dim.symbol(g.freshSymbol());
            Type both = type.withShape(type.shape().with(0, size));
            Graph thenBranch = then.build(List.of(t), List.of("t"));
            Graph elseBranch = other.build(List.of(longer), List.of("e"));
            g.addAll(new If(c, thenBranch, elseBranch, List.of(both), List.of(size.symbolName())));
            return;
        }
        List<Type> types = g.chance(2) ? List.of(type) : List.of(type, type);
        Graph thenBranch = types.size() == 1
                ? then.build(List.of(t), List.of("t"))
                : then.build(List.of(t, x), List.of("t", "tx"));
        Graph elseBranch = types.size() == 1
                ? other.build(List.of(e), List.of("e"))
                : other.build(List.of(e, e), List.of("e", "ex"));
        g.addAll(new If(c, thenBranch, elseBranch, types, List.of()));
    }

    private static void loop(GraphGenerator g) {
        Value x = g.pick(t -> t.element().isNumeric() && t.element() != ElementType.U8);
        TensorType type = x.tensorType();
        Builder body = g.b.region("body");
        Value i = body.input("i", TensorType.scalar(ElementType.I64));
        Value go = body.input("go", TensorType.scalar(ElementType.BOOL));
        Value in = body.input("in", type);
        Value next = chain(g, body, in);
        List<Value> initial = new ArrayList<>(List.of(x));
        List<Value> outputs = new ArrayList<>();
        boolean early = g.chance(2);
        outputs.add(early ? body.compare(Comparison.LESS, i, body.constant(Tensor.scalar(2L))) : go);
        if (g.chance(2)) { // a second carried value that is swapped, and one captured
            Value in2 = body.input("in2", type);
            initial.add(x);
            outputs.add(in2);
            outputs.add(g.chance(2) ? body.add(next, x) : next);
        } else {
            outputs.add(next);
        }
        List<Type> types = new ArrayList<>();
        initial.forEach(v -> types.add(type));
        List<String> bound = new ArrayList<>();
        if (g.chance(2)) {
            Value scanned = g.chance(2) ? next : body.cast(i, ElementType.F32);
            outputs.add(scanned);
            String symbol = g.freshSymbol();
            bound.add(symbol);
            types.add(scanned.tensorType()
                    .withShape(Shape.of(Dim.symbol(symbol))
                            .concat(scanned.tensorType().shape())));
        }
        List<String> names = new ArrayList<>();
        for (int n = 0; n < outputs.size(); n++) {
            names.add("o" + n);
        }
        Value trips = g.constant(Tensor.scalar((long) g.random.nextInt(4)));
        if (g.chance(3)) {
            Value d = g.pick(t -> t.rank() > 0);
            trips = g.add(new Dims(List.of(d.tensorType().dim(0)), true));
        }
        g.addAll(new Loop(
                Optional.of(trips),
                g.chance(2) ? Optional.empty() : Optional.of(condition(g)),
                initial,
                body.build(outputs, names),
                types,
                bound));
    }
}
