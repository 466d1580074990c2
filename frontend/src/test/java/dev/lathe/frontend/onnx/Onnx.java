package dev.lathe.frontend.onnx;

import com.google.protobuf.ByteString;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Models written in code. */
public final class Onnx {
    private Onnx() {}

    /** A graph under construction, in the order in which its parts are given. */
    public static GraphProto.Builder graph(Object... parts) {
        GraphProto.Builder g = GraphProto.newBuilder().setName("test");
        for (Object p : parts) {
            switch (p) {
                case NodeProto.Builder n -> g.addNode(n);
                case TensorProto.Builder t -> g.addInitializer(t);
                case ValueInfoProto.Builder v -> g.addInput(v);
                case String output -> g.addOutput(ValueInfoProto.newBuilder().setName(output));
                default -> throw new IllegalArgumentException(p.toString());
            }
        }
        return g;
    }

    public static ModelProto.Builder model(int opset, Object... parts) {
        return model(opset, graph(parts));
    }

    public static ModelProto.Builder model(int opset, GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(opset("", opset))
                .setGraph(graph);
    }

    public static OperatorSetIdProto opset(String domain, int version) {
        return OperatorSetIdProto.newBuilder()
                .setDomain(domain)
                .setVersion(version)
                .build();
    }

    /**
     * A node named like its first output; names of operands and outputs are separated by spaces, {@code _} is an
     * absent one.
     */
    public static NodeProto.Builder node(
            String type, String inputs, String outputs, AttributeProto.Builder... attributes) {
        NodeProto.Builder n = NodeProto.newBuilder().setOpType(type);
        for (String s : inputs.split(" ")) {
            if (!s.isEmpty()) {
                n.addInput(s.equals("_") ? "" : s);
            }
        }
        for (String s : outputs.split(" ")) {
            n.addOutput(s.equals("_") ? "" : s);
        }
        n.setName("the_" + n.getOutput(0));
        for (AttributeProto.Builder a : attributes) {
            n.addAttribute(a);
        }
        return n;
    }

    public static AttributeProto.Builder i(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value);
    }

    public static AttributeProto.Builder f(String name, float value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(value);
    }

    public static AttributeProto.Builder s(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value));
    }

    public static AttributeProto.Builder ints(String name, long... values) {
        AttributeProto.Builder a = AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
        for (long v : values) {
            a.addInts(v);
        }
        return a;
    }

    public static AttributeProto.Builder g(String name, GraphProto.Builder value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(value);
    }

    /** An attribute of a function's node that stands for an attribute of the call. */
    public static AttributeProto.Builder ref(String name, AttributeProto.AttributeType type, String of) {
        return AttributeProto.newBuilder().setName(name).setType(type).setRefAttrName(of);
    }

    /** An f32 input; a dimension is a number, a name, or {@code ?} for one that is not given. */
    public static ValueInfoProto.Builder input(String name, Object... dims) {
        return input(name, TensorProto.DataType.FLOAT, dims);
    }

    public static ValueInfoProto.Builder input(String name, TensorProto.DataType type, Object... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object d : dims) {
            switch (d) {
                case Integer n -> shape.addDimBuilder().setDimValue(n);
                case String s when s.equals("?") -> shape.addDimBuilder();
                default -> shape.addDimBuilder().setDimParam((String) d);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.getNumber())
                                .setShape(shape)));
    }

    public static TensorProto.Builder floats(String name, float[] values, long... dims) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return tensor(name, TensorProto.DataType.FLOAT, dims).setRawData(ByteString.copyFrom(bytes));
    }

    public static TensorProto.Builder longs(String name, long... values) {
        TensorProto.Builder t = tensor(name, TensorProto.DataType.INT64, values.length);
        for (long v : values) {
            t.addInt64Data(v);
        }
        return t;
    }

    public static TensorProto.Builder tensor(String name, TensorProto.DataType type, long... dims) {
        TensorProto.Builder t = TensorProto.newBuilder().setName(name).setDataType(type.getNumber());
        for (long d : dims) {
            t.addDims(d);
        }
        return t;
    }

    public static FunctionProto.Builder function(
            String domain, String name, String inputs, String outputs, Object... parts) {
        FunctionProto.Builder f = FunctionProto.newBuilder().setDomain(domain).setName(name);
        for (String s : inputs.split(" ")) {
            f.addInput(s);
        }
        for (String s : outputs.split(" ")) {
            f.addOutput(s);
        }
        for (Object p : parts) {
            switch (p) {
                case NodeProto.Builder n -> f.addNode(n);
                case OperatorSetIdProto o -> f.addOpsetImport(o);
                case AttributeProto.Builder a -> f.addAttributeProto(a);
                default -> throw new IllegalArgumentException(p.toString());
            }
        }
        return f;
    }

    public static Graph read(ModelProto.Builder model) {
        return OnnxImporter.read(model.build().toByteArray(), null);
    }

    /** The problems of a model that must have some. */
    public static List<Diagnostic> problems(ModelProto.Builder model) {
        try {
            Graph graph = read(model);
            throw new AssertionError("the model loads, but should not: " + Printer.print(graph));
        } catch (LatheException e) {
            return e.diagnostics();
        }
    }

    /** Runs a model; the first output. */
    public static Tensor run(ModelProto.Builder model, Tensor... inputs) {
        Graph graph = read(model);
        Map<String, Datum> values = new LinkedHashMap<>();
        for (int k = 0; k < inputs.length; k++) {
            values.put(graph.inputs().get(k).name(), inputs[k]);
        }
        return Tensor.named(
                new ReferenceEvaluator(graph).run(values), graph.outputNames().getFirst());
    }

    public static Tensor vector(float... values) {
        return Tensor.of(values, values.length);
    }
}
