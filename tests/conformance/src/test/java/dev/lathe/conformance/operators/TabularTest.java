package dev.lathe.conformance.operators;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.verify.ResultComparison;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Operators of {@code ai.onnx.ml} against ONNX Runtime. */
abstract class TabularTest extends OperatorTest {
    static final List<String> TRANSFORMS = List.of("NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO");

    @Override
    ResultComparison closeness(Datum expected) {
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
        test(node, () -> {
            Map<String, Datum> expected = new LinkedHashMap<>(expected(node));
            if (results < 0) {
                expected.remove("out0");
            }
            check(node.name(), node.proto(), node.inputs(), expected);
        });
    }

    /** What ONNX Runtime gives; for types that it lacks, what it gives for the same numbers of a type that it has. */
    private static Map<String, Datum> expected(NodeModel node) {
        ElementType type = node.in(0).element();
        ElementType known = known(node.node().getOpType(), type);
        if (known == type) {
            return oracle(node.proto(), node.inputs());
        }
        List<Object> operands =
                node.operands().stream().<Object>map(o -> as(known, (Tensor) o)).toList();
        NodeModel asked = new NodeModel(node.name(), node.node(), node.version(), operands);
        Map<String, Datum> expected = new LinkedHashMap<>(oracle(asked.proto(), asked.inputs()));
        if (List.of("Binarizer", "Imputer").contains(node.node().getOpType())) {
            expected.replaceAll((_, y) -> as(type, (Tensor) y));
        }
        return expected;
    }

    private static ElementType known(String operator, ElementType type) {
        return switch (operator) {
            case "TreeEnsembleRegressor" -> type.isInteger() ? ElementType.F32 : type;
            case "Binarizer" -> ElementType.F32;
            case "Imputer", "OneHotEncoder" ->
                switch (type) {
                    case F64 -> ElementType.F32;
                    case I32 -> ElementType.I64;
                    default -> type;
                };
            default -> type;
        };
    }

    private static Tensor as(ElementType type, Tensor t) {
        return Indexed.tensor(type, t.dims(), i -> Indexed.at(t, i));
    }
}
