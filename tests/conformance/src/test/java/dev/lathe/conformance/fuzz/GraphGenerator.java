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
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Makes random graphs that run: each op is evaluated on every set of inputs as it is added, and one that fails, or
 * gives huge or undefined numbers, is left out. Where a value can differ by rounding, no op follows that jumps. One
 * graph in six is about extreme numbers.
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
            ElementType.U8,
            ElementType.I8);
    /** Types that few ops know. */
    private static final List<ElementType> RARE_ELEMENTS = Stream.of(ElementType.values())
            .filter(e -> !e.isString() && !ELEMENTS.contains(e))
            .toList();

    private static final int MAX_ELEMENTS = 6000;

    final Random random;
    /** Whether numbers may be infinite, huge, tiny, or none. */
    final boolean extreme;

    /** Whether ops and element types are those of everyday models, which all runtimes have. */
    final boolean everyday;

    final Builder b = Builder.graph("fuzz");
    private final List<Value> pool = new ArrayList<>();
    private final List<Value> others = new ArrayList<>();
    private final List<Witness> worlds = List.of(new Witness(), new Witness());
    private final List<Map<String, Tensor>> inputs = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    private final List<Map<String, Long>> sizes = List.of(new LinkedHashMap<>(), new LinkedHashMap<>());
    private final Set<Value> rounded = Collections.newSetFromMap(new IdentityHashMap<>());
    private int names;

    private GraphGenerator(Random random, boolean extreme, boolean everyday) {
        this.random = random;
        this.extreme = extreme;
        this.everyday = everyday;
    }

    static Sample sample(long seed) {
        Random random = new Random(seed);
        GraphGenerator g = new GraphGenerator(random, random.nextInt(6) == 0, random.nextBoolean());
        return g.build(g.everyday ? Steps.EVERYDAY : Steps.ALL);
    }

    /** A graph of products of quantized numbers, whose results are the same to the last bit however it is run. */
    static Sample quantized(long seed) {
        return new GraphGenerator(new Random(seed), false, true).build(QuantizedSteps.ALL);
    }

    private Sample build(List<Consumer<GraphGenerator>> steps) {
        for (String symbol : List.of("n", "m", "k")) {
            sizes.get(0).put(symbol, pick(List.of(1L, 2L, 3L, 4L, 5L, 8L, 17L)));
            sizes.get(1).put(symbol, pick(List.of(1L, 2L, 3L, 4L, 6L, 9L, 16L, random.nextInt(4) == 0 ? 0L : 7L)));
        }
        if (chance(3)) {
            sizes.forEach(s -> s.put("m", s.get("n"))); // equal, but only at run time
        }
        for (int i = random.nextInt(3); i >= 0; i--) {
            ElementType element =
                    i == 0 && !chance(4) ? ElementType.F32 : pick(!everyday && chance(3) ? RARE_ELEMENTS : ELEMENTS);
            attempt(g -> g.input(element, g.shape(g.random.nextInt(5))));
        }
        if (pool.stream().noneMatch(GraphGenerator::isNumber)) {
            input(ElementType.F32, Shape.of(2, 3));
        }
        int target = 4 + random.nextInt(12);
        for (int i = 0; i < target; i++) {
            attempt(pick(steps));
        }
        List<Value> outputs = new ArrayList<>();
        outputs.add(pool.getLast());
        for (int i = random.nextInt(4); i > 0; i--) {
            Value v = others.isEmpty() || chance(2) ? pickAny() : pick(others);
            if (!outputs.contains(v)) {
                outputs.add(v);
            }
        }
        Graph graph =
                b.build(outputs, outputs.stream().map(v -> "out " + v.name()).toList());
        return new Sample(graph, List.copyOf(inputs), extreme);
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
                | NegativeArraySizeException
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

    private static boolean isNumber(Value v) {
        ElementType e = v.tensorType().element();
        return e.isNumeric() || e.isBool();
    }

    /** A tensor made before, more often a late one, of any element type. */
    Value pickAny() {
        int back = Math.min((int) Math.abs(random.nextGaussian() * 4), pool.size() - 1);
        return pool.get(pool.size() - 1 - back);
    }

    /** A tensor of numbers or bools. */
    Value pick() {
        return pick(t -> true);
    }

    /** A tensor of numbers or bools of such a type. */
    Value pick(Predicate<TensorType> condition) {
        for (int i = 0; i < 20; i++) {
            Value v = pickAny();
            if (isNumber(v) && condition.test(v.tensorType())) {
                return v;
            }
        }
        throw refuse("no such value");
    }

    /** A tensor of any element type. */
    Value pickAny(Predicate<TensorType> condition) {
        for (int i = 0; i < 20; i++) {
            Value v = pickAny();
            if (condition.test(v.tensorType())) {
                return v;
            }
        }
        throw refuse("no such value");
    }

    /** A sequence or an optional. */
    Value pickOther(Predicate<Type> condition) {
        List<Value> right =
                others.stream().filter(v -> condition.test(v.type())).toList();
        if (right.isEmpty()) {
            throw refuse("no such value");
        }
        return pick(right);
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
            if (element.isString()) {
                t.setString(i, pick(TextSteps.WORDS));
            } else if (element.isComplex()) {
                t.setComplex(i, random.nextGaussian(), random.nextGaussian());
            } else if (element.isFloat()) {
                t.setDouble(i, extreme && chance(8) ? pick(Extremes.NUMBERS) : random.nextGaussian());
            } else if (element.isSigned()) {
                int low = Math.max(-4, -(1 << element.bits() - 1));
                t.setLong(
                        i,
                        extreme && chance(8)
                                ? random.nextLong() >> 64 - element.bits()
                                : low + random.nextInt(-2 * low));
            } else {
                t.setLong(i, random.nextInt(element.isBool() ? 2 : Math.min(200, 1 << Math.min(30, element.bits()))));
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

    /** As {@link #add}, for an op that rounds other numbers than those that it gets here. */
    Value addExact(Op op) {
        Value v = add(op);
        rounded.remove(v);
        return v;
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
            if (t instanceof TensorType tensor && (!tensor.isRanked() || tensor.rank() > 6)) {
                throw refuse("of high rank");
            }
            results.add(new Value("v" + names++, t));
        }
        boolean inexact = Rounding.happens(op) || op.dependencies().stream().anyMatch(rounded::contains);
        if (Rounding.jumps(op) && op.dependencies().stream().anyMatch(rounded::contains)) {
            throw refuse("jumps");
        }
        List<List<Datum>> data = new ArrayList<>();
        for (Witness w : worlds) {
            requireFitting(op, w);
            requireDefined(op, w);
            List<Datum> d = w.evaluate(op, results);
            for (int i = 0; i < d.size(); i++) {
                check(w, results.get(i).type(), d.get(i));
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
            (v.type() instanceof TensorType ? pool : others).add(v);
            if (inexact && !(v.type() instanceof TensorType t && !t.element().isFloat())) {
                rounded.add(v);
            }
        }
        return results;
    }

    /**
     * Whether {@code op} is right for the sizes that its operands turn out to have, too: what the evaluator does not
     * check is not defined.
     */
    private void requireFitting(Op op, Witness w) {
        if (!op.regions().isEmpty()) {
            return;
        }
        UnaryOperator<Dim> dim = d -> symbols(d).stream().allMatch(w::knows) ? Dim.of(w.dim(d)) : d;
        op.map(v -> w.datum(v) instanceof Tensor t ? new Value(v.name(), t.type()) : v, r -> r, dim)
                .infer(Check.INSTANCE);
    }

    private void requireDefined(Op op, Witness w) {
        List<Tensor> operands = new ArrayList<>();
        for (Value v : op.dependencies()) {
            if (w.datum(v) instanceof Tensor t) {
                operands.add(t);
            }
        }
        boolean none = op instanceof ArgReduce r && w.dim(r.x().tensorType().dim(r.axis())) == 0;
        if (none || op instanceof Resize r && !isScaled(r, w) || extreme && !Extremes.defined(op, operands)) {
            throw refuse("undefined");
        }
    }

    /** Whether the sizes are those of the scales, as ONNX has it. */
    private static boolean isScaled(Resize op, Witness w) {
        if (op.scales().isEmpty()) {
            return true;
        }
        Tensor scales = w.tensor(op.scales().get());
        Tensor x = w.tensor(op.x());
        return IntStream.range(0, x.rank())
                .allMatch(i -> w.dim(op.shape().dim(i)) == (long) Math.floor(x.dim(i) * scales.getDouble(i)));
    }

    private void check(Witness w, Type type, Datum datum) {
        switch (datum) {
            case Tensor t -> {
                TensorType declared = (TensorType) type;
                if (t.size() > MAX_ELEMENTS || t.element() != declared.element() || t.rank() != declared.rank()) {
                    throw refuse("too large");
                }
                for (int i = 0; i < t.rank(); i++) {
                    if (w.dim(declared.dim(i)) != t.dim(i)) {
                        throw refuse("sizes " + t.type() + " that are not those of " + type);
                    }
                }
                checkNumbers(t);
            }
            case Datum.Sequence s -> s.items().forEach(this::checkItem);
            case Datum.Maybe m -> m.element().ifPresent(this::checkItem);
            case Datum.Mapping m -> m.entries().values().forEach(this::checkItem);
        }
    }

    private void checkItem(Datum item) {
        switch (item) {
            case Tensor t -> checkNumbers(t);
            case Datum.Sequence s -> s.items().forEach(this::checkItem);
            case Datum.Maybe m -> m.element().ifPresent(this::checkItem);
            case Datum.Mapping m -> m.entries().values().forEach(this::checkItem);
        }
    }

    private void checkNumbers(Tensor t) {
        if (extreme || t.element().isComplex() || t.element().isString()) {
            return;
        }
        for (long i = 0; i < t.size(); i++) {
            double x = t.getDouble(i);
            if (!(Math.abs(x) <= (t.element().isFloat() ? 1e3 : 1e9))) {
                throw refuse("too great a number");
            }
        }
    }
}
