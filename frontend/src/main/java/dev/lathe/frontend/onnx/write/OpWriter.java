package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.TooLargeException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What the tables of exports write one op with: the operators that say it become a {@link Candidate}. */
public final class OpWriter {
    private final Cover cover;
    private final Location location;
    private final Candidate made = new Candidate();
    /** Values between the operators of an expansion: their slots, and the constants among them. */
    private final Map<Value, String> locals = new IdentityHashMap<>();

    private final Map<Value, Tensor> known = new IdentityHashMap<>();
    private final Map<String, ElementType> elements = new HashMap<>();
    private int localCount;
    /** The slots of the results of the op being written. */
    private List<String> wanted = List.of();

    OpWriter(Cover cover, Location location) {
        this.cover = cover;
        this.location = location;
        made.opset = OpsetNeeds.LEAST;
    }

    /** {@code node} in the operator that ONNX has for it, else as its expansion. */
    static Candidate write(Cover cover, Node node, boolean expanded) {
        return write(cover, node, w -> expanded ? w.expansion((CompositeOp) node.op()) : w.op(node.op()));
    }

    private static Candidate write(Cover cover, Node node, Function<OpWriter, List<String>> operators) {
        OpWriter w = of(cover, node);
        return w.finished(operators.apply(w));
    }

    /** {@code node} together with what gives its operands, where ONNX has one operator for both. */
    static Optional<Candidate> joint(Cover cover, Node node) {
        return cover.model().exports().findJoint(node.op()).flatMap(j -> {
            OpWriter w = of(cover, node);
            return j.export(node.op(), w).map(w::finished);
        });
    }

    private static OpWriter of(Cover cover, Node node) {
        OpWriter w = new OpWriter(cover, node.location());
        for (Value v : node.results()) {
            w.made.addResult(cover.of(v));
            w.needs(v.type());
        }
        w.wanted = IntStream.range(0, node.results().size())
                .mapToObj(Candidate::result)
                .toList();
        return w;
    }

    /** A candidate for {@code result} that a caller writes. */
    static OpWriter of(Cover cover, ValueClass result) {
        OpWriter w = new OpWriter(cover, Location.NONE);
        w.made.addResult(result);
        w.wanted = List.of(Candidate.result(0));
        return w;
    }

    private Candidate finished(List<String> names) {
        for (int i = 0; i < names.size(); i++) {
            if (!names.get(i).equals(wanted.get(i))) {
                // The result is an operand.
                emit("Identity", List.of(names.get(i)), List.of(wanted.get(i)));
            }
        }
        return finished();
    }

    Candidate finished() {
        return made.measured();
    }

    private List<String> op(Op op) {
        Optional<Exports.Export> export = cover.model().exports().find(op);
        if (export.isPresent()) {
            return export.get().export(op, this);
        }
        if (op instanceof CompositeOp composite) {
            return expansion(composite);
        }
        throw new LatheException(Diagnostic.error(
                "onnx.export", location, "ONNX has no operator for " + op.mnemonic(), "keep the model as IR text"));
    }

    private List<Value> expanded(CompositeOp composite, Builder b) {
        try {
            return composite.expandAll(b);
        } catch (TooLargeException | ArithmeticException e) {
            throw new LatheException(Diagnostic.error(
                    "onnx.export",
                    location,
                    "what " + composite.mnemonic() + " is made of is out of range: " + e.getMessage(),
                    "check the sizes in the model, or keep it as IR text"));
        }
    }

    private List<String> expansion(CompositeOp composite) {
        Builder b = Builder.graph("expansion");
        List<Value> results = expanded(composite, b);
        List<String> around = wanted;
        Graph graph = b.build(results, results.stream().map(Value::name).toList());
        for (Node n : graph.nodes()) {
            if (n.op() instanceof Constant(Tensor t)) {
                known.put(n.result(), t);
                locals.put(n.result(), constant(t, ""));
                continue;
            }
            wanted = n.results().stream()
                    .map(v -> results.contains(v) ? around.get(results.indexOf(v)) : fresh())
                    .toList();
            List<String> names = op(n.op());
            for (int i = 0; i < names.size(); i++) {
                locals.put(n.results().get(i), names.get(i));
            }
        }
        wanted = around;
        return results.stream().map(this::name).toList();
    }

    // What the tables write with.

    public String name(Value v) {
        needs(v.type());
        String local = locals.get(v);
        return local != null ? local : made.slot(cover.of(v));
    }

    /** A tensor that the model is given, where it is given one. */
    Optional<String> anyInput() {
        return cover.anyInput().map(made::slot);
    }

    public String name(ValueClass c) {
        return made.slot(c);
    }

    /** The version of the standard's operators that the model will have, if that is settled. */
    public int opset() {
        return cover.model().opset();
    }

    /** The tensor that an operand holds, where ONNX has an attribute for it. */
    public Tensor known(Value v) {
        return constant(v)
                .orElseThrow(() -> new LatheException(Diagnostic.error(
                        "onnx.export",
                        location,
                        "%" + v.name() + " must be a constant",
                        "fold constants before the export")));
    }

    /** The op that gives {@code v} in the graph that is written; null if there is none. */
    @Nullable
    public Op definition(Value v) {
        Node n = cover.node(v);
        return n == null ? null : n.op();
    }

    public Optional<Tensor> constant(Value v) {
        return Optional.ofNullable(locals.containsKey(v) ? known.get(v) : cover.of(v).constant);
    }

    /** Says that what is written needs {@code version} of the standard's operators. */
    public void needs(int version) {
        made.opset = Math.max(made.opset, version);
    }

    private void needs(Type type) {
        if (type instanceof TensorType t) {
            needs(ElementTypes.since(t.element()));
        }
    }

    /** Adds an operator whose result has a name of its own. */
    public String add(String type, List<String> inputs, AttributeProto... attributes) {
        String result = fresh();
        emit(type, inputs, List.of(result), attributes);
        return result;
    }

    /** Adds the operator that gives the results of the op being written. */
    public List<String> result(String type, List<String> inputs, AttributeProto... attributes) {
        emit(type, inputs, wanted, attributes);
        return wanted;
    }

    /**
     * As {@link #result}, of an operator with results that the op does not have, named or left out by the caller. An
     * operator of another domain has that before a colon, and is of its first version.
     */
    public void emit(String type, List<String> inputs, List<String> outputs, AttributeProto... attributes) {
        int colon = type.indexOf(':');
        NodeProto.Builder node = NodeProto.newBuilder()
                .setOpType(type.substring(colon + 1))
                .addAllInput(inputs)
                .addAllOutput(outputs);
        if (colon >= 0) {
            node.setDomain(type.substring(0, colon));
        }
        if (!location.isNone()) {
            node.setName(location.origins().getFirst().name());
        }
        for (AttributeProto a : attributes) {
            node.addAttribute(a);
        }
        made.nodes.add(node.build());
        if (colon < 0) {
            needs(OpsetNeeds.of(node));
            types(node);
        }
    }

    /** Notes the type of what {@code node} gives, and whether the operator can be counted on for what it takes. */
    private void types(NodeProto.Builder node) {
        String type = node.getOpType();
        int typed = type.equals("Where") ? 1 : 0;
        ElementType element = typed < node.getInputCount() ? element(node.getInput(typed)) : null;
        if (element != null && !KernelTypes.has(type, element, opset())) {
            made.rare = true;
        }
        ElementType result = switch (type) {
            case "Cast" -> ElementTypes.of(node.getAttribute(0).getI());
            case "Shape", "NonZero", "ArgMax", "ArgMin" -> ElementType.I64;
            case "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual", "IsNaN" -> ElementType.BOOL;
            default -> element;
        };
        if (result != null) {
            node.getOutputList().forEach(o -> elements.put(o, result));
        }
    }

    private @Nullable ElementType element(String slot) {
        if (Candidate.isSlot(slot) && Candidate.kind(slot) == 'o') {
            return made.operands.get(Candidate.index(slot)).type instanceof TensorType t ? t.element() : null;
        }
        return elements.get(slot);
    }

    public List<String> wanted() {
        return wanted;
    }

    public String fresh() {
        return Candidate.local(localCount++);
    }

    /** The name of a weight; equal small ones are shared. */
    public String constant(Tensor t, String hint) {
        return made.slot(cover.constant(t));
    }

    public String longs(List<Long> values) {
        return constant(Tensor.vector(values.stream().mapToLong(Long::longValue).toArray()), "");
    }

    public String ints(List<Integer> values) {
        return longs(values.stream().map(Integer::longValue).toList());
    }

    /** An i64 vector of dimension expressions. */
    public String dims(List<Dim> values) {
        return made.slot(cover.dims().vector(values));
    }

    public String shape(Shape shape) {
        return dims(shape.dims());
    }

    /** A region of the op being written. */
    public GraphProto inner(Graph region) {
        Cover inside = Cover.region(cover, region);
        for (ValueClass captured : inside.captured()) {
            made.slot(captured);
        }
        made.opset = Math.max(made.opset, inside.opset());
        String slot = Candidate.region(made.regions.size());
        made.regions.add(inside);
        return GraphProto.newBuilder().setName(slot).build();
    }

    /** What cannot be written. */
    public static LatheException failure(String what, String fix) {
        return new LatheException(Diagnostic.error("onnx.export", what, fix));
    }
}
