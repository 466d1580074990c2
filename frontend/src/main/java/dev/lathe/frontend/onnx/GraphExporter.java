package dev.lathe.frontend.onnx;

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
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One graph or region while it is written: the names of its values, and its operators so far. */
final class GraphExporter {
    private final ExportedModel model;
    private final @Nullable GraphExporter outer;
    private final GraphProto.Builder proto = GraphProto.newBuilder();
    private final Map<Value, String> names = new IdentityHashMap<>();
    private final Map<Tensor, String> constants = new HashMap<>();
    private final Map<Value, Tensor> known = new IdentityHashMap<>();
    private final DimExporter dims;
    /** The names that the results of the op being written should get. */
    private List<String> wanted = List.of();

    private Location location = Location.NONE;

    GraphExporter(ExportedModel model, @Nullable GraphExporter outer) {
        this.model = model;
        this.outer = outer;
        this.dims = new DimExporter(this, outer == null ? null : outer.dims);
    }

    /** A whole model's graph: the names of its inputs and outputs stay as they are. */
    GraphProto whole(Graph graph) {
        List<String> outputs = graph.outputNames().stream()
                .map(name -> name.isEmpty() ? model.unique("output") : model.unique(name))
                .toList();
        for (int i = 0; i < graph.inputs().size(); i++) {
            Value v = graph.inputs().get(i);
            String name = v.name().isEmpty() ? "input" : v.name();
            addInput(
                    v,
                    outputs.contains(name) && graph.outputs().get(outputs.indexOf(name)) == v
                            ? name
                            : model.unique(name));
        }
        body(graph, outputs);
        return proto.setName(graph.name()).build();
    }

    /** A region; it sees the names of the graphs around it. */
    GraphProto region(Graph graph) {
        graph.inputs().forEach(v -> addInput(v, model.unique(v.name())));
        body(graph, graph.outputNames().stream().map(model::unique).toList());
        return proto.setName(model.unique(graph.name())).build();
    }

    private void addInput(Value v, String name) {
        names.put(v, name);
        proto.addInput(ExportedModel.info(name, v.type()));
        needs(v.type());
        bindSymbols(v.type(), name);
    }

    private void body(Graph graph, List<String> outputs) {
        Map<Value, String> outputNames = new IdentityHashMap<>();
        for (int i = 0; i < outputs.size(); i++) {
            Value v = graph.outputs().get(i);
            if (!names.containsKey(v)) {
                outputNames.putIfAbsent(v, outputs.get(i));
            }
        }
        for (Node n : graph.nodes()) {
            node(
                    n,
                    n.results().stream()
                            .map(v -> outputNames.getOrDefault(v, ""))
                            .toList());
        }
        for (int i = 0; i < outputs.size(); i++) {
            Value v = graph.outputs().get(i);
            if (!name(v).equals(outputs.get(i))) {
                emit("Identity", List.of(name(v)), List.of(outputs.get(i)));
            }
            proto.addOutput(ExportedModel.info(outputs.get(i), v.type()));
        }
    }

    private void node(Node node, List<String> outputNames) {
        location = node.location();
        List<String> hints = new ArrayList<>();
        for (int i = 0; i < node.results().size(); i++) {
            hints.add(
                    outputNames.get(i).isEmpty()
                            ? model.unique(node.results().get(i).name())
                            : outputNames.get(i));
        }
        wanted = hints;
        if (node.op() instanceof Constant(Tensor t)) {
            known.put(node.result(), t);
        }
        List<String> results = op(node.op());
        for (int i = 0; i < results.size(); i++) {
            names.put(node.results().get(i), results.get(i));
        }
        for (Value v : node.results()) {
            needs(v.type());
            if (!node.op().binds().isEmpty()) {
                bindSymbols(v.type(), name(v));
            }
        }
    }

    private List<String> op(Op op) {
        Optional<Exports.Export> export = Exports.table().find(op);
        if (export.isPresent()) {
            return export.get().export(op, this);
        }
        if (op instanceof CompositeOp composite) {
            return expansion(composite);
        }
        throw new LatheException(Diagnostic.error(
                "onnx.export", location, "ONNX has no operator for " + op.mnemonic(), "keep the model as IR text"));
    }

    private List<String> expansion(CompositeOp composite) {
        Builder b = Builder.graph("expansion");
        List<Value> results = composite.expandAll(b);
        List<String> outer1 = wanted;
        for (Node n :
                b.build(results, results.stream().map(Value::name).toList()).nodes()) {
            node(
                    n,
                    n.results().stream()
                            .map(v -> results.contains(v) ? outer1.get(results.indexOf(v)) : "")
                            .toList());
        }
        return results.stream().map(this::name).toList();
    }

    private void needs(Type type) {
        if (type instanceof TensorType t) {
            model.needs(ElementTypes.since(t.element()));
        }
    }

    private void bindSymbols(Type type, String name) {
        if (type instanceof TensorType t && t.isRanked()) {
            for (int i = 0; i < t.rank(); i++) {
                if (t.dim(i).isSymbol()) {
                    dims.bind(t.dim(i).symbolName(), name, i);
                }
            }
        }
    }

    /** Makes {@code symbol} stand for an entry of an i64 vector. */
    void bindElement(String symbol, String vector, int index) {
        dims.bindElement(symbol, vector, index);
    }

    // What the tables write with.

    String name(Value v) {
        for (GraphExporter g = this; g != null; g = g.outer) {
            String name = g.names.get(v);
            if (name != null) {
                return name;
            }
        }
        throw new IllegalStateException("no name for " + v);
    }

    /** The tensor that an operand holds, where ONNX has an attribute for it. */
    Tensor known(Value v) {
        return constant(v)
                .orElseThrow(() -> new LatheException(Diagnostic.error(
                        "onnx.export",
                        location,
                        "%" + v.name() + " must be a constant",
                        "fold constants before the export")));
    }

    Optional<Tensor> constant(Value v) {
        for (GraphExporter g = this; g != null; g = g.outer) {
            Tensor t = g.known.get(v);
            if (t != null) {
                return Optional.of(t);
            }
        }
        return Optional.empty();
    }

    void needs(int opset) {
        model.needs(opset);
    }

    /** Adds an operator whose result has a name of its own. */
    String add(String type, List<String> inputs, AttributeProto... attributes) {
        String result = model.unique("");
        emit(type, inputs, List.of(result), attributes);
        return result;
    }

    /** Adds the operator that gives the results of the op being written. */
    List<String> result(String type, List<String> inputs, AttributeProto... attributes) {
        emit(type, inputs, wanted, attributes);
        return wanted;
    }

    /**
     * As {@link #result}, of an operator with results that the op does not have, named or left out by the caller. An operator of another domain has that before a
     * colon, and is of its first version.
     */
    void emit(String type, List<String> inputs, List<String> outputs, AttributeProto... attributes) {
        int colon = type.indexOf(':');
        NodeProto.Builder node = NodeProto.newBuilder()
                .setOpType(type.substring(colon + 1))
                .addAllInput(inputs)
                .addAllOutput(outputs);
        if (colon >= 0) {
            node.setDomain(type.substring(0, colon));
            model.needs(node.getDomain(), 1);
        }
        String origin = location.isNone() ? type : location.origins().getFirst().name();
        node.setName(model.unique(origin));
        for (AttributeProto a : attributes) {
            node.addAttribute(a);
        }
        proto.addNode(node);
    }

    List<String> wanted() {
        return wanted;
    }

    String fresh() {
        return model.unique("");
    }

    /** The name of a weight; equal small ones are shared. */
    String constant(Tensor t, String hint) {
        if (t.size() > 64) {
            return initializer(t, hint);
        }
        for (GraphExporter g = this; g != null; g = g.outer) {
            String known = g.constants.get(t);
            if (known != null) {
                return known;
            }
        }
        String name = initializer(t, hint);
        constants.put(t, name);
        return name;
    }

    private String initializer(Tensor t, String hint) {
        String name = model.unique(hint);
        proto.addInitializer(model.tensor(t, name));
        return name;
    }

    String longs(List<Long> values) {
        return constant(Tensor.vector(values.stream().mapToLong(Long::longValue).toArray()), "");
    }

    String ints(List<Integer> values) {
        return longs(values.stream().map(Integer::longValue).toList());
    }

    /** An i64 vector of dimension expressions. */
    String dims(List<Dim> values) {
        return dims.vector(values);
    }

    String shape(Shape shape) {
        return dims(shape.dims());
    }

    /** A region of the op being written. */
    GraphProto inner(Graph region) {
        List<String> saved = wanted;
        GraphProto graph = new GraphExporter(model, this).region(region);
        wanted = saved;
        return graph;
    }
}
