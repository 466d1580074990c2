package dev.lathe.backend.plan;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.IntegerRanges;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Control;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says which steps a graph becomes. What has a row in the target's table of {@link Kernels} is planned by it; a
 * composite without one is its expansion, and any other op runs by its reference meaning on the host.
 */
public final class Planner {
    private final Kernels kernels;
    private final StoredWeights weights;
    /** The symbols that the inputs bind. */
    private final Set<String> known;
    /** What runs when the model is loaded, and so is a weight here. */
    private final @Nullable LoadPlan load;

    private final Views views = new Views();
    private final Map<Value, Weight> constants = new IdentityHashMap<>();
    /** What plans the values that products pack from other weights, should something else read them. */
    private final Map<Value, Supplier<View>> unread = new IdentityHashMap<>();
    /** The values that are made where the caller wants them. */
    private final Map<Value, Integer> outputs = new IdentityHashMap<>();

    /** The integers that are sizes. */
    private final Map<Value, Dim> sizes = new IdentityHashMap<>();

    /** Which values are parts of others. */
    private final Concatenations concatenations;

    /** Between which integers values lie; null where nothing asks. */
    private final @Nullable IntegerRanges ranges;

    private final List<Buffer> buffers = new ArrayList<>();
    private final List<Instruction> prepare = new ArrayList<>();
    private final List<Node> expanded = new ArrayList<>();
    private final List<Node> onHost = new ArrayList<>();
    private List<Instruction> steps = new ArrayList<>();
    private Location location = Location.NONE;
    /** The name of the value that is being planned. */
    private String value = "";

    private int slots;
    private int lists;

    private final ElementwisePlans elementwise = new ElementwisePlans(this);
    private final HostPlans host = new HostPlans(this);
    private final ControlPlans control = new ControlPlans(this);

    private Planner(
            Kernels kernels,
            StoredWeights weights,
            Set<String> known,
            @Nullable LoadPlan load,
            Concatenations concatenations,
            @Nullable IntegerRanges ranges) {
        this.ranges = ranges;
        this.concatenations = concatenations;
        this.kernels = kernels;
        this.weights = weights;
        this.known = known;
        this.load = load;
    }

    /** Plans a graph for a target with {@code kernels}. */
    public static Plan plan(Graph graph, Kernels kernels) {
        LoadPlan load = new LoadPlan(graph, kernels);
        StoredWeights weights = new StoredWeights();
        Optional<Plan> atLoad = load.isEmpty()
                ? Optional.empty()
                : Optional.of(plan(load.graph(), kernels, weights, null, Optional.empty()));
        return plan(graph, kernels, weights, load, atLoad);
    }

    private static Plan plan(
            Graph graph, Kernels kernels, StoredWeights weights, @Nullable LoadPlan load, Optional<Plan> atLoad) {
        Concatenations concatenations = kernels.hasRowsApart() ? Concatenations.of(graph) : Concatenations.none();
        IntegerRanges ranges = kernels.hasByteOperands() ? IntegerRanges.OF_ALL_VALUES.of(graph) : null;
        Planner p = new Planner(kernels, weights, graph.inputSymbols(), load, concatenations, ranges);
        for (int i = 0; i < graph.outputs().size(); i++) {
            p.outputs.putIfAbsent(graph.outputs().get(i), i);
        }
        for (int i = 0; i < graph.inputs().size(); i++) {
            p.input(graph.inputs().get(i), i);
        }
        p.graph(graph);
        List<View> results =
                graph.outputs().stream().map(v -> p.flat(p.view(v))).toList();
        return new Plan(
                graph,
                List.copyOf(weights.tensors()),
                atLoad,
                p.buffers,
                p.slots,
                p.prepare,
                kernels.hasExpansions() ? Expansions.joined(p.steps, results) : p.steps,
                results,
                p.expanded,
                p.onHost);
    }

    /**
     * Whether one kernel runs a group, wherever its operands are.
     *
     * @param group constants of one element first, the node that defines the result last
     * @param known the symbols that the inputs of the whole graph bind
     * @param constants the weight that a value from outside is; null for others
     */
    static boolean tries(
            List<Node> group,
            Kernels kernels,
            StoredWeights weights,
            Set<String> known,
            Function<Value, @Nullable Weight> constants) {
        Planner p = new Planner(kernels, weights, known, null, Concatenations.none(), null);
        Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Node n : group) {
            for (Value v : n.op().operands()) {
                if (!seen.add(v)) {
                    continue;
                }
                Weight w = constants.apply(v);
                if (w != null) {
                    p.constant(v, w);
                } else if (p.isPlanned(v.type())) {
                    p.put(v, p.scratch(v.tensorType()));
                } else {
                    return false;
                }
            }
            seen.addAll(n.results());
        }
        return group.stream().allMatch(n -> n.op() instanceof Constant || p.isKnown(n))
                && p.group(group, group.getLast().result());
    }

    /** Gives input {@code number} its place: the caller's array, or a slot. */
    private void input(Value v, int number) {
        if (isPlanned(v.type())) {
            put(v, View.contiguous(v.tensorType(), new Place.Input(number)));
        } else {
            add(new Step.TakeInput(number, allocate(v)));
        }
    }

    void graph(Graph graph) {
        graph.nodes().forEach(this::node);
    }

    void node(Node n) {
        Location around = location;
        String outer = value;
        if (!n.location().isNone()) {
            location = n.location();
        }
        if (!n.results().isEmpty() && !n.results().getFirst().name().isEmpty()) {
            value = n.results().getFirst().name();
        } else if (!n.location().isNone()) {
            value = n.location().origins().getLast().name(); // what a pass made has no name
        }
        plan(n);
        location = around;
        value = outer;
    }

    private void plan(Node n) {
        if (n.op() instanceof Constant(Tensor t)) {
            constant(n.result(), weights.add(t, n.result().name()));
            return;
        }
        if (load != null && load.contains(n)) {
            Weight computed = load.computed().get(n.result());
            if (computed != null) {
                constant(n.result(), computed);
            }
            return;
        }
        Weight packed = load == null ? null : load.packed(n, constants::get);
        if (packed != null) {
            constants.put(n.result(), packed);
            unread.put(n.result(), () -> {
                compute(n);
                return view(n.result());
            });
            return;
        }
        compute(n);
    }

    private void compute(Node n) {
        if (n.op() instanceof Dims(List<Dim> values, boolean scalar) && scalar) {
            sizes.put(n.result(), values.getFirst());
        }
        if (n.op() instanceof Control c) {
            control.plan(c, n);
        } else if (isDynamic(n) || !kernel(n)) {
            without(n);
        }
    }

    private void constant(Value v, Weight w) {
        constants.put(v, w);
        if (kernels.hasArrays(w.element()) && View.isAddressable(w.type().shape())) {
            put(v, View.contiguous(w.type(), new Place.Constant(w)));
        } else {
            Location own = location;
            unread.put(v, () -> {
                View slot = slot(w.type());
                prepare.add(new Instruction(own, v.name(), new Step.TakeConstant(w, slot)));
                return slot;
            });
        }
    }

    /** Whether sizes are known only while it runs, or an operand is in a slot. */
    private boolean isDynamic(Node n) {
        return n.op().operands().stream().anyMatch(v -> isUnread(v) ? !isPlanned(v.type()) : view(v).isInSlot())
                || !isKnown(n);
    }

    /** Whether the sizes of results, and those that an op asks for, are known before the first step. */
    private boolean isKnown(Node n) {
        return n.op().binds().isEmpty()
                && n.results().stream().allMatch(v -> isPlanned(v.type()))
                && (n.op() instanceof Slice
                        || n.op() instanceof Dims // which read them when they run
                        || isKnown(OpSchema.of(n.op().getClass()).attributeSymbols(n.op())));
    }

    /** Whether values of a type have a place in an array, with a size that is known before the first step. */
    boolean isPlanned(Type type) {
        return type instanceof TensorType t
                && t.isRanked()
                && kernels.hasArrays(t.element())
                && View.isAddressable(t.shape())
                && isKnown(t.symbols());
    }

    /** Whether the inputs tell the values of symbols. */
    private boolean isKnown(Set<String> symbols) {
        return known.containsAll(symbols);
    }

    private boolean kernel(Node n) {
        if (n.op() instanceof Fused f) {
            boolean runs = fused(f, n.result());
            assert runs : "no kernel runs the group " + n.result() + ", which fusion asked for: " + f.body();
            return runs;
        }
        if (n.results().size() != 1) {
            return kernels.plan(this, n.op(), n.results());
        }
        return kernels.plan(this, n.op(), n.result(), null)
                || n.op() instanceof CoreOp && n.op().isElementwise() && elementwise.plan(List.of(n), n.result());
    }

    /** What has no kernel: a composite as its expansion, a core op by its meaning. */
    private void without(Node n) {
        switch (n.op()) {
            case CompositeOp c -> {
                expanded.add(n);
                Builder b = Builder.graph("expansion");
                List<Value> results = c.expandAll(b);
                for (int i = 0; i < results.size(); i++) {
                    standsFor(results.get(i), n.results().get(i));
                }
                graph(b.build(results, results.stream().map(Value::name).toList()));
                for (int i = 0; i < results.size(); i++) {
                    put(n.results().get(i), view(results.get(i)));
                }
            }
            case CoreOp c -> {
                onHost(c, n);
            }
        }
    }

    private void onHost(CoreOp op, Node n) {
        if (!kernels.hasForValues(op)) {
            onHost.add(n);
        }
        host.plan(op, n);
    }

    /** What the target has. */
    Kernels kernels() {
        return kernels;
    }

    /** Whether kernels run elementwise ops whose operands turn out to repeat, too, and not the host. */
    boolean repeatsByKernels() {
        return kernels.repeats();
    }

    /** Elementwise {@code nodes} by their meaning, with the result in {@code out}. */
    List<Instruction> withoutKernels(List<Node> nodes, Value result, View out) {
        return region(() -> {
            for (Node n : nodes) {
                if (n.op() instanceof Constant) {
                    plan(n);
                } else {
                    onHost((CoreOp) n.op(), n);
                }
            }
            copy(view(result), out);
        });
    }

    private boolean fused(Fused f, Value result) {
        Graph body = f.body();
        for (int i = 0; i < f.arguments().size(); i++) {
            Value argument = f.arguments().get(i);
            Value inner = body.inputs().get(i);
            if (isUnread(argument)) {
                unread.put(inner, () -> view(argument));
            } else {
                put(inner, view(argument));
            }
            Weight w = constants.get(argument);
            if (w != null) {
                constants.put(inner, w);
            }
        }
        Value last = body.outputs().getFirst();
        standsFor(last, result);
        if (!group(body.nodes(), last)) {
            return false;
        }
        put(result, view(last));
        return true;
    }

    /** Plans a group as one kernel, an anchor with its epilogue or elementwise ops alone; false if there is none. */
    private boolean group(List<Node> nodes, Value result) {
        List<Node> anchors = nodes.stream()
                .filter(n -> !n.op().isElementwise() && !(n.op() instanceof Constant))
                .toList();
        if (anchors.isEmpty()) {
            return elementwise.plan(nodes, result);
        }
        Node anchor = anchors.getFirst();
        Epilogue epilogue = Epilogue.of(nodes, anchor, result);
        if (anchors.size() > 1 || !epilogue.follows(anchor, nodes)) {
            return false;
        }
        for (Node number : epilogue.numbers()) {
            if (anchor.op().operands().contains(number.result())) {
                node(number);
            }
        }
        return kernels.plan(this, anchor.op(), anchor.result(), epilogue.isEmpty() ? null : epilogue);
    }

    // Steps.

    void add(Step step) {
        steps.add(new Instruction(location, value, step));
    }

    /** Adds a reduction, to one of the same rows if there is one: what is read is written by no step in between. */
    void reduce(Step.ReduceRows step) {
        for (int i = steps.size() - 1; i >= 0; i--) {
            Instruction earlier = steps.get(i);
            Step.ReduceRows both = earlier.step() instanceof Step.ReduceRows r ? r.with(step) : null;
            if (both != null) {
                steps.set(i, new Instruction(earlier.location().and(location), earlier.value(), both));
                return;
            }
        }
        add(step);
    }

    /** The steps that {@code body} plans, as a list of their own. Views that it puts exist only inside. */
    List<Instruction> region(Runnable body) {
        int around = views.begin();
        List<Instruction> outer = steps;
        List<Instruction> inner = new ArrayList<>();
        steps = inner;
        body.run();
        steps = outer;
        views.end(around);
        return inner;
    }

    /** Checks when it runs that two sizes are equal, where types leave that open. */
    void requireEqual(Dim a, Dim b, String message) {
        if (!a.equals(b)) {
            add(new Step.Guard(new Condition.Equal(a, b), message));
        }
    }

    /** Checks when it runs that a size is not negative, where types leave that open. */
    void requireNonNegative(Dim d, String message) {
        if (!d.isNonNegative()) {
            add(new Step.Guard(new Condition.NonNegative(d), message));
        }
    }

    /** Copies elements between views of one shape, or a value into a slot or out of one. */
    void copy(View from, View to) {
        if (!from.equals(to)) {
            add(new Step.Copy(from.isInSlot() || to.isInSlot() ? flat(from) : from, to));
        }
    }

    int list() {
        return lists++;
    }

    HostPlans host() {
        return host;
    }

    /** A kernel for an epilogue; null if there is none. */
    @Nullable
    ElementwiseKernel epilogue(Epilogue epilogue, Value anchor, Shape shape) {
        return elementwise.epilogue(epilogue, anchor, shape);
    }

    boolean writes(List<Node> nodes) {
        return kernels.writes(nodes);
    }

    // Values and their places.

    View view(Value v) {
        View view = views.get(v);
        if (view == null && unread.get(v) instanceof Supplier<View> later) {
            view = later.get();
            put(v, view);
        }
        if (view == null) {
            throw new IllegalStateException("no place for " + v);
        }
        return view;
    }

    /** Whether a value has no place, as only products use it so far, which pack it, or nothing does. */
    private boolean isUnread(Value v) {
        return unread.containsKey(v) && views.get(v) == null;
    }

    /** Whether a value has its place before it is made. */
    boolean isPlaced(Value v) {
        return views.get(v) != null;
    }

    void put(Value v, View view) {
        views.put(v, view);
    }

    /**
     * The weight that a value is, if it is known when the model is loaded; for a product one of another element type
     * with the same elements, or with codes of them.
     */
    @Nullable
    Weight constant(Value v) {
        return constants.get(v);
    }

    /** The tensor that a value is, if that itself is stored in the model. */
    @Nullable
    Tensor tensor(Value v) {
        Weight w = constants.get(v);
        return w == null || w.computed() || !w.type().equals(v.type()) ? null : weights.get(w.number());
    }

    /** The size that a value of one integer is, if types tell it. */
    Optional<Dim> size(Value v) {
        Tensor t = tensor(v);
        return t != null && t.size() == 1 ? Optional.of(Dim.of(t.getLong(0))) : Optional.ofNullable(sizes.get(v));
    }

    /**
     * How bytes hold the left operand of so many products with weights, if the target asks; see {@link ByteOperand}.
     */
    Optional<ByteOperand> bytes(Value x, Value filters, long products) {
        return ranges == null ? Optional.empty() : ByteOperand.of(ranges.of(x), ranges.of(filters), products);
    }

    /** Notes that {@code inner}, a result of a body, becomes {@code outer}. */
    private void standsFor(Value inner, Value outer) {
        Integer output = outputs.get(outer);
        if (output != null) {
            outputs.put(inner, output);
        }
        concatenations.standsFor(inner, outer);
    }

    /** A place for a result. */
    View allocate(Value result) {
        Integer output = outputs.get(result);
        View view = output != null && isPlanned(result.type())
                ? View.contiguous(result.tensorType(), new Place.Output(output))
                : place(result.type());
        put(result, view);
        return view;
    }

    /** A place for a result whose rows may be apart: the columns that it is of another value, if it is. */
    View allocateRows(Value result) {
        View part = part(result);
        if (part == null) {
            return allocate(result);
        }
        put(result, part);
        return part;
    }

    /** The columns that a value is of another; null if it is none. */
    @Nullable
    View part(Value v) {
        Concatenations.Part part = concatenations.of(v);
        if (part == null || !isPlanned(v.type()) || !isPlanned(part.home().type())) {
            return null;
        }
        View home = views.get(part.home());
        return (home == null ? allocate(part.home()) : home).columns(v.tensorType(), part.at());
    }

    /** Whether a value is where kernels of the target read it without a copy, but not contiguous. */
    boolean hasRowsApart(Value v) {
        return kernels.hasRowsApart()
                && !isUnread(v)
                && !view(v).isInSlot()
                && !view(v).isContiguous()
                && view(v).rowStride().isPresent();
    }

    /** The value with elements of a row one after the other: as it is, or copied. */
    View rows(Value v) {
        return kernels.hasRowsApart() && view(v).rowStride().isPresent() ? view(v) : contiguous(v);
    }

    /** A place for a value of a type. */
    View place(Type type) {
        return isPlanned(type) ? scratch((TensorType) type) : slot(type);
    }

    /** A slot for a value of a type. */
    View slot(Type type) {
        TensorType tensor = type instanceof TensorType t ? t : TensorType.scalar(ElementType.STRING);
        return new View(tensor, new Place.Slot(slots++), Dim.ZERO, List.of());
    }

    /** A buffer for an intermediate tensor. */
    View scratch(TensorType type) {
        buffers.add(new Buffer(type.element(), type.shape(), value));
        return View.contiguous(type, new Place.Buffer(buffers.size() - 1));
    }

    /** The value contiguous: as it is, or copied. */
    View contiguous(Value v) {
        View view = contiguous(view(v));
        put(v, view);
        return view;
    }

    View contiguous(View view) {
        if (view.isContiguous()) {
            return view;
        }
        View copy = scratch(view.type());
        copy(view, copy);
        return copy;
    }

    /** What is in an array contiguous, what is in a slot as it is. */
    View flat(View view) {
        return view.isInSlot() ? view : contiguous(view);
    }
}
