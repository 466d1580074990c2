package dev.lathe.conformance.operators;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.verify.Comparison;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Operators of {@code ai.onnx.ml} against ONNX Runtime. */
abstract class TabularTest extends OperatorTest {
    static final List<String> TRANSFORMS = List.of("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO");

    @Override
    Comparison closeness(Datum expected) {
        return within(1e-4, 1e-5);
    }

    final float[] floats(int count) {
        return random(count).toFloatArray();
    }

    static Tensor words(String... all) {
        return Tensor.ofStrings(all, all.length);
    }

    /** An operator gives what ONNX Runtime gives; with -2 results, in the second of two. */
    final void add(String name, int opset, int results, String type, Object... parts) {
        String outputs =
                IntStream.range(0, Math.abs(results)).mapToObj(i -> "out" + i).collect(Collectors.joining(" "));
        NodeModel node = NodeModel.of(type + " " + name, "ai.onnx.ml:" + type + "-" + opset, outputs, parts);
        test(node.name(), () -> {
            NodeModel asked = type.equals("TreeEnsembleRegressor") ? asFloats(node) : node;
            Map<String, Datum> expected = new LinkedHashMap<>(oracle(asked.proto(), asked.inputs()));
            if (results < 0) {
                expected.remove("out0");
            }
            check(node.name(), node.proto(), node.inputs(), expected);
        });
    }

    /** The node with floats in place of integers, where ONNX Runtime takes no integers. */
    private static NodeModel asFloats(NodeModel node) {
        List<Object> floats = node.operands().stream()
                .map(o -> o instanceof Tensor t && t.element().isInteger()
                        ? Indexed.tensor(ElementType.F32, t.dims(), i -> Indexed.at(t, i))
                        : o)
                .toList();
        return new NodeModel(node.name(), node.node(), node.version(), floats);
    }
}
