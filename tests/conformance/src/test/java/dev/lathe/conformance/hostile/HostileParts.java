package dev.lathe.conformance.hostile;

import dev.lathe.conformance.Protos;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.SparseTensorProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** Parts of models. */
final class HostileParts {
    private HostileParts() {}

    static ModelProto model(Object... parts) {
        GraphProto.Builder g = GraphProto.newBuilder().setName("g");
        for (Object part : parts) {
            switch (part) {
                case NodeProto n -> g.addNode(n);
                case TensorProto t -> g.addInitializer(t);
                case SparseTensorProto t -> g.addSparseInitializer(t);
                case ValueInfoProto v -> g.addInput(v);
                case List<?> nodes -> nodes.forEach(n -> g.addNode((NodeProto) n));
                default -> throw new IllegalArgumentException(part.toString());
            }
        }
        g.addOutput(ValueInfoProto.newBuilder().setName("y"));
        return model(g);
    }

    static ModelProto model(GraphProto.Builder g) {
        ModelProto.Builder m = ModelProto.newBuilder().setIrVersion(10).setGraph(g);
        List.of("", "ai.onnx.ml", "com.microsoft", "local")
                .forEach(domain -> m.addOpsetImport(OperatorSetIdProto.newBuilder()
                        .setDomain(domain)
                        .setVersion(domain.isEmpty() ? 20 : domain.equals("ai.onnx.ml") ? 5 : 1)));
        return m.build();
    }

    /** The node {@code Type} or {@code domain:Type}; names are separated by spaces, {@code _} is an absent one. */
    static NodeProto node(String type, String inputs, String outputs, Object... attributes) {
        NodeProto.Builder n = NodeProto.newBuilder()
                .setDomain(type.substring(0, Math.max(0, type.indexOf(':'))))
                .setOpType(type.substring(type.indexOf(':') + 1));
        for (String s : inputs.isEmpty() ? new String[0] : inputs.split(" ")) {
            n.addInput(s.equals("_") ? "" : s);
        }
        for (String s : outputs.split(" ")) {
            n.addOutput(s.equals("_") ? "" : s);
        }
        for (int i = 0; i + 1 < attributes.length; i += 2) {
            n.addAttribute(attribute((String) attributes[i], attributes[i + 1]));
        }
        return n.build();
    }

    static AttributeProto attribute(String name, Object value) {
        return value instanceof Long l
                ? AttributeProto.newBuilder()
                        .setName(name)
                        .setType(AttributeProto.AttributeType.INT)
                        .setI(l)
                        .build()
                : Protos.attribute(name, value);
    }

    static TensorProto longs(String name, long... values) {
        return Protos.tensor(name, Tensor.vector(values));
    }

    static TensorProto scalar(String name, long value) {
        return Protos.tensor(name, Tensor.scalar(value));
    }

    static TensorProto floats(String name, float... values) {
        return Protos.tensor(name, Tensor.of(values, values.length));
    }

    /** An input; a size of -1 is open. */
    static ValueInfoProto input(String name, ElementType type, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] < 0) {
                shape.addDimBuilder().setDimParam("d" + i);
            } else {
                shape.addDimBuilder().setDimValue(dims[i]);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(Protos.number(type))
                                .setShape(shape)))
                .build();
    }

    static ValueInfoProto line() {
        return input("x", ElementType.F32, -1);
    }

    static ValueInfoProto picture() {
        return input("x", ElementType.F32, 1, 1, -1, -1);
    }

    static ValueInfoProto text() {
        return input("x", ElementType.STRING, -1);
    }
}
