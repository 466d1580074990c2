package dev.lathe.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;

/** Tensors as people type them: {@code 0.5}, {@code [1, 2, 3]}, {@code [["a", "b"]]}. */
final class Literal {
    private final String input;
    private final TensorType type;
    private final List<JsonNode> elements = new ArrayList<>();

    private Literal(String input, TensorType type) {
        this.input = input;
        this.type = type;
    }

    /** Whether {@code text} looks like a literal and not like a file. */
    static boolean isLiteral(String text) {
        return text.startsWith("[")
                || text.startsWith("\"")
                || text.matches("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?|true|false|NaN|-?Infinity");
    }

    /** The tensor that {@code text} writes, in the element type of {@code type}; ones are put in front of its dimensions up to the rank of {@code type}. */
    static Tensor parse(String input, TensorType type, String text) {
        Literal literal = new Literal(input, type);
        JsonNode root;
        try {
            root = JsonMapper.builder()
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .enable(JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS)
                    .build()
                    .readTree(text);
        } catch (JsonProcessingException e) {
            throw literal.bad("it is not written as JSON: " + e.getOriginalMessage());
        }
        List<Long> dims = new ArrayList<>();
        literal.collect(root, 0, dims);
        while (type.isRanked() && dims.size() < type.rank()) {
            dims.addFirst(1L);
        }
        Tensor t = Tensor.zeros(
                type.element(), dims.stream().mapToLong(Long::longValue).toArray());
        for (int i = 0; i < literal.elements.size(); i++) {
            literal.put(t, i, literal.elements.get(i));
        }
        return t;
    }

    private void collect(JsonNode node, int depth, List<Long> dims) {
        if (!node.isArray()) {
            if (depth != dims.size()) {
                throw bad("its rows have different depths");
            }
            elements.add(node);
            return;
        }
        if (dims.size() == depth) {
            if (!elements.isEmpty()) {
                throw bad("its rows have different depths");
            }
            dims.add((long) node.size());
        } else if (dims.get(depth) != node.size()) {
            throw bad("its rows have different lengths");
        }
        node.forEach(n -> collect(n, depth + 1, dims));
    }

    private void put(Tensor t, int i, JsonNode node) {
        switch (type.element().kind()) {
            case FLOAT -> {
                if (!node.isNumber()) {
                    throw bad(node + " is not a number");
                }
                t.setDouble(i, node.doubleValue());
            }
            case SIGNED, UNSIGNED -> {
                if (!node.isIntegralNumber() || !node.canConvertToLong()) {
                    throw bad(node + " is not an integer");
                }
                t.setLong(i, node.longValue());
                if (t.getLong(i) != node.longValue()) {
                    throw bad(node + " is out of range");
                }
            }
            case BOOLEAN -> {
                if (!node.isBoolean() && !node.isInt()) {
                    throw bad(node + " is not true or false");
                }
                t.setLong(i, node.asBoolean() ? 1 : 0);
            }
            case TEXT -> {
                if (!node.isTextual()) {
                    throw bad(node + " is not a string in quotes");
                }
                t.setString(i, node.textValue());
            }
            case COMPLEX -> throw bad("complex numbers cannot be typed");
        }
    }

    private LatheException bad(String why) {
        return new LatheException(Diagnostic.error(
                "input.literal",
                "the value of input \"" + input + "\" is no " + type + ": " + why,
                "write numbers in brackets, for example " + input + "=[[1, 2, 3]], or give a file"));
    }
}
