package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.AttributeProto.AttributeType;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every operator that the standard defines by a function of other operators gives what that function gives; the list of
 * schemas is {@code -Dlathe.onnx.operators}.
 */
class FunctionBodyTest extends OperatorTest {
    private static final String DOMAIN = "expanded";

    /** Element types by their names in the list of schemas. */
    private static final Map<String, ElementType> TYPES = Map.ofEntries(
            Map.entry("tensor(float)", ElementType.F32),
            Map.entry("tensor(double)", ElementType.F64),
            Map.entry("tensor(float16)", ElementType.F16),
            Map.entry("tensor(bfloat16)", ElementType.BF16),
            Map.entry("tensor(int8)", ElementType.I8),
            Map.entry("tensor(int16)", ElementType.I16),
            Map.entry("tensor(int32)", ElementType.I32),
            Map.entry("tensor(int64)", ElementType.I64),
            Map.entry("tensor(uint8)", ElementType.U8),
            Map.entry("tensor(uint16)", ElementType.U16),
            Map.entry("tensor(uint32)", ElementType.U32),
            Map.entry("tensor(uint64)", ElementType.U64));

    /** What attributes are given beside their defaults, by operator and name, or by name. */
    private static final Map<String, List<Object>> VALUES = Map.ofEntries(
            Map.entry("alpha", List.of(0.3f, 1.7f)),
            Map.entry("beta", List.of(0.1f)),
            Map.entry("gamma", List.of(2f)),
            Map.entry("bias", List.of(0.2f)),
            Map.entry("lambd", List.of(1.2f)),
            Map.entry("periodic", List.of(0)),
            Map.entry("output_datatype", List.of(ElementType.F64, ElementType.F16)),
            Map.entry("align_corners", List.of(1)),
            Map.entry("axes", List.of(new long[] {1, 2}, new long[] {-1})),
            Map.entry("keepdims", List.of(0)),
            Map.entry("noop_with_empty_axes", List.of(1)));

    @TestFactory
    Stream<DynamicTest> isItsExpansion() throws IOException {
        Path list = Path.of(System.getProperty("lathe.onnx.operators", "-"));
        assumeTrue(Files.exists(list), "set -Dlathe.onnx.operators to the list of schemas");
        for (JsonNode schema : new ObjectMapper().readTree(list.toFile())) {
            if (schema.has("function_body")) {
                add(schema);
            }
        }
        return tests();
    }

    private void add(JsonNode schema) {
        String name = schema.get("name").asText();
        String operator = name + "-" + schema.get("since").asInt();
        FunctionProto body = FunctionText.parse(schema.get("function_body").asText(), DOMAIN);
        String parameter = schema.get("inputs").get(0).get("type").asText();
        for (JsonNode allowed : schema.get("types").get(parameter).get("allowed")) {
            ElementType type = TYPES.get(allowed.asText());
            if (type == null || !isDefined(name, type)) {
                continue;
            }
            int kind = 0;
            for (List<Tensor> operands : operands(name, type)) {
                for (List<AttributeProto> attributes : attributes(schema, type)) {
                    List<Object> parts = new ArrayList<>(operands);
                    parts.addAll(attributes);
                    String outputs = String.join(" ", body.getOutputList());
                    String test = operator + " " + type.text() + " " + kind++;
                    NodeModel node = NodeModel.of(test, operator, outputs, parts.toArray());
                    Map<String, Datum> inputs = node.inputs();
                    test(
                            test,
                            () -> check(test, node.proto(), inputs, evaluated(expanded(node, schema, body), inputs)));
                }
            }
        }
    }

    /** The model with a call of the function in place of the node. */
    private static ModelProto expanded(NodeModel model, JsonNode schema, FunctionProto body) {
        NodeProto.Builder call = model.node().toBuilder().setDomain(DOMAIN);
        for (JsonNode a : schema.get("attributes")) {
            String name = a.get("name").asText();
            boolean given =
                    call.getAttributeList().stream().anyMatch(g -> g.getName().equals(name));
            if (!given && !a.get("default").isNull()) {
                call.addAttribute(defaultOf(a));
            }
        }
        ModelProto proto = model.proto();
        return proto.toBuilder()
                .setGraph(GraphProto.newBuilder(proto.getGraph()).setNode(0, call))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain(DOMAIN).setVersion(1))
                .addFunctions(body)
                .build();
    }

    private static AttributeProto defaultOf(JsonNode attribute) {
        JsonNode value = attribute.get("default");
        AttributeProto.Builder a = AttributeProto.newBuilder()
                .setName(attribute.get("name").asText())
                .setType(AttributeType.valueOf(attribute.get("type").asText()));
        switch (a.getType()) {
            case INT -> a.setI(value.asLong());
            case FLOAT -> a.setF((float) value.asDouble());
            case INTS -> value.forEach(v -> a.addInts(v.asLong()));
            default -> throw new IllegalArgumentException("a default of type " + a.getType());
        }
        return a.build();
    }

    /**
     * Whether the types agree in the standard's function: some mix a constant of type float with whatever the operand
     * is, or take the logarithm of integers.
     */
    private static boolean isDefined(String operator, ElementType type) {
        return switch (operator) {
            case "MeanVarianceNormalization" -> type == ElementType.F32;
            case "ReduceLogSum" -> type.isFloat();
            default -> true;
        };
    }

    /** The defaults, and for f32 every attribute with each of its other values. */
    private static List<List<AttributeProto>> attributes(JsonNode schema, ElementType type) {
        List<List<AttributeProto>> all = new ArrayList<>(List.of(List.of()));
        boolean wide = type == ElementType.F32 || type == ElementType.I64;
        for (JsonNode a : schema.get("attributes")) {
            String name = a.get("name").asText();
            if (!VALUES.containsKey(name)) {
                throw new IllegalStateException("what values are there for attribute " + name + "?");
            }
            if (wide) {
                VALUES.get(name).forEach(value -> all.add(List.of(attribute(name, value))));
            }
        }
        return all;
    }

    private List<List<Tensor>> operands(String operator, ElementType type) {
        return switch (operator) {
            case "AffineGrid" ->
                List.of(
                        List.of(random(type, 2, 2, 3), longs(2, 3, 4, 5)),
                        List.of(random(type, 2, 3, 4), longs(2, 3, 4, 5, 6)));
            case "BlackmanWindow", "HammingWindow", "HannWindow" -> List.of(List.of(Tensor.scalar(type, 9)));
            case "GreaterOrEqual", "LessOrEqual" -> List.of(List.of(random(type, 2, 5, 4), random(type, 5, 1)));
            case "PRelu" -> List.of(List.of(random(type, 2, 3, 4), random(type, 3, 1)));
            case "SwiGLU" -> List.of(List.of(random(type, 2, 3, 4), random(type, 2, 3, 4)));
            case "MeanVarianceNormalization" -> List.of(List.of(random(type, 2, 3, 4, 5)));
            case "Range" ->
                List.of(
                        List.of(Tensor.scalar(type, 1), Tensor.scalar(type, 12), Tensor.scalar(type, 3)),
                        List.of(Tensor.scalar(type, 9), Tensor.scalar(type, 2), Tensor.scalar(type, 1)),
                        List.of(Tensor.scalar(type, 9), Tensor.scalar(type, -3), Tensor.scalar(type, -2)));
            case "DynamicQuantizeLinear" ->
                List.of(List.of(random(type, 3, 7)), List.of(floats(1, 2, 5)), List.of(floats(-4, -3, -1)));
            case "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp" -> {
                Tensor x = Indexed.tensor(type, new long[] {2, 3, 4}, i -> (i[0] + 2 * i[1] + i[2] + 1) / 2.0);
                yield List.of(
                        List.of(x, longs(1)), List.of(x, longs(-1, 0)), List.of(x, longs(new long[] {0})), List.of(x));
            }
            default -> List.of(List.of(special(random(type, 3, 4, 5))));
        };
    }

    /** With values where functions have bends, and large ones. */
    private static Tensor special(Tensor x) {
        double[] values = {0, 1, -1, 3, -3, 0.5, -0.5, 9};
        for (int i = 0;
                i < values.length && (x.element().isFloat() || x.element().isSigned());
                i++) {
            x.setDouble(i, values[i]);
        }
        return x;
    }
}
