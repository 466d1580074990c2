package dev.lathe.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.Tolerances;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Small models, made here, on every way that a model goes: as imported, after the passes, compiled, and exported
 * again to ONNX Runtime, which also tells what is right.
 */
public final class Everywhere {
    private static final ResultComparison CLOSE = new ResultComparison(
            Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(1e-4), OptionalDouble.of(1e-5)));

    private Everywhere() {}

    /** Names of operands and results are separated by spaces, {@code _} is an absent one. */
    public static NodeProto node(String type, String inputs, String outputs, AttributeProto... attributes) {
        NodeProto.Builder n = NodeProto.newBuilder().setOpType(type).setName("the_" + outputs.split(" ")[0]);
        for (String name : inputs.split(" ")) {
            if (!name.isEmpty()) {
                n.addInput(name.equals("_") ? "" : name);
            }
        }
        return n.addAllOutput(List.of(outputs.split(" ")))
                .addAllAttribute(List.of(attributes))
                .build();
    }

    /** A graph of inputs, weights, nodes and the names of outputs. */
    public static GraphProto graph(Object... parts) {
        GraphProto.Builder g = GraphProto.newBuilder().setName("g");
        for (Object p : parts) {
            switch (p) {
                case ValueInfoProto v -> g.addInput(v);
                case TensorProto t -> g.addInitializer(t);
                case NodeProto n -> g.addNode(n);
                case String output -> g.addOutput(ValueInfoProto.newBuilder().setName(output));
                default -> throw new IllegalArgumentException(p.toString());
            }
        }
        return g.build();
    }

    public static TensorProto weight(String name, Tensor t) {
        return Protos.tensor(name, t);
    }

    public static TensorProto longs(String name, long... values) {
        return Protos.tensor(name, Tensor.vector(values));
    }

    /** An input; a size is a number or a name. */
    public static ValueInfoProto input(String name, ElementType type, Object... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object d : dims) {
            if (d instanceof Integer n) {
                shape.addDimBuilder().setDimValue(n);
            } else {
                shape.addDimBuilder().setDimParam((String) d);
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

    public static ModelProto model(GraphProto graph) {
        return ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build();
    }

    /** Fails unless all that run the model give what ONNX Runtime gives, for each call's inputs. */
    public static Graph assertLikeOracle(ModelProto model, List<Map<String, Tensor>> calls) {
        byte[] bytes = model.toByteArray();
        Graph imported = OnnxImporter.read(bytes, null);
        Verifier.require(imported);
        Graph canonical = PassManager.run(
                imported,
                Pipelines.canonical(OptimizationLevel.O2),
                CompileOptions.standard().passContext());
        try (OnnxRuntime oracle = OnnxRuntime.load(bytes);
                Executable compiled = new JavaConformanceTest().load(imported);
                OnnxRuntime exported = OnnxRuntime.load(OnnxExporter.bytes(canonical))) {
            for (Map<String, Tensor> inputs : calls) {
                Map<String, Datum> expected = oracle.run(inputs);
                assertFalse(expected.isEmpty());
                assertSame(expected, new ReferenceEvaluator(imported).run(inputs), "reference " + inputs);
                assertSame(expected, new ReferenceEvaluator(canonical).run(inputs), "passes " + inputs);
                assertSame(expected, compiled.run(inputs), "compiled " + inputs);
                assertSame(expected, exported.run(inputs), "exported " + inputs);
            }
        }
        return imported;
    }

    private static void assertSame(Map<String, Datum> expected, Map<String, ? extends Datum> actual, String where) {
        assertEquals(expected.keySet(), actual.keySet(), where);
        expected.forEach((name, e) ->
                assertEquals(Optional.empty(), CLOSE.difference(e, Datum.named(actual, name)), name + ", " + where));
    }
}
