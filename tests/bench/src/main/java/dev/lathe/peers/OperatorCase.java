package dev.lathe.peers;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model of one operator with operands of a realistic size.
 *
 * @param name the operator and what tells the case from its others
 * @param model the node is the only one
 * @param inputs what a call gets
 */
record OperatorCase(String name, ModelProto model, Map<String, Tensor> inputs) {
    private static final int STANDARD = 21;
    private static final int IR_VERSION = 10;

    /** An operand that is known when the model is compiled. */
    record Weight(Tensor tensor) {}

    /**
     * A case.
     *
     * @param operator {@code Type}, {@code Type-version}, {@code domain:Type-version}
     * @param variant what tells it from other cases of the operator; may be empty
     * @param results how many
     * @param parts operands, {@code ""} where one is absent, and attributes anywhere between them
     */
    static OperatorCase of(String operator, String variant, int results, Object... parts) {
        int colon = operator.indexOf(':');
        int dash = operator.indexOf('-');
        String domain = operator.substring(0, Math.max(0, colon));
        String type = operator.substring(colon + 1, dash < 0 ? operator.length() : dash);
        int version = dash < 0 ? STANDARD : Integer.parseInt(operator.substring(dash + 1));
        NodeProto.Builder node = NodeProto.newBuilder().setDomain(domain).setOpType(type);
        GraphProto.Builder graph = GraphProto.newBuilder().setName("operator");
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (Object part : parts) {
            String name = "in" + node.getInputCount();
            switch (part) {
                case AttributeProto a -> node.addAttribute(a);
                case Tensor t -> {
                    node.addInput(name);
                    inputs.put(name, t);
                    graph.addInput(ValueInfoProto.newBuilder().setName(name).setType(type(t)));
                }
                case Weight(Tensor t) -> {
                    node.addInput(name);
                    graph.addInitializer(Attributes.proto(name, t));
                }
                default -> node.addInput("");
            }
        }
        for (int i = 0; i < results; i++) {
            node.addOutput("out" + i);
            graph.addOutput(ValueInfoProto.newBuilder().setName("out" + i));
        }
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(IR_VERSION)
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version))
                .setGraph(graph.addNode(node));
        if (!domain.isEmpty()) {
            model.addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(STANDARD));
        }
        return new OperatorCase(variant.isEmpty() ? type : type + " " + variant, model.build(), inputs);
    }

    private static TypeProto type(Tensor t) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long d : t.dims()) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(d));
        }
        TensorProto nothing = Attributes.proto("", Tensor.zeros(t.element(), 0));
        return TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder()
                        .setElemType(nothing.getDataType())
                        .setShape(shape))
                .build();
    }
}
