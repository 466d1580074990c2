package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.*;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Makes random graphs that run: each op is evaluated on every set of inputs as it is added, and one that fails, or gives huge or undefined
 * numbers, is left out. Where a value can differ by rounding, no op follows that jumps.
 */
final class GraphGenerator {
    private static final List<ElementType> ELEMENTS = List.of(
            ElementType.F32,
            ElementType.F32,
            ElementType.F32,
            ElementType.F32,
            ElementType.F32,
            ElementType.I64,
            ElementType.I32,
            ElementType.BOOL,
            ElementType.F64,
            ElementType.F16,
            ElementType.U8);
    private static final int MAX_ELEMENTS = 6000;

    final Random random;
    final Builder b = Builder.graph("fuzz");
    private final List<Value> pool = new ArrayList<>();
    private final List<Witness> worlds = List.of(new Witness(), new Witness());
    private final List<Map<String, Tensor>> inputs = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    private final List<Map<String, Long>> sizes = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    private final Set<Value> rounded = Collections.newSetFromMap(new IdentityHashMap<>());
    private int names;

    private GraphGenerator(long seed) {
        this.random = new Random(seed);
    }

    static Sample sample(long seed) {
        return new GraphGenerator(seed).build();
    }

    private Sample build() {
        for (String symbol : List.of("n", "m", "k")) {
            sizes.get(0).put(symbol, pick(List.of(1L, 2L, 3L, 4L, 5L, 8L, 17L)));
            sizes.get(1).put(symbol, pick(List.of(1L, 2L, 3L, 4L, 6L, 9L, 16L, random.nextInt(4) == 0 ? 0L : 7L)));
        }
        if (chance(3)) {
            sizes.forEach(s -> s.put("m", s.get("n"))); // equal, but only at run time
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            ElementType element = i == 0 ? ElementType.F32 : pick(ELEMENTS);
            attempt(g -> g.input(element, g.shape(g.random.nextInt(5))));
        }
        if (pool.isEmpty()) {
            input(ElementType.F32, Shape.of(2, 3));
        }
        List<Consumer<GraphGenerator>> steps = Steps.ALL;
        int target = 4 + random.nextInt(12);
        for (int i = 0; i < target; i++) {
            attempt(pick(steps));
        }
        List<Value> outputs = new ArrayList<>();
        outputs.add(pool.getLast());
        for (int i = random.nextInt(4); i > 0; i--) {
            Value v = pick();
            if (!outputs.contains(v)) {
                outputs.add(v);
            }
        }
        Graph graph =
                b.build(outputs, outputs.stream().map(v -> "out " + v.name()).toList());
        return new Sample(graph, List.copyOf(inputs));
    }

    /** Does {@code step}, up to where an op is refused. */
    void attempt(Consumer<GraphGenerator> step) {
        try {
            step.accept(this);
        } catch (InvalidOpException
                | ArithmeticException
                | IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException
                | LatheException e) {
            return; // the usual fate of a random op
        }
    }

    static InvalidOpException refuse(String why) {
        return new InvalidOpException(why);
    }

    boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    <T> T pick(List<T> items) {
        return items.get(random.nextInt(items.size()));
    }

    /** A value made before, more often a late one. */
    Value pick() {
        int back = Math.min((int) Math.abs(random.nextGaussian() * 4), pool.size() - 1);
        return pool.get(pool.size() - 1 - back);
    }

    Value pick(Predicate<TensorType> condition) {
        for (int i = 0; i < 20; i++) {
            Value v = pick();
            if (condition.test(v.tensorType())) {
                return v;
            }
        }
        throw refuse("no such value");
    }

    Value pickFloat() {
        return pick(
                t -> t.element() == ElementType.F32 || (chance(3) && t.element().isFloat()));
    }

    Value pickFloat(int minRank, int maxRank) {
        return pick(t ->
                (t.element() == ElementType.F32 || (chance(3) && t.element().isFloat()))
                        && t.rank() >= minRank
                        && t.rank() <= maxRank);
    }

    /** A size: small, odd ones and those of vectors too. */
    long size() {
        return pick(List.of(1L, 1L, 2L, 3L, 4L, 5L, 7L, 8L, 12L, 16L, 17L, chance(8) ? 0L : 6L, chance(3) ? 33L : 9L));
    }

    Shape shape(int rank) {
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            dims.add(chance(3) ? Dim.symbol(pick(List.of("n", "m", "k"))) : Dim.of(size()));
        }
        return Shape.of(dims);
    }

    Value input(ElementType element, Shape shape) {
        if (!sizes.getFirst()
                .keySet()
                .containsAll(
                        shape.dims().stream().flatMap(d -> symbols(d).stream()).toList())) {
            throw refuse("a symbol that the graph binds");
        }
        List<Tensor> tensors = new ArrayList<>();
        for (Map<String, Long> s : sizes) {
            tensors.add(tensor(
                    element,
                    shape.dims().stream().mapToLong(d -> d.evaluate(s::get)).toArray()));
        }
        Value v = b.input("x" + names++, TensorType.of(element, shape));
        for (int w = 0; w < 2; w++) {
            worlds.get(w).input(v, tensors.get(w));
            inputs.get(w).put(v.name(), tensors.get(w));
        }
        pool.add(v);
        return v;
    }

    private static Set<String> symbols(Dim d) {
        Set<String> all = new HashSet<>();
        d.collectSymbols(all);
        return all;
    }

    Tensor tensor(ElementType element, long... dims) {
        Tensor t = Tensor.zeros(element, dims);
        if (t.size() > MAX_ELEMENTS) {
            throw refuse("too large");
        }
        for (long i = 0; i < t.size(); i++) {
            if (element.isBool()) {
                t.setLong(i, random.nextInt(2));
            } else if (element.isFloat()) {
                t.setDouble(i, random.nextGaussian());
            } else {
                t.setLong(i, random.nextInt(element == ElementType.U8 ? 200 : 9) - (element == ElementType.U8 ? 0 : 4));
            }
        }
        return t;
    }

    Value constant(Tensor t) {
        return add(new Constant(t));
    }

    /** Weights: mostly a constant, seldom an input. */
    Value weights(ElementType element, long... dims) {
        return chance(8) ? input(element, Shape.of(dims)) : constant(tensor(element, dims));
    }

    Value scalar(Value like, double value) {
        return constant(Tensor.scalar(like.tensorType().element(), value));
    }

    /** What {@code d} is at least, over the worlds. */
    long least(Dim d) {
        return Math.min(worlds.get(0).dim(d), worlds.get(1).dim(d));
    }

    String freshSymbol() {
        return "s" + names++;
    }

    Value add(Op op) {
        List<Value> results = addAll(op);
        if (results.size() != 1) {
            throw refuse("not one result");
        }
        return results.getFirst();
    }

    List<Value> addAll(Op op) {
        List<Type> types = op.infer(Check.INSTANCE);
        Set<String> used = new HashSet<>(OpSchema.of(op.getClass()).attributeSymbols(op));
        types.forEach(t -> t.collectSymbols(used));
        used.removeAll(op.binds());
        if (!used.stream().allMatch(b::knows)) {
            throw refuse("unknown symbols");
        }
        List<Value> results = new ArrayList<>();
        for (Type t : types) {
            if (!(t instanceof TensorType tensor) || !tensor.isRanked() || tensor.rank() > 6) {
                throw refuse("not a plain tensor");
            }
            results.add(new Value("v" + names++, t));
        }
        boolean inexact = isInexact(op);
        if (jumps(op) && op.dependencies().stream().anyMatch(rounded::contains)) {
            throw refuse("jumps");
        }
        List<List<Datum>> data = new ArrayList<>();
        for (Witness w : worlds) {
            List<Datum> d = w.evaluate(op, results);
            for (int i = 0; i < d.size(); i++) {
                check(w, results.get(i).tensorType(), (Tensor) d.get(i));
            }
            data.add(d);
        }
        for (int w = 0; w < data.size(); w++) {
            for (int i = 0; i < results.size(); i++) {
                worlds.get(w).put(results.get(i), data.get(w).get(i));
            }
        }
        b.reuse(new Node(op, results, Location.NONE));
        for (Value v : results) {
            pool.add(v);
            if (inexact && v.tensorType().element().isFloat()) {
                rounded.add(v);
            }
        }
        return results;
    }

    private static void check(Witness w, TensorType type, Tensor t) {
        if (t.size() > MAX_ELEMENTS || t.element() != type.element() || t.rank() != type.rank()) {
            throw refuse("too large");
        }
        for (int i = 0; i < t.rank(); i++) {
            if (w.dim(type.dim(i)) != t.dim(i)) {
                throw refuse("sizes " + t.type() + " that are not those of " + type);
            }
        }
        for (long i = 0; i < t.size(); i++) {
            if (type.element().isComplex() || type.element().isString()) {
                throw refuse("no number");
            }
            double x = t.getDouble(i);
            if (!(Math.abs(x) <= (type.element().isFloat() ? 1e3 : 1e9))) {
                throw refuse("too great a number");
            }
        }
    }

    private boolean isInexact(Op op) {
        if (op.dependencies().stream().anyMatch(rounded::contains)) {
            return true;
        }
        return switch (op) {
            case Movement m -> m instanceof Resize;
            case Creation c -> c instanceof Range;
            case Indexing i -> i.tolerance() != Tolerance.EXACT;
            case Ordering _ -> false;
            default -> true;
        };
    }

    /** Whether a small change of an operand can be a large one of the result. */
    private boolean jumps(Op op) {
        return switch (op) {
            case Unary u ->
                switch (u.function()) {
                    case FLOOR, CEIL, ROUND, SIGN, IS_NAN, TAN -> true;
                    default -> false;
                };
            case Binary n -> n.function() == BinaryFunction.MOD || n.function() == BinaryFunction.FMOD;
            case Cast c -> !c.to().isFloat();
            case Compare _, ArgReduce _, PoolIndices _, NonZero _, Ordering _, Sampling _, BitCast _, Determinant _ ->
                true;
            case Range _, Text _, dev.lathe.ir.op.Random _ -> true;
            default -> false;
        };
    }
}
