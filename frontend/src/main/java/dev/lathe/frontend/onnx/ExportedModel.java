package dev.lathe.frontend.onnx;

import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What all graphs of a model that is being written share: the names in use, the opsets needed, where weights go. */
final class ExportedModel {
    /** The version of the file format that goes with an opset. */
    private static final TreeMap<Integer, Long> FORMAT =
            new TreeMap<>(Map.of(1, 3L, 21, 10L, 23, 11L, 24, 12L, 25, 13L, 28, 14L));

    private final Set<String> taken = new HashSet<>();
    /** The number to try next for a name, so that many values of one name do not take ever longer. */
    private final Map<String, Integer> numbers = new HashMap<>();

    private final @Nullable ExternalWeights weights;
    private final Map<String, Integer> domains = new TreeMap<>();
    private int opset = OnnxExporter.OPSET;

    ExportedModel(@Nullable ExternalWeights weights) {
        this.weights = weights;
    }

    ModelProto of(Graph graph) {
        GraphExporter exporter = new GraphExporter(this, null);
        var proto = exporter.whole(graph);
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(FORMAT.floorEntry(opset).getValue())
                .setProducerName("lathe")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset))
                .setGraph(proto);
        domains.forEach((domain, version) -> model.addOpsetImport(
                OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version)));
        return model.build();
    }

    /** Says that an operator is used that came with {@code version}. */
    void needs(int version) {
        opset = Math.max(opset, version);
    }

    /** Says that an operator of another domain is used that came with {@code version} of it. */
    void needs(String domain, int version) {
        domains.merge(domain, version, Math::max);
    }

    /** A name that nothing has yet: {@code hint}, or that with a number. */
    String unique(String hint) {
        String stem = hint.isEmpty() ? "v" : hint;
        int i = numbers.getOrDefault(stem, 0);
        String name = i == 0 ? stem : stem + "_" + i;
        while (!taken.add(name)) {
            i++;
            name = stem + "_" + i;
        }
        numbers.put(stem, i + 1);
        return name;
    }

    TensorProto tensor(Tensor t, String name) {
        if (weights == null) {
            return OnnxTensors.proto(t, name).build();
        }
        TensorProto.Builder proto =
                TensorProto.newBuilder().setName(name).setDataType(ElementTypes.number(t.element()));
        for (long d : t.dims()) {
            proto.addDims(d);
        }
        return weights.take(t, proto)
                ? proto.build()
                : OnnxTensors.proto(t, name).build();
    }

    static ValueInfoProto info(String name, Type type) {
        return ValueInfoProto.newBuilder().setName(name).setType(type(type)).build();
    }

    static TypeProto type(Type type) {
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
