package dev.lathe.backend.java;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Container;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Control;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Creation;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.Indexing;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.op.Ordering;
import dev.lathe.ir.op.Random;
import dev.lathe.ir.op.Reduction;
import dev.lathe.ir.op.Sampling;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Tabular;
import dev.lathe.ir.op.Text;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import dev.lathe.runtime.LoadedWeights;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Says what each node becomes. A family's class answers whether it has a kernel for a node and emits it; whatever has
 * none runs by its reference meaning on tensors that share the arenas.
 */
final class Emitter {
    final Program p;
    private final Map<Value, View> views = new IdentityHashMap<>();
    private final Map<Value, Weight> constants = new IdentityHashMap<>();
    /** The values that are made where the caller wants them. */
    private final Map<Value, Integer> outputs = new IdentityHashMap<>();

    private final ContractionSteps contractions = new ContractionSteps(this);
    private final RowSteps rows = new RowSteps(this);
    private final MovementSteps movements = new MovementSteps(this);
    private final PointwiseSteps pointwise = new PointwiseSteps(this);
    private final OpSteps generic = new OpSteps(this);
    private final ControlSteps control = new ControlSteps(this);

    /** What runs when the model is loaded, and so is a weight here. */
    private final @Nullable LoadPlan load;

    Emitter(Program p, List<Value> results, @Nullable LoadPlan load) {
        this.p = p;
        this.load = load;
        for (int i = 0; i < results.size(); i++) {
            outputs.putIfAbsent(results.get(i), i);
        }
    }

    PointwiseSteps pointwise() {
        return pointwise;
    }

    OpSteps generic() {
        return generic;
    }

    /** Gives input {@code number} its place: the caller's array, or a box. */
    void input(Value v, int number) {
        Optional<Kind> kind = JavaText.element(v.type()).flatMap(Kind::of);
        if (kind.isPresent() && isPlanned(v.type())) {
            put(v, View.contiguous(v.tensorType(), new Place.Input(kind.get(), number)));
        } else {
            View box = allocate(v);
            if (box.place() instanceof Place.Box(int at)) {
                p.step("boxed[" + at + "] = given(" + number + ");");
            }
        }
    }

    /** A result as neighbours, which stays until the end. */
    View output(Value v) {
        View flat = flat(view(v));
        p.keep(flat.place());
        return flat;
    }

    void graph(Graph graph) {
        graph.nodes().forEach(this::node);
    }

    void node(Node n) {
        String around = p.at(n);
        emit(n);
        p.at(around);
    }

    private void emit(Node n) {
        if (n.op() instanceof Constant(Tensor t)) {
            constant(n.result(), new Weight(t.type(), p.weight(t)));
            return;
        }
        if (load != null && load.contains(n)) {
            Weight computed = load.computed().get(n.result());
            if (computed != null) {
                constant(n.result(), computed);
            }
            return;
        }
        if (n.op() instanceof Control c) {
            control.emit(c, n);
        } else if (isDynamic(n) || !kernel(n)) {
            without(n);
        }
    }

    private void constant(Value v, Weight w) {
        constants.put(v, w);
        Optional<Kind> kind = Kind.of(w.element());
        views.put(
                v,
                kind.isPresent() && View.isAddressable(w.type().shape())
                        ? View.contiguous(w.type(), new Place.Weight(kind.get(), w.number()))
                        : constantBox(w));
    }

    private View constantBox(Weight w) {
        Place.Box box = p.box();
        p.prepare("boxed[" + box.number() + "] = m.weights.tensor(" + w.number() + ");");
        return new View(w.type(), box, Dim.ZERO, List.of());
    }

    /** Whether sizes are known only while it runs, or an operand is in a box. */
    private boolean isDynamic(Node n) {
        return !n.op().binds().isEmpty()
                || n.op().operands().stream().anyMatch(v -> view(v).isBoxed())
                || n.results().stream().anyMatch(v -> !isPlanned(v.type()))
                || !(n.op() instanceof Slice || n.op() instanceof Dims) // which read them when they run
                        && !p.symbols.isKnown(OpSchema.of(n.op().getClass()).attributeSymbols(n.op()));
    }

    /** Whether values of a type have a place in an arena. */
    boolean isPlanned(Type type) {
        return type instanceof TensorType t
                && t.isRanked()
                && Kind.of(t.element()).isPresent()
                && View.isAddressable(t.shape())
                && t.shape().dims().stream().allMatch(p.symbols::isKnown);
    }

    /** Emits a kernel for {@code n}; false, and nothing is emitted, if there is none. */
    private boolean kernel(Node n) {
        return switch (n.op()) {
            case CompositeOp c -> composite(c, n);
            case Contraction c -> contractions.emit(c, n.result(), null);
            case Reduction r -> rows.reduce(r, n.result());
            case Movement m -> movements.emit(m, n.result());
            case Elementwise _ -> pointwise.emit(List.of(n), n.result());
            case Indexing i -> movements.index(i, n.result());
            case Creation c -> movements.create(c, n.result());
            case Ordering _, Control _, Container _, Sampling _, Text _, Random _, Tabular _ -> false;
        };
    }

    private boolean composite(CompositeOp op, Node n) {
        return switch (op) {
            case Softmax s -> rows.softmax(s, n.result());
            case LayerNorm l -> rows.layerNorm(l, n.result());
            case ScaledDotProductAttention a -> rows.attention(a, n.result());
            case Fused f -> fused(f, n.result());
            default -> false;
        };
    }

    /** What has no kernel: a composite as its expansion, a core op by its meaning. */
    private void without(Node n) {
        switch (n.op()) {
            case CompositeOp c -> {
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
            case CoreOp c -> generic.emit(c, n);
        }
    }

    /** A method that computes elementwise {@code nodes} by their meaning and leaves the result in {@code out}. */
    String withoutKernels(List<Node> nodes, Value result, View out) {
        Map<Value, View> around = views();
        List<String> outer = p.beginPart();
        for (Node n : nodes) {
            if (n.op() instanceof Constant) {
                emit(n);
            } else {
                generic.emit((CoreOp) n.op(), n);
            }
        }
        copy(view(result), out);
        restore(around);
        return p.method("broadcast", p.endPart(outer));
    }

    /** A group: an anchor with its epilogue, or elementwise ops alone. */
    private boolean fused(Fused f, Value result) {
        Graph body = f.body();
        for (int i = 0; i < f.arguments().size(); i++) {
            views.put(body.inputs().get(i), view(f.arguments().get(i)));
            Weight w = constants.get(f.arguments().get(i));
            if (w != null) {
                constants.put(body.inputs().get(i), w);
            }
        }
        Value last = body.outputs().getFirst();
        standsFor(last, result);
        List<Node> anchors = body.nodes().stream().filter(n -> isAnchor(n.op())).toList();
        boolean done;
        if (anchors.isEmpty()) {
            done = pointwise.emit(body.nodes(), last);
        } else {
            Node anchor = anchors.getFirst();
            List<Node> after = Epilogue.after(body, anchor);
            List<Node> before = body.nodes().stream()
                    .filter(n -> n != anchor && !after.contains(n))
                    .toList();
            before.stream() // a constant of one element can be an operand of the anchor, too
                    .filter(n ->
                            n.op() instanceof Constant && anchor.op().operands().contains(n.result()))
                    .forEach(this::node);
            done = anchors.size() == 1
                    && anchor.op() instanceof Contraction c
                    && before.stream().allMatch(n -> n.op() instanceof Constant)
                    && contractions.emit(c, anchor.result(), new Epilogue(before, after, last));
            if (!done && anchors.size() == 1) {
                parts(before, anchor, after);
                done = true;
            }
        }
        if (!done) {
            graph(body);
        }
        put(result, view(last));
        return true;
    }

    /** Expressions as arguments. */
    static String join(List<String> parts) {
        return String.join(", ", parts);
    }

    static boolean isAnchor(Op op) {
        return !(op instanceof Elementwise) && !(op instanceof Constant);
    }

    /** A group whose anchor takes no epilogue: what comes before it, it, and what comes after, each as a kernel. */
    private void parts(List<Node> before, Node anchor, List<Node> after) {
        elementwise(before, anchor.op().operands());
        node(anchor);
        elementwise(after, List.of());
    }

    /** Ops whose last result, and what else is in {@code needed}, is used after them. */
    private void elementwise(List<Node> nodes, List<Value> needed) {
        List<Node> ops =
                nodes.stream().filter(n -> !(n.op() instanceof Constant)).toList();
        nodes.stream().filter(n -> n.op() instanceof Constant).forEach(this::node);
        if (!ops.isEmpty()
                && !(Epilogue.hasOneResult(ops)
                        && ops.subList(0, ops.size() - 1).stream().noneMatch(n -> needed.contains(n.result()))
                        && pointwise.emit(nodes, ops.getLast().result()))) {
            ops.forEach(this::node);
        }
    }

    // Values and their places.

    View view(Value v) {
        View view = views.get(v);
        if (view == null) {
            throw new IllegalStateException("no place for " + v);
        }
        return view;
    }

    void put(Value v, View view) {
        views.put(v, view);
    }

    /** The weight that a value is, if it is known when the model is loaded. */
    @Nullable
    Weight constant(Value v) {
        return constants.get(v);
    }

    /** The tensor that a value is, if that is stored in the model. */
    @Nullable
    Tensor tensor(Value v) {
        Weight w = constants.get(v);
        return w == null || w.number() >= LoadedWeights.FIRST ? null : p.weights.get(w.number());
    }

    /** What {@link #restore} goes back to after a region, whose values and copies exist only inside. */
    Map<Value, View> views() {
        return new IdentityHashMap<>(views);
    }

    void restore(Map<Value, View> saved) {
        views.clear();
        views.putAll(saved);
    }

    /** Notes that {@code inner}, a result of a body, becomes {@code outer}. */
    private void standsFor(Value inner, Value outer) {
        Integer output = outputs.get(outer);
        if (output != null) {
            outputs.put(inner, output);
        }
    }

    /** A place for a result. */
    View allocate(Value result) {
        Integer output = outputs.get(result);
        View view =
                output != null && isPlanned(result.type()) ? output(result.tensorType(), output) : place(result.type());
        put(result, view);
        return view;
    }

    private static View output(TensorType type, int number) {
        return View.contiguous(type, new Place.Output(Kind.of(type.element()).orElseThrow(), number));
    }

    /** A place for a value of a type. */
    View place(Type type) {
        return isPlanned(type) ? scratch((TensorType) type) : box(type);
    }

    /** A box for a value of a type. */
    View box(Type type) {
        TensorType tensor = type instanceof TensorType t ? t : TensorType.scalar(ElementType.STRING);
        return new View(tensor, p.box(), Dim.ZERO, List.of());
    }

    /** A buffer for an intermediate tensor. */
    View scratch(TensorType type) {
        return View.contiguous(type, p.buffer(Kind.of(type.element()).orElseThrow(), type.shape()));
    }

    /** The value as neighbours in row-major order: as it is, or copied. */
    View contiguous(Value v) {
        View view = contiguous(view(v));
        put(v, view);
        return view;
    }

    /** What is in an array as neighbours, what is in a box as it is. */
    View flat(View view) {
        return view.isBoxed() ? view : contiguous(view);
    }

    View contiguous(View view) {
        if (view.isContiguous()) {
            return view;
        }
        View copy = scratch(view.type());
        copy(view, copy);
        return copy;
    }

    /** Checks when it runs that two dimensions are equal, where types leave that open. */
    void requireEqual(Dim a, Dim b, String what) {
        if (!a.equals(b)) {
            p.require(p.symbols.wide(a) + " == " + p.symbols.wide(b), what);
        }
    }

    /** Checks when it runs that a dimension is not negative. */
    void requireNonNegative(Dim d, String what) {
        if (!d.isNonNegative()) {
            p.require(p.symbols.wide(d) + " >= 0", what);
        }
    }

    /** Copies elements between views of one shape. */
    void copy(View from, View to) {
        String k = p.kernel("StridedCopy", "");
        p.prepare(k + ".prepare(" + JavaText.array(p.symbols, from.shape().dims()) + ", "
                + JavaText.array(p.symbols, from.strides()) + ", " + JavaText.array(p.symbols, to.strides())
                + ", workers);");
        p.step(k + ".run(" + ref(from) + ", " + ref(to) + ");");
    }

    /** The array of a view. */
    String array(View view) {
        p.use(view.place());
        return switch (view.place()) {
            case Place.Buffer(Kind kind, int _) -> kind.arena;
            case Place.Input(Kind _, int number) -> "in" + number;
            case Place.Output(Kind _, int number) -> "out" + number;
            case Place.Weight(Kind kind, int number) ->
                "m." + p.modelField(kind.java + "[]", "w", "(" + kind.java + "[]) weights.array(" + number + ")");
            case Place.Box _ -> throw new IllegalStateException("a box is no array");
        };
    }

    /** Where a view starts in its array. */
    String at(View view) {
        String offset = p.dim(view.offset());
        if (view.place() instanceof Place.Buffer(Kind kind, int number)) {
            String start = kind.arena + "Arena.at[" + number + "]";
            return offset.equals("0") ? start : start + " + " + offset;
        }
        return offset;
    }

    /** The two as arguments. */
    String ref(View view) {
        return array(view) + ", " + at(view);
    }

    String dim(Dim d) {
        return p.dim(d);
    }

    String elements(Shape shape) {
        return p.dim(shape.elements());
    }

    /** Dimensions as arguments, each after a comma. */
    String arguments(Shape shape) {
        return JavaText.arguments(p.symbols, shape);
    }
}
