package dev.lathe.ir;

import dev.lathe.ir.op.*;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a graph node by node. Each op is checked as it is added; integer arithmetic on dimensions ({@link Dims}) and
 * small constants is done at once, so that shape computations never become nodes that later passes have to see
 * through. Nothing else is folded here.
 */
public final class Builder {
    private final String name;
    private final @Nullable Builder parent;
    private final List<Value> inputs = new ArrayList<>();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<Value, Node> definitions = new IdentityHashMap<>();
    /** What is known of results that no constant defines. */
    private final Map<Value, SmallConstants.Known> known = new IdentityHashMap<>();

    private final Set<String> symbols = new LinkedHashSet<>();
    /** Symbols of regions whose ops come after nodes that are added from now on. */
    private final Set<String> reserved = new HashSet<>();
    /** The builder that keeps its new symbols distinct from those here. */
    private @Nullable Builder reservedBy;

    private final Map<Value, Optional<List<IntegerEntry>>> entries = new IdentityHashMap<>();
    /** The symbols that integers of tensors were read into. */
    private final Map<IntegerEntry, String> readSymbols = new HashMap<>();
    /** The number to try next for a new symbol, by what it is called. */
    private final Map<String, Integer> symbolNumbers = new HashMap<>();

    private Location location = Location.NONE;

    private Builder(String name, @Nullable Builder parent) {
        this.name = name;
        this.parent = parent;
        this.location = parent == null ? Location.NONE : parent.location;
    }

    public static Builder graph(String name) {
        return new Builder(name, null);
    }

    /** A builder for a region of an op of this graph; it sees the values and symbols of this one. */
    public Builder region(String regionName) {
        return new Builder(regionName, this);
    }

    /** In how many regions this builds: 0 for a whole graph. */
    public int depth() {
        return parent == null ? 0 : 1 + parent.depth();
    }

    /** How many nodes there are so far, each with its regions as one. */
    public int size() {
        return nodes.size();
    }

    /**
     * Adds an input.
     *
     * @throws InvalidOpException if no tensor can be of this type
     */
    public Value input(String inputName, Type type) {
        Check.INSTANCE.size(type);
        Value v = new Value(inputName, type);
        inputs.add(v);
        addSymbols(type);
        return v;
    }

    /** Makes an input of another graph an input of this one. */
    public Value input(Value shared) {
        inputs.add(shared);
        addSymbols(shared.type());
        return shared;
    }

    /** The location that nodes added from now on get. */
    public Builder at(Location newLocation) {
        this.location = newLocation;
        return this;
    }

    public Location location() {
        return location;
    }

    /** The finished graph; output names are those of the values. */
    public Graph build(Value... outputs) {
        return build(
                List.of(outputs), List.of(outputs).stream().map(Value::name).toList());
    }

    public Graph build(List<Value> outputs, List<String> outputNames) {
        return new Graph(name, inputs, nodes, outputs, outputNames);
    }

    /** The node of this graph, or of one around it, that defines {@code v}; none for inputs. */
    public Optional<Node> definition(Value v) {
        for (Builder b = this; b != null; b = b.parent) {
            Node n = b.definitions.get(v);
            if (n != null) {
                return Optional.of(n);
            }
        }
        return Optional.empty();
    }

    /** The op that defines {@code v}, if it is a {@code type}. */
    public <T extends Op> Optional<T> definition(Value v, Class<T> type) {
        return definition(v).map(Node::op).filter(type::isInstance).map(type::cast);
    }

    /** The tensor that {@code v} is, if a constant defines it. */
    public Optional<Tensor> constant(Value v) {
        return definition(v, Constant.class).map(Constant::value);
    }

    /** The tensor that {@code v} is known to hold: a constant, or a few numbers that were computed of such. */
    public Optional<Tensor> known(Value v) {
        return constant(v).or(() -> small(v).map(SmallConstants.Known::value));
    }

    Optional<SmallConstants.Known> small(Value v) {
        for (Builder b = this; b != null; b = b.parent) {
            SmallConstants.Known k = b.known.get(v);
            if (k != null) {
                return Optional.of(k);
            }
        }
        return constant(v).flatMap(SmallConstants::of);
    }

    /**
     * The integers that {@code v} is known to hold, as dimension expressions in row-major order: of a {@link Dims},
     * or of a constant integer tensor with at most {@value ShapeArithmetic#MAX_ELEMENTS} elements.
     */
    public Optional<List<Dim>> dims(Value v) {
        return definition(v).flatMap(n -> ShapeArithmetic.contents(n.op(), this));
    }

    /**
     * What is known of each of the integers that {@code v} holds, in row-major order; empty if it is no integer
     * tensor of at most {@value ShapeArithmetic#MAX_ELEMENTS} elements.
     */
    public Optional<List<IntegerEntry>> entries(Value v) {
        Optional<List<IntegerEntry>> found = entries.get(v);
        if (found == null) {
            found = IntegerEntries.of(v, this);
            entries.put(v, found);
        }
        return found;
    }

    /**
     * The integers of {@code entries} as dimension expressions. Those that are not known are read into new signed
     * symbols when the model runs, each once; their names start with {@code stem} where the tensor has none.
     */
    public List<Dim> read(List<IntegerEntry> wanted, String stem) {
        Map<Value, List<Integer>> missing = new LinkedHashMap<>();
        for (IntegerEntry e : wanted) {
            if (e instanceof IntegerEntry.Element(Value tensor, int index) && symbolOf(e) == null) {
                List<Integer> indices = missing.computeIfAbsent(tensor, _ -> new ArrayList<>());
                if (!indices.contains(index)) {
                    indices.add(index);
                }
            }
        }
        missing.forEach((tensor, indices) -> read(tensor, indices, tensor.name().isEmpty() ? stem : tensor.name()));
        return wanted.stream()
                .map(e -> e instanceof IntegerEntry.Known(Dim value)
                        ? value
                        : Dim.signedSymbol(Objects.requireNonNull(symbolOf(e))))
                .toList();
    }

    private void read(Value tensor, List<Integer> indices, String stem) {
        List<String> names = new ArrayList<>();
        for (int index : indices) {
            String symbol = freshSymbol(stem + "_" + index);
            names.add(symbol);
            addSymbols(Set.of(symbol));
            readSymbols.put(new IntegerEntry.Element(tensor, index), symbol);
        }
        long[] places = indices.stream().mapToLong(i -> i).toArray();
        Dim count = tensor.tensorType().shape().elements();
        boolean all = count.isConstant(places.length)
                && IntStream.range(0, places.length).allMatch(i -> places[i] == i);
        addAll(new ReadDims(
                all ? tensor : gather(reshape(tensor, Shape.of(count)), constant(Tensor.vector(places)), 0), names));
    }

    private @Nullable String symbolOf(IntegerEntry entry) {
        for (Builder b = this; b != null; b = b.parent) {
            String symbol = b.readSymbols.get(entry);
            if (symbol != null) {
                return symbol;
            }
        }
        return null;
    }

    /** Whether a symbol has a value here. */
    public boolean knows(String symbol) {
        for (Builder b = this; b != null; b = b.parent) {
            if (b.symbols.contains(symbol)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Keeps new symbols here distinct from those of {@code region}, whose op is added only after nodes that do not
     * exist yet.
     */
    public void reserveSymbolsOf(Builder region) {
        region.reservedBy = this;
        reserve(region.symbols);
        reserve(region.reserved);
    }

    private void reserve(Collection<String> names) {
        for (Builder b = this; b != null; b = b.reservedBy) {
            b.reserved.addAll(names);
        }
    }

    private void addSymbols(Type type) {
        Set<String> names = new LinkedHashSet<>();
        type.collectSymbols(names);
        addSymbols(names);
    }

    private void addSymbols(Collection<String> names) {
        symbols.addAll(names);
        if (reservedBy != null) {
            reservedBy.reserve(names);
        }
    }

    /** A name for a new symbol: {@code hint}, with a number if that is taken. */
    public String freshSymbol(String hint) {
        if (!isTaken(hint)) {
            return hint;
        }
        int i = symbolNumbers.getOrDefault(hint, 0);
        while (isTaken(hint + i)) {
            i++;
        }
        symbolNumbers.put(hint, i);
        return hint + i;
    }

    private boolean isTaken(String symbol) {
        return knows(symbol) || reserved.contains(symbol);
    }

    /** Adds an op with one result. */
    public Value add(Op op) {
        return add(op, "");
    }

    /** Adds an op with one result, which gets the name {@code hint}. */
    public Value add(Op op, String hint) {
        List<Value> results = addAll(op, List.of(hint));
        if (results.size() != 1) {
            throw new InvalidOpException(op.mnemonic() + " has " + results.size() + " results, not one");
        }
        return results.getFirst();
    }

    public List<Value> addAll(Op op) {
        return addAll(op, List.of());
    }

    /** Adds an op; results get the names of {@code hints}, where there are any. */
    public List<Value> addAll(Op op, List<String> hints) {
        try {
            Optional<Op> folded = ShapeArithmetic.fold(op, this);
            Optional<SmallConstants.Known> value =
                    folded.isPresent() ? Optional.empty() : SmallConstants.compute(op, this);
            Op actual = folded.or(
                            () -> value.filter(SmallConstants.Known::isShape).map(k -> new Constant(k.value())))
                    .or(() -> SmallConstants.decided(op, this))
                    .orElse(op);
            List<Type> types = actual.infer(Check.INSTANCE);
            types.forEach(Check.INSTANCE::size);
            List<Value> results = append(actual, types, hints);
            if (actual == op) {
                value.ifPresent(k -> known.put(results.getFirst(), k));
            }
            return results;
        } catch (ArithmeticException e) {
            throw new TooLargeException(op.mnemonic() + ": dimensions out of range (" + e.getMessage() + ")");
        }
    }

    private List<Value> append(Op op, List<Type> types, List<String> hints) {
        List<Value> results = new ArrayList<>();
        for (int i = 0; i < types.size(); i++) {
            String hint = i < hints.size() ? hints.get(i) : "";
            results.add(new Value(hint, types.get(i)));
        }
        Node node = new Node(op, results, location);
        nodes.add(node);
        results.forEach(v -> definitions.put(v, node));
        addSymbols(op.binds());
        return results;
    }

    /** Adds a node's op with mapped operands under the node's own location and result names; for passes that copy. */
    public List<Value> copy(Node node, Op mapped) {
        Location saved = location;
        location = node.location();
        try {
            return addAll(mapped, node.results().stream().map(Value::name).toList());
        } finally {
            location = saved;
        }
    }

    /**
     * Adds a node of another graph as it is, with the values it defines; its operands must be known here. For passes
     * that change little.
     */
    public List<Value> reuse(Node node) {
        nodes.add(node);
        node.results().forEach(v -> definitions.put(v, node));
        addSymbols(node.op().binds());
        return node.results();
    }

    /**
     * Gives the result of the node added last a name, if {@code v} is that and has none; the value to use from now
     * on.
     */
    public Value named(Value v, String hint) {
        if (hint.isEmpty() || !v.name().isEmpty() || nodes.isEmpty()) {
            return v;
        }
        Node last = nodes.getLast();
        if (last.results().size() != 1 || last.results().getFirst() != v) {
            return v;
        }
        Value named = new Value(hint, v.type());
        Node node = new Node(last.op(), List.of(named), last.location());
        nodes.set(nodes.size() - 1, node);
        definitions.remove(v);
        definitions.put(named, node);
        return named;
    }

    // Everyday ops.

    public Value constant(Tensor value) {
        return add(new Constant(value));
    }

    public Value constant(Tensor value, String hint) {
        return add(new Constant(value), hint);
    }

    /** A scalar constant of the element type of {@code like}. */
    public Value scalar(Value like, double value) {
        return constant(Tensor.scalar(like.tensorType().element(), value));
    }

    public Value unary(UnaryFunction f, Value x) {
        return add(new Unary(f, x));
    }

    public Value binary(BinaryFunction f, Value x, Value y) {
        return add(new Binary(f, x, y));
    }

    public Value exp(Value x) {
        return unary(UnaryFunction.EXP, x);
    }

    public Value sqrt(Value x) {
        return unary(UnaryFunction.SQRT, x);
    }

    public Value negate(Value x) {
        return unary(UnaryFunction.NEGATE, x);
    }

    public Value relu(Value x) {
        return unary(UnaryFunction.RELU, x);
    }

    public Value add(Value x, Value y) {
        return binary(BinaryFunction.ADD, x, y);
    }

    public Value subtract(Value x, Value y) {
        return binary(BinaryFunction.SUBTRACT, x, y);
    }

    public Value multiply(Value x, Value y) {
        return binary(BinaryFunction.MULTIPLY, x, y);
    }

    public Value divide(Value x, Value y) {
        return binary(BinaryFunction.DIVIDE, x, y);
    }

    public Value min(Value x, Value y) {
        return binary(BinaryFunction.MIN, x, y);
    }

    public Value max(Value x, Value y) {
        return binary(BinaryFunction.MAX, x, y);
    }

    public Value compare(Comparison c, Value x, Value y) {
        return add(new Compare(c, x, y));
    }

    public Value select(Value condition, Value x, Value y) {
        return add(new Select(condition, x, y));
    }

    public Value cast(Value x, ElementType to) {
        return x.tensorType().element() == to ? x : add(new Cast(x, to, true));
    }

    public Value matMul(Value x, Value y) {
        return add(new MatMul(x, y));
    }

    public Value reduce(ReduceFunction f, Value x, List<Integer> axes, boolean keepDims) {
        return add(new Reduce(f, x, axes, keepDims));
    }

    /** The maximum along one axis, which is kept. */
    public Value reduceMax(Value x, int axis) {
        return reduce(ReduceFunction.REDUCE_MAX, x, List.of(axis), true);
    }

    /** The sum along one axis, which is kept. */
    public Value reduceSum(Value x, int axis) {
        return reduce(ReduceFunction.REDUCE_SUM, x, List.of(axis), true);
    }

    public Value reshape(Value x, Shape shape) {
        return x.tensorType().shape().equals(shape) ? x : add(new Reshape(x, shape));
    }

    public Value transpose(Value x, List<Integer> perm) {
        return IntStream.range(0, perm.size()).allMatch(i -> perm.get(i) == i) ? x : add(new Transpose(x, perm));
    }

    public Value broadcast(Value x, Shape shape) {
        return x.tensorType().shape().equals(shape) ? x : add(new Broadcast(x, shape));
    }

    public Value concat(List<Value> values, int axis) {
        return values.size() == 1 ? values.getFirst() : add(new Concat(values, axis));
    }

    /** {@code size} elements from {@code start} along one axis, all of the others. */
    public Value slice(Value x, int axis, Dim start, Dim size) {
        TensorType t = x.tensorType();
        List<Dim> starts = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        for (int i = 0; i < t.rank(); i++) {
            starts.add(i == axis ? start : Dim.ZERO);
            steps.add(1L);
        }
        return add(new Slice(x, starts, t.shape().with(axis, size).dims(), steps));
    }

    public Value gather(Value x, Value indices, int axis) {
        return add(new Gather(x, indices, axis));
    }

    /** Dimension expressions as an i64 vector. */
    public Value dims(List<Dim> values) {
        return add(new Dims(values, false));
    }

    /** A dimension expression as an i64 scalar. */
    public Value dim(Dim value) {
        return add(new Dims(List.of(value), true));
    }

    /** The integers from 0 up to {@code count}, an i64 vector. */
    public Value iota(Dim count) {
        return add(new Range(constant(Tensor.scalar(0L)), dim(count), constant(Tensor.scalar(1L)), count, false));
    }

    /** {@code x} with axes of size 1 after those that it has, up to {@code rank}. */
    public Value expandRight(Value x, int rank) {
        List<Dim> dims = new ArrayList<>(x.tensorType().shape().dims());
        while (dims.size() < rank) {
            dims.add(Dim.ONE);
        }
        return reshape(x, Shape.of(dims));
    }

    /**
     * Copies the nodes of {@code body}, whose inputs stand for {@code arguments}, into this graph; the values of its
     * outputs.
     */
    public List<Value> inline(Graph body, List<Value> arguments) {
        Map<Value, Value> map = new IdentityHashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            map.put(body.inputs().get(i), arguments.get(i));
        }
        for (Node n : body.nodes()) {
            List<Value> results = copy(n, n.op().mapOperands(v -> map.getOrDefault(v, v)));
            for (int i = 0; i < results.size(); i++) {
                map.put(n.results().get(i), results.get(i));
            }
        }
        return body.outputs().stream().map(v -> map.getOrDefault(v, v)).toList();
    }

    Set<String> unknown(Set<String> names) {
        Set<String> missing = new HashSet<>(names);
        missing.removeIf(this::knows);
        return missing;
    }
}
