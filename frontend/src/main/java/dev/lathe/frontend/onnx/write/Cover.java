package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.read.OnnxSource;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.ReadDims;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One graph or region while it is written: classes of equal values, each with the ways of making it. Ways are the
 * nodes of the model that gave one of the values, and what the tables say of the op that gives it now; a
 * {@link Selection} takes those that together cost least.
 */
final class Cover {
    /** Larger weights are not compared with each other. */
    static final long SHARED_WEIGHT = 64;

    private final ExportedModel model;
    private final @Nullable Cover outer;
    private final Graph graph;
    private final int depth;
    private final Map<Value, ValueClass> classes = new IdentityHashMap<>();
    private final Set<ValueClass> all = new LinkedHashSet<>();
    private final Map<Tensor, ValueClass> constants = new HashMap<>();
    private final Map<ValueClass, ValueClass> captured = new IdentityHashMap<>();
    private final Map<Value, Node> definitions;
    private final Set<Value> inside = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<FunctionProto, ValueClass> functions = new IdentityHashMap<>();
    private final Exploration exploration;
    private final DimExporter dims = new DimExporter(this);
    private final List<ValueClass> outputs = new ArrayList<>();
    /** The outputs that are equal to an input or another output, by name. */
    private final Map<String, ValueClass> copies = new HashMap<>();

    private Cover(ExportedModel model, @Nullable Cover outer, Graph graph) {
        this.model = model;
        this.outer = outer;
        this.graph = graph;
        this.depth = outer == null ? 0 : outer.depth + 1;
        this.definitions = graph.definitions();
        this.exploration = new Exploration(this, model);
        inside.addAll(graph.inputs());
        inside.addAll(definitions.keySet());
        for (Value v : graph.inputs()) {
            ValueClass c = of(v);
            c.input = true;
            dims.bind(v.type(), c);
        }
        for (Node n : graph.nodes()) {
            if (n.op() instanceof ReadDims r) {
                dims.read(r);
            } else if (!n.op().binds().isEmpty()) {
                n.results().forEach(v -> dims.bind(v.type(), of(v)));
            }
        }
        for (int i = 0; i < graph.outputs().size(); i++) {
            outputs.add(output(of(graph.outputs().get(i)), graph.outputNames().get(i)));
        }
        exploration.run();
    }

    /** What gives an output: a copy if the value has another name already. */
    private ValueClass output(ValueClass c, String name) {
        boolean hasName =
                c.input && graph.inputs().stream().anyMatch(v -> v.name().equals(name) && of(v) == c);
        if (hasName || !c.isGiven() && !outputs.contains(c)) {
            return c;
        }
        ValueClass copy = fresh(c.type);
        copies.put(name, copy);
        exploration.later(copy, () -> {
            OpWriter w = OpWriter.of(this, copy);
            w.result("Identity", List.of(w.name(c)));
            exploration.add(copy, w.finished());
            for (Value v : members(c)) {
                for (OnnxSource.Origin o : model.origins(v)) {
                    exploration.original(copy, v, o);
                }
            }
        });
        return copy;
    }

    private List<Value> members(ValueClass c) {
        return c.roots.stream()
                .flatMap(root -> model.equalities().members(root).stream())
                .toList();
    }

    /** What an output of a node of the model is here: the copy of a value, where it gave just that. */
    ValueClass made(Value v, String name) {
        ValueClass copy = copies.get(name);
        ValueClass c = of(v);
        return copy != null && (c.isGiven() || outputs.contains(c)) ? copy : c;
    }

    static Cover whole(ExportedModel model, Graph graph) {
        return new Cover(model, null, graph);
    }

    /** A region of an op of {@code outer}; its candidates are chosen at once. */
    static Cover region(Cover outer, Graph graph) {
        Cover c = new Cover(outer.model, outer, graph);
        c.choose(outer.model.perNode(), outer.model.improves());
        return c;
    }

    /**
     * Chooses a candidate for everything that the outputs need: the better of what begins with the model's own and
     * what begins with all.
     */
    void choose(double perNode, boolean improve) {
        double fromOriginals = Selection.choose(all, outputs, perNode, c -> c.original, improve);
        if (fromOriginals == Double.POSITIVE_INFINITY) {
            throw failure();
        }
        if (improve && model.source() != null) {
            double fromAll = Selection.choose(all, outputs, perNode, _ -> true, true);
            if (fromOriginals <= fromAll) {
                Selection.choose(all, outputs, perNode, c -> c.original, true);
            }
        }
    }

    private LatheException failure() {
        return exploration
                .failure()
                .orElseGet(() -> OpWriter.failure(
                        "graph @" + graph.name() + " cannot be said in opset " + model.opset(),
                        "ask for a newer one with --opset"));
    }

    // Classes.

    ExportedModel model() {
        return model;
    }

    @Nullable
    Cover outer() {
        return outer;
    }

    Graph graph() {
        return graph;
    }

    int depth() {
        return depth;
    }

    DimExporter dims() {
        return dims;
    }

    List<ValueClass> outputs() {
        return outputs;
    }

    /** The values of the graphs around that the choice uses. */
    Collection<ValueClass> captured() {
        List<ValueClass> used = new ArrayList<>();
        for (ValueClass c : Selection.order(outputs)) {
            if (c.outside != null) {
                used.add(c.outside);
            }
        }
        return used;
    }

    private Set<Candidate> chosen() {
        Set<Candidate> used = Collections.newSetFromMap(new IdentityHashMap<>());
        for (ValueClass c : Selection.order(outputs)) {
            if (!c.isGiven() && c.chosen != null) {
                used.add(c.chosen);
            }
        }
        return used;
    }

    long nodeCount() {
        return chosen().stream().mapToLong(c -> c.nodeCount).sum();
    }

    long bytes() {
        return chosen().stream().mapToLong(c -> c.bytes).sum();
    }

    /** The version that the choice needs; the types of what a model's own inputs are came with it. */
    int opset() {
        int types = model.source() != null
                ? 0
                : graph.inputs().stream()
                        .filter(v -> v.type() instanceof TensorType)
                        .mapToInt(v -> ElementTypes.since(v.tensorType().element()))
                        .max()
                        .orElse(0);
        return Math.max(types, chosen().stream().mapToInt(c -> c.opset).max().orElse(0));
    }

    ValueClass fresh(Type type) {
        ValueClass c = new ValueClass(type);
        all.add(c);
        return c;
    }

    /** The class of {@code v}. */
    ValueClass of(Value v) {
        Value root = model.equalities().representative(v);
        ValueClass known = classes.get(root);
        if (known != null) {
            return known;
        }
        ValueClass made;
        Tensor constant = model.constant(root);
        List<Dim> contents = constant != null || outer != null ? null : model.contents(root);
        if (outer != null && !isInside(root) && outer.owns(root)) {
            made = capture(outer.of(root));
            made.constant = constant;
        } else if (constant != null && constant.size() <= SHARED_WEIGHT) {
            made = constant(constant);
        } else if (contents != null) {
            made = dims.vector(contents);
        } else {
            made = fresh(v.type());
            made.constant = constant;
        }
        classes.putIfAbsent(root, made);
        join(made, root);
        return made;
    }

    /** Says that {@code v} is one of {@code c}. */
    void join(ValueClass c, Value v) {
        Value root = model.equalities().representative(v);
        classes.putIfAbsent(root, c);
        if (!c.roots.contains(root)) {
            c.roots.add(root);
            exploration.later(c, root);
        }
    }

    /** The class of a weight; equal small ones are one. */
    ValueClass constant(Tensor t) {
        if (t.size() > SHARED_WEIGHT) {
            return weight(t);
        }
        ValueClass known = constants.get(t);
        if (known != null) {
            return known;
        }
        ValueClass made;
        if (outer != null && outer.hasConstant(t)) {
            made = capture(outer.constant(t));
            made.constant = t;
        } else {
            made = weight(t);
        }
        constants.put(t, made);
        if (outer == null) {
            model.withValue(t).forEach(v -> join(made, v));
        }
        return made;
    }

    /** A function of the model, which is written once. */
    ValueClass function(FunctionProto f) {
        ValueClass known = functions.get(f);
        if (known == null) {
            if (outer != null) {
                known = capture(outer.function(f));
            } else {
                ValueClass made = fresh(TensorType.unranked(ElementType.BOOL));
                exploration.later(made, () -> {
                    Candidate c = Originals.function(this, f);
                    c.addResult(made);
                    made.candidates.add(c);
                });
                known = made;
            }
            functions.put(f, known);
        }
        return known;
    }

    private boolean hasConstant(Tensor t) {
        return constants.containsKey(t) || (outer == null ? !model.withValue(t).isEmpty() : outer.hasConstant(t));
    }

    private ValueClass weight(Tensor t) {
        ValueClass c = fresh(t.type());
        c.constant = t;
        exploration.later(c, () -> exploration.add(c, Candidate.weight(c, t)));
        return c;
    }

    /** A value of the graph around this one, here. */
    ValueClass capture(ValueClass outside) {
        return captured.computeIfAbsent(outside, o -> {
            ValueClass c = fresh(o.type);
            c.outside = o;
            return c;
        });
    }

    private boolean isInside(Value root) {
        return model.equalities().members(root).stream().anyMatch(inside::contains);
    }

    /** Whether this graph or one around it computes {@code root}, or did so in the model. */
    private boolean owns(Value root) {
        return isInside(root)
                || model.equalities().members(root).stream()
                        .flatMap(v -> model.origins(v).stream())
                        .anyMatch(o -> o.depth() <= depth)
                || outer != null && outer.owns(root);
    }

    /** An input of the whole graph that is a tensor. */
    Optional<ValueClass> anyInput() {
        return outer != null
                ? outer.anyInput().map(this::capture)
                : graph.inputs().stream()
                        .filter(v -> v.type() instanceof TensorType)
                        .findFirst()
                        .map(this::of);
    }

    /** The node that gives {@code v} in this graph. */
    @Nullable
    Node node(Value v) {
        return definitions.get(v);
    }

    Exploration exploration() {
        return exploration;
    }
}
