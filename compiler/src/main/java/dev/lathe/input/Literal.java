package dev.lathe.input;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Values as people type them, as JSON: tensors such as {@code 0.5}, {@code [1, 2, 3]}, {@code [["a", "b"]]}; sequences as lists of items; maps as objects, {@code {"1": 0.5}} also
 * where the keys are integers; an absent value as {@code null}.
 */
final class Literal {
    private final String input;
    private final Type whole;

    private Literal(String input, Type whole) {
        this.input = input;
        this.whole = whole;
    }

    /** Whether {@code text} looks like a literal and not like a file. */
    static boolean isLiteral(String text) {
        return text.startsWith("[")
                || text.startsWith("{")
                || text.startsWith("\"")
                || text.matches("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?|true|false|null|NaN|-?Infinity");
    }

    /** What {@code text} writes, as a {@code type}; ones are put in front of the dimensions of a tensor up to the rank of its type. */
    static Datum parse(String input, Type type, String text) {
        Literal literal = new Literal(input, type);
        try {
            JsonNode root = JsonMapper.builder()
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .enable(JsonReadFeature.ALLOW_LEADING_PLUS_SIGN_FOR_NUMBERS)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build()
                    .readTree(text);
            return literal.value(root, type);
        } catch (JsonProcessingException e) {
            throw literal.bad("it is not written as JSON: " + e.getOriginalMessage());
        }
    }

    private Datum value(JsonNode node, Type type) {
        return switch (type) {
            case TensorType t -> tensor(node, t);
            case SequenceType s -> {
                if (!node.isArray()) {
                    throw bad("a sequence is a list in brackets");
                }
                List<Datum> items = new ArrayList<>();
                node.forEach(item -> items.add(value(item, s.element())));
                yield new Datum.Sequence(s.element(), items);
            }
            case MapType m -> {
                if (!node.isObject()) {
                    throw bad("a map is an object in braces");
                }
                Map<Object, Datum> entries = new LinkedHashMap<>();
                node.properties().forEach(e -> {
                    if (entries.put(key(e.getKey(), m.key()), value(e.getValue(), m.value())) != null) {
                        throw bad("the key " + e.getKey() + " is there twice");
                    }
                });
                yield new Datum.Mapping(m.key(), m.value(), entries);
            }
            case OptionalType o ->
                new Datum.Maybe(o.element(), node.isNull() ? Optional.empty() : Optional.of(value(node, o.element())));
        };
    }

    private Object key(String text, ElementType type) {
        if (type.isString()) {
            return text;
        }
        try {
            long key = type.isUnsigned() ? Long.parseUnsignedLong(text) : Long.parseLong(text);
            return requireFit(key, type, text);
        } catch (NumberFormatException e) {
            throw bad("the key \"" + text + "\" is not an integer");
        }
    }

    private Tensor tensor(JsonNode node, TensorType type) {
        List<JsonNode> elements = new ArrayList<>();
        List<Long> dims = new ArrayList<>();
        collect(node, 0, dims, elements);
        while (type.isRanked() && dims.size() < type.rank()) {
            dims.addFirst(1L);
        }
        Tensor t = Tensor.zeros(
                type.element(), dims.stream().mapToLong(Long::longValue).toArray());
        for (int i = 0; i < elements.size(); i++) {
            put(t, i, elements.get(i));
        }
        return t;
    }

    private void collect(JsonNode node, int depth, List<Long> dims, List<JsonNode> elements) {
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
        node.forEach(n -> collect(n, depth + 1, dims, elements));
    }

    private void put(Tensor t, int i, JsonNode node) {
        switch (t.element().kind()) {
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
                t.setLong(i, requireFit(node.longValue(), t.element(), node.toString()));
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

    private long requireFit(long value, ElementType type, String shown) {
        Tensor stored = Tensor.zeros(type);
        stored.setLong(0, value);
        if (stored.getLong(0) != value) {
            throw bad(shown + " is out of range");
        }
        return value;
    }

    private LatheException bad(String why) {
        return new LatheException(Diagnostic.error(
                "input.literal",
                "the value of input \"" + input + "\" is no " + whole + ": " + why,
                whole instanceof MapType
                        ? "write an object, for example '" + input + "={\"key\": 1.5}', or give a .pb file"
                        : "write numbers in brackets, for example " + input + "=[[1, 2, 3]], or give a file"));
    }
}
