package dev.lathe.backend.tensorrt;

import dev.lathe.backend.Refusal;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.IntegerRanges;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Container;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Control;
import dev.lathe.ir.op.Creation;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.Indexing;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Ordering;
import dev.lathe.ir.op.Random;
import dev.lathe.ir.op.Reduction;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.Sampling;
import dev.lathe.ir.op.Tabular;
import dev.lathe.ir.op.Text;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a network of a graph. Each family of ops has its class; this one walks the graph, and knows the tensors of
 * values and the sizes that dimension expressions stand for. Sizes are INT64 vectors of one element, which Shape
 * layers and integer layers compute when the network runs.
 *
 * <p>A node that no layers stand for is a {@link Diagnostic}; what depends on it is left out, so that all such nodes
 * of a model come in one report.
 */
final class Lowering {
    static final String CODE = "tensorrt.unsupported";

    private final Net net;
    private final IntegerRanges ranges;
    private final Map<Value, Tensor> constants = new IdentityHashMap<>();
    /** Values that could not be made. */
    private final Set<Value> missing = Collections.newSetFromMap(new IdentityHashMap<>());

    private final Set<String> missingSymbols = new HashSet<>();
    private final List<Diagnostic> problems = new ArrayList<>();
    /** The nodes among the problems. */
    private final List<Refusal> refusals = new ArrayList<>();

    /** The composites that no layer of their own stands for. */
    private final List<Node> expanded = new ArrayList<>();

    private final Sizes sizes;
    private int placeholders;
    private final ElementwiseLowering elementwise = new ElementwiseLowering(this);
    private final ContractionLowering contraction = new ContractionLowering(this);
    private final ReductionLowering reduction = new ReductionLowering(this);
    private final MovementLowering movement = new MovementLowering(this);
    private final IndexingLowering indexing = new IndexingLowering(this);
    private final SamplingLowering sampling = new SamplingLowering(this);
    private final CreationLowering creation = new CreationLowering(this);
    private final OrderingLowering ordering = new OrderingLowering(this);
    private final ControlLowering control = new ControlLowering(this);
    private final CompositeLowering composite = new CompositeLowering(this);
    private Scope scope = new Scope(null);

    private Lowering(NetworkDefinition network, Graph graph) {
        this.net = new Net(network);
        this.sizes = new Sizes(net, () -> scope, missingSymbols);
        this.ranges = IntegerRanges.OF_ALL_VALUES.of(graph);
        for (Node n : graph.allNodes()) {
            if (n.op() instanceof Constant c) {
                constants.put(n.result(), c.value());
            }
        }
    }

    /** Builds the network of a graph; the nodes that TensorRT cannot run, of which the network is without sense. */
    static List<Diagnostic> run(Graph graph, NetworkDefinition network) {
        Lowering lowering = new Lowering(network, graph);
        lowering.inputs(graph);
        lowering.nodes(graph);
        lowering.outputs(graph);
        return List.copyOf(lowering.problems);
    }

    /**
     * The nodes that TensorRT cannot run. What they make is taken as given, so that what depends on it is judged, too.
     */
    static List<Refusal> refusals(Graph graph) {
        return List.copyOf(recorded(graph).refusals);
    }

    /** The composites that no layer of their own stands for, but those of what they expand to. */
    static List<Node> expanded(Graph graph) {
        return List.copyOf(recorded(graph).expanded);
    }

    private static Lowering recorded(Graph graph) {
        Lowering lowering = new Lowering(new NetworkRecorder(), graph);
        lowering.inputs(graph);
        lowering.nodes(graph);
        return lowering;
    }

    /** Whether no layers stand for an op because of what it is, or because of the elements that it is about. */
    static Optional<LayerException> refusal(Node n) {
        Op op = n.op();
        try {
            op.dependencies().forEach(Lowering::requireTensor);
            n.results().forEach(Lowering::requireTensor);
            requireByBits(n);
        } catch (LayerException e) {
            return Optional.of(e);
        }
        return switch (op) {
            case Text _ -> Optional.of(new LayerException("TensorRT has no strings"));
            case Container _ -> Optional.of(new LayerException("TensorRT has no sequences, maps and optionals"));
            case Tabular _ -> Optional.of(new LayerException("TensorRT has no layer for it"));
            default -> Optional.empty();
        };
    }

    /** Unsigned integers of 64 bits, which are known by their bits, are moved, and computed with one by one. */
    private static void requireByBits(Node n) {
        boolean byBits = switch (n.op()) {
            case Elementwise _, Control _, Constant _, CompositeOp _ -> true;
            case Movement m -> !(m instanceof Resize);
            default -> false;
        };
        boolean given = Stream.concat(n.op().dependencies().stream(), n.results().stream())
                .anyMatch(v -> v.tensorType().element() == ElementType.U64);
        if (given && !byBits) {
            throw noElement(ElementType.U64);
        }
    }

    private static void requireTensor(Value v) {
        if (!(v.type() instanceof TensorType t)) {
            throw new LayerException("TensorRT has no sequences, maps and optionals");
        }
        if (!t.isRanked()) {
            throw new LayerException("its rank is not known", "give the shapes of inputs with --shape");
        }
        if (DataType.carrier(t.element()).isEmpty()) {
            throw noElement(t.element());
        }
    }

    static LayerException noElement(ElementType element) {
        return new LayerException(
                "TensorRT has no elements of " + element.text(),
                element == ElementType.F64
                        ? "export the model with f32, or let target java run this part (--allow-fallback)"
                        : "let target java run this part (--allow-fallback)");
    }

    // The graph.

    private void inputs(Graph graph) {
        for (Value v : graph.inputs()) {
            try {
                requireTensor(v);
                TensorType t = v.tensorType();
                NetworkTensor made = net.network()
                        .input(
                                v.name(),
                                DataType.port(t.element()).orElseThrow(),
                                Sizes.known(t.shape().dims()));
                scope.define(v, made);
                bindSizes(t, made);
            } catch (LayerException e) {
                problems.add(problem("input \"" + v.name() + "\" of " + v.type(), Location.NONE, e));
                missing.add(v);
                Set<String> symbols = new HashSet<>();
                v.type().collectSymbols(symbols);
                missingSymbols.addAll(symbols);
            }
        }
    }

    private void outputs(Graph graph) {
        for (int i = 0; i < graph.outputs().size(); i++) {
            Value v = graph.outputs().get(i);
            String name = graph.outputNames().get(i);
            if (missing.contains(v)) {
                continue;
            }
            net.at("");
            try {
                requireTensor(v);
                NetworkTensor t =
                        net.cast(raw(v), DataType.port(v.tensorType().element()).orElseThrow());
                // An input or a constant that is an output, too, needs a layer of its own.
                boolean own = graph.inputs().contains(v) || graph.outputs().indexOf(v) < i || constants.containsKey(v);
                net.network().output(name, own ? same(t) : t);
                if (dependsOnData(graph, v)) {
                    net.network().output(shapeOutput(name), net.shape(t));
                }
            } catch (LayerException e) {
                problems.add(problem("output \"" + name + "\" of " + v.type(), Location.NONE, e));
            }
        }
    }

    /** The output that tells the sizes of an output of this name, where data decides them. */
    static String shapeOutput(String output) {
        return output + "/shape";
    }

    private static boolean dependsOnData(Graph graph, Value output) {
        Set<String> symbols = new HashSet<>();
        output.type().collectSymbols(symbols);
        return !graph.inputSymbols().containsAll(symbols);
    }

    /** A copy of a tensor: a reshape to the shape that it has. */
    NetworkTensor same(NetworkTensor t) {
        return net.add(new Layer.Shuffle(t, Optional.of(Net.axes(0, t.rank())), Optional.empty(), false));
    }

    void nodes(Graph graph) {
        for (Node n : graph.nodes()) {
            node(n);
        }
    }

    private void node(Node n) {
        if (n.op() instanceof Constant c) {
            constants.put(n.result(), c.value());
            return; // made where it is used
        }
        net.at(n.location().isNone() ? "" : n.location().origins().getFirst().name());
        try {
            Optional<LayerException> refused = refusal(n);
            if (refused.isPresent()) {
                throw refused.get();
            }
            List<NetworkTensor> made = lower(n);
            for (int i = 0; i < made.size(); i++) {
                Value v = n.results().get(i);
                scope.define(v, made.get(i));
                if (!n.op().binds().isEmpty()) {
                    bindSizes(v.tensorType(), made.get(i));
                }
            }
        } catch (MissingSizeException e) {
            miss(n);
        } catch (LayerException e) {
            problems.add(problem(described(n.op()), n.location(), e));
            refusals.add(new Refusal(n, e.reason(), e.remedy()));
            miss(n);
        }
    }

    /** Takes what a node would make as given, where TensorRT has such values. */
    private void miss(Node n) {
        missingSymbols.addAll(n.op().binds());
        for (Value v : n.results()) {
            try {
                requireTensor(v);
                TensorType t = v.tensorType();
                NetworkTensor made = net.network()
                        .input(
                                "missing/" + placeholders++,
                                DataType.carrier(t.element()).orElseThrow(),
                                Sizes.known(t.shape().dims()));
                scope.define(v, made);
                bindSizes(t, made);
            } catch (LayerException e) {
                missing.add(v);
            }
        }
    }

    /** {@code mat_mul of f64[2, 3], f64[3, 4]}. */
    private static String described(Op op) {
        String types = op.operands().stream().map(v -> v.type().toString()).collect(Collectors.joining(", "));
        return op.mnemonic() + (types.isEmpty() ? "" : " of " + types);
    }

    private static Diagnostic problem(String what, Location at, LayerException e) {
        return Diagnostic.error(CODE, at, what + ": target tensorrt cannot run it: " + e.reason(), e.remedy());
    }

    private List<NetworkTensor> lower(Node n) {
        return switch (n.op()) {
            case Elementwise op -> List.of(elementwise.lower(op, n.result()));
            case Contraction op -> List.of(contraction.lower(op));
            case Reduction op -> List.of(reduction.lower(op, n.result()));
            case Movement op -> List.of(movement.lower(op, n.result()));
            case Indexing op -> List.of(indexing.lower(op));
            case Creation op -> creation.lower(op);
            case Ordering op -> ordering.lower(op);
            case Control op -> control.lower(op);
            case Sampling op -> List.of(sampling.lower(op));
            case Random op -> List.of(creation.random(op));
            case CompositeOp op -> composite.lower(op).orElseGet(() -> expansion(n, op));
            // These were refused before.
            case Container _, Text _, Tabular _ -> throw new LayerException("TensorRT has no layer for it");
        };
    }

    /** The layers of what a composite expands to. */
    private List<NetworkTensor> expansion(Node node, CompositeOp op) {
        expanded.add(node);
        Builder b = Builder.graph("expansion");
        op.operands().stream().distinct().forEach(v -> {
            Tensor value = constants.get(v);
            if (value == null) {
                b.input(v);
            }
        });
        Map<Value, Value> copies = new IdentityHashMap<>();
        op.operands().stream().distinct().forEach(v -> {
            Tensor value = constants.get(v);
            if (value != null) {
                copies.put(v, b.constant(value));
            }
        });
        List<Value> results = ((CompositeOp) op.mapOperands(v -> copies.getOrDefault(v, v))).expandAll(b);
        Graph expansion = b.build(results, results.stream().map(Value::name).toList());
        for (Node n : expansion.nodes()) {
            if (n.op() instanceof Constant c) {
                constants.put(n.result(), c.value());
                continue;
            }
            Optional<LayerException> refused = refusal(n);
            if (refused.isPresent()) {
                throw refused.get();
            }
            List<NetworkTensor> made = lower(n);
            for (int i = 0; i < made.size(); i++) {
                scope.define(n.results().get(i), made.get(i));
            }
        }
        return results.stream().map(this::raw).toList();
    }

    // What the families ask for.

    Net net() {
        return net;
    }

    /** The tensor of a value as it was made, which may be of a quantized type. */
    NetworkTensor raw(Value v) {
        NetworkTensor t = scope.value(v);
        if (t == null) {
            Tensor value = constants.get(v);
            if (value == null) {
                throw new MissingSizeException();
            }
            t = net.constant(value);
            scope.define(v, t);
        }
        return t;
    }

    /** The tensor of a value in its carrier. */
    NetworkTensor tensor(Value v) {
        NetworkTensor t = raw(v);
        DataType carrier = DataType.carrier(v.tensorType().element()).orElseThrow();
        if (t.type() == carrier) {
            return t;
        }
        NetworkTensor made = scope.carried(v);
        if (made == null) {
            made = net.cast(t, carrier);
            scope.defineCarried(v, made);
        }
        return made;
    }

    /** The numbers of a value that a constant defines. */
    Optional<Tensor> constant(Value v) {
        return Optional.ofNullable(constants.get(v));
    }

    /** Between which numbers the integers of a value lie; null if nothing is known. */
    IntegerRanges.@Nullable Range range(Value v) {
        return ranges.of(v);
    }

    /** Dimension expressions as a layer takes them. */
    Extents extents(List<Dim> dims) {
        return sizes.extents(dims);
    }

    /** Dimension expressions as an INT64 vector. */
    NetworkTensor vector(List<Dim> dims) {
        return sizes.vector(dims);
    }

    /** A dimension expression, an INT64 vector of one element. */
    NetworkTensor size(Dim d) {
        return sizes.size(d);
    }

    /** A dimension expression, an INT64 scalar. */
    NetworkTensor scalar(Dim d) {
        return sizes.scalar(d);
    }

    /** Symbols that are sizes of a tensor are read from it, when they are asked for. */
    void bindSizes(TensorType type, NetworkTensor t) {
        for (int axis = 0; axis < type.rank(); axis++) {
            if (type.dim(axis).isSymbol()) {
                long place = axis;
                bind(type.dim(axis).symbolName(), () -> net.element(net.shape(t), place));
            }
        }
    }

    void bind(String symbol, Supplier<NetworkTensor> source) {
        scope.defineSymbol(symbol, source);
    }

    /** The number of a loop that a lowering makes. */
    int newLoop() {
        return control.newLoop();
    }

    /** Whether a dimension expression has sizes of what is there by now alone. */
    boolean isKnownHere(Dim d) {
        Set<String> symbols = new HashSet<>();
        d.collectSymbols(symbols);
        return symbols.stream().allMatch(s -> scope.source(s) != null);
    }

    void define(Value v, NetworkTensor t) {
        scope.define(v, t);
    }

    /**
     * Lowers a region whose inputs are {@code inputs}.
     *
     * @return its outputs in their carriers
     */
    List<NetworkTensor> region(Graph region, List<NetworkTensor> inputs) {
        Scope around = scope;
        scope = new Scope(around);
        try {
            for (int i = 0; i < inputs.size(); i++) {
                Value v = region.inputs().get(i);
                scope.define(v, inputs.get(i));
                bindSizes(v.tensorType(), inputs.get(i));
            }
            nodes(region);
            if (region.outputs().stream().anyMatch(missing::contains)) {
                throw new MissingSizeException();
            }
            return region.outputs().stream().map(this::tensor).toList();
        } finally {
            scope = around;
        }
    }
}
