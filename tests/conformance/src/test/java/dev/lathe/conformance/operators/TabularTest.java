package dev.lathe.conformance.operators;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
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
            Map<String, Datum> expected = new LinkedHashMap<>(oracle(node.proto(), node.inputs()));
            if (results < 0) {
                expected.remove("out0");
            }
            check(node.name(), node.proto(), node.inputs(), expected);
        });
    }
}
