package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.file.Completeness;
import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.file.SparseTensors;
import dev.lathe.frontend.onnx.read.OnnxSource;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.SparseTensorProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Equalities;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What all graphs of a model that is being written share: what it was made from, the names in use, the opset, where
 * weights go.
 */
public final class ExportedModel {
    /** How many bytes an operator is worth, unless that makes the model larger. */
    static final double PER_NODE = 40;

    private final ExportRequest request;
    private final @Nullable OnnxSource source;
    private final int opset;
    private final double perNode;
    private final boolean improve;
    private final Map<Value, Tensor> constants = new IdentityHashMap<>();
    private final Map<Value, List<Dim>> contents = new IdentityHashMap<>();
    private final Map<List<Dim>, List<Value>> byContents = new HashMap<>();
    private final Map<Tensor, List<Value>> byValue = new HashMap<>();
    private final Map<String, FunctionProto> functions = new HashMap<>();

    /**
     * @param opset the version of the standard's operators; no candidate may need a newer one
     * @param perNode how many bytes an operator is worth
     */
    ExportedModel(ExportRequest request, int opset, double perNode, boolean improve) {
        Graph graph = request.graph();
        this.request = request;
        this.source = request.source();
        this.opset = opset;
        this.perNode = perNode;
        this.improve = improve;
        Set<String> symbols = new HashSet<>(graph.inputSymbols());
        graph.nodes().forEach(n -> symbols.addAll(n.op().binds()));
        collect(graph, symbols, false);
        if (source != null) {
            symbols.retainAll(symbols(source.graph()));
            collect(source.graph(), symbols, true);
            source.model.getFunctionsList().forEach(f -> functions.put(OnnxNames.key(f), f));
        }
    }

    private static Set<String> symbols(Graph graph) {
        Set<String> symbols = new HashSet<>(graph.inputSymbols());
        graph.nodes().forEach(n -> symbols.addAll(n.op().binds()));
        return symbols;
    }

    private void collect(Graph graph, Set<String> symbols, boolean shared) {
        for (Node n : graph.nodes()) {
            if (n.op() instanceof Dims(List<Dim> values, boolean scalar)) {
                Set<String> used = new HashSet<>();
                values.forEach(d -> d.collectSymbols(used));
                if (!scalar && symbols.containsAll(used)) {
                    contents.put(n.result(), values);
                    if (shared) {
                        byContents
                                .computeIfAbsent(values, _ -> new ArrayList<>())
                                .add(n.result());
                    }
                }
            }
        }
        for (Node n : graph.allNodes()) {
            if (n.op() instanceof Constant(Tensor t)) {
                constants.put(n.result(), t);
                if (shared && t.size() <= Cover.SHARED_WEIGHT) {
                    byValue.computeIfAbsent(t, _ -> new ArrayList<>()).add(n.result());
                }
            }
        }
    }

    /** The version of the standard's operators. */
    int opset() {
        return opset;
    }

    double perNode() {
        return perNode;
    }

    boolean improves() {
        return improve;
    }

    Equalities equalities() {
        return request.equalities();
    }

    Exports exports() {
        return request.exports();
    }

    @Nullable
    OnnxSource source() {
        return source;
    }

    /** The tensor that {@code root}, or a value equal to it, is known to hold. */
    @Nullable
    Tensor constant(Value root) {
        for (Value v : equalities().members(root)) {
            Tensor t = constants.get(v);
            if (t != null) {
                return t;
            }
        }
        return null;
    }

    /** The integers that {@code root}, or a value equal to it, is known to hold. */
    @Nullable
    List<Dim> contents(Value root) {
        for (Value v : equalities().members(root)) {
            List<Dim> known = contents.get(v);
            if (known != null) {
                return known;
            }
        }
        return null;
    }

    /** Values of the model's own graph that hold these integers. */
    List<Value> withContents(List<Dim> values) {
        return byContents.getOrDefault(values, List.of());
    }

    /** Values of the model that hold this tensor. */
    List<Value> withValue(Tensor t) {
        return byValue.getOrDefault(t, List.of());
    }

    List<OnnxSource.Origin> origins(Value v) {
        return source == null ? List.of() : source.origins(v);
    }

    @Nullable
    FunctionProto function(NodeProto call) {
        return functions.get(OnnxNames.key(call.getDomain(), call.getOpType(), call.getOverload()));
    }

    /** Whether the node means the same in the version that is written. */
    boolean stillMeans(OnnxSource.Origin origin) {
        String type = origin.node().getOpType();
        return origin.opset() == opset
                || !OnnxNames.normal(origin.node().getDomain()).isEmpty()
                || origin.function() == null
                        && request.operators().find(type, opset).isPresent()
                        && request.operators()
                                .find(type, origin.opset())
                                .equals(request.operators().find(type, opset));
    }

    /** The weight as it stands in the model. */
    @Nullable
    Candidate writtenWeight(Value v) {
        TensorProto weight = source == null ? null : source.weight(v);
        SparseTensorProto sparse = source == null ? null : source.sparseWeight(v);
        boolean inside = weight != null && !Completeness.isExternal(weight);
        if (!inside && sparse == null) {
            return null;
        }
        Candidate c = new Candidate();
        c.original = true;
        c.written = inside ? weight : null;
        c.sparse = inside ? null : sparse;
        return c;
    }

    /** The weight as a sparse tensor, if that was asked for and is smaller. */
    @Nullable
    Candidate sparseWeight(Tensor t) {
        SparseTensorProto sparse = request.sparse() ? SparseTensors.smaller(t) : null;
        if (sparse == null) {
            return null;
        }
        Candidate c = new Candidate();
        c.sparse = sparse;
        return c;
    }

    static ValueInfoProto info(String name, Type type) {
        return ValueInfoProto.newBuilder().setName(name).setType(type(type)).build();
    }

    public static TypeProto type(Type type) {
        TypeProto.Builder proto = TypeProto.newBuilder();
        switch (type) {
            case TensorType t -> {
                TypeProto.Tensor.Builder tensor =
                        TypeProto.Tensor.newBuilder().setElemType(ElementTypes.number(t.element()));
                if (t.isRanked()) {
                    tensor.getShapeBuilder();
                    for (Dim d : t.shape().dims()) {
                        var dim = tensor.getShapeBuilder().addDimBuilder();
                        if (d.isConstant()) {
                            dim.setDimValue(d.constant());
                        } else {
                            dim.setDimParam(d.isSymbol() ? d.symbolName() : d.toString());
                        }
                    }
                }
                proto.setTensorType(tensor);
            }
            case SequenceType s ->
                proto.setSequenceType(TypeProto.Sequence.newBuilder().setElemType(type(s.element())));
            case MapType m ->
                proto.setMapType(TypeProto.Map.newBuilder()
                        .setKeyType(ElementTypes.number(m.key()))
                        .setValueType(type(m.value())));
            case OptionalType o ->
                proto.setOptionalType(TypeProto.Optional.newBuilder().setElemType(type(o.element())));
        }
        return proto.build();
    }
}
