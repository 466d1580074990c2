package dev.lathe.frontend.text;

import dev.lathe.grammar.LatheParser.AttributeValueContext;
import dev.lathe.grammar.LatheParser.DimAttributeContext;
import dev.lathe.grammar.LatheParser.DimContext;
import dev.lathe.grammar.LatheParser.FloatAttributeContext;
import dev.lathe.grammar.LatheParser.ListAttributeContext;
import dev.lathe.grammar.LatheParser.SymbolFactorContext;
import dev.lathe.grammar.LatheParser.TypeAttributeContext;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Attribute values, read as the Java type of the op's component says. */
final class AttributeReader {
    private final TypeReader types;

    AttributeReader(TypeReader types) {
        this.types = types;
    }

    Object read(AttributeValueContext value, Type type) {
        if (type instanceof ParameterizedType p) {
            Type item = p.getActualTypeArguments()[0];
            if (p.getRawType() == Optional.class) {
                return Optional.of(read(value, item));
            }
            if (value instanceof ListAttributeContext list) {
                List<Object> items = new ArrayList<>();
                for (AttributeValueContext v : list.attributeValue()) {
                    items.add(read(v, item));
                }
                return items;
            }
            throw bad(value, "a list");
        }
        Class<?> c = (Class<?>) type;
        if (c == Shape.class) {
            if (value instanceof ListAttributeContext list) {
                return Shape.of(list.attributeValue().stream()
                        .map(v -> (Dim) read(v, Dim.class))
                        .toList());
            }
            throw bad(value, "a shape such as [batch, 2*n]");
        }
        if (dev.lathe.ir.type.Type.class.isAssignableFrom(c)) {
            if (value instanceof TypeAttributeContext t) {
                dev.lathe.ir.type.Type read = types.type(t.type());
                if (c.isInstance(read)) {
                    return read;
                }
            }
            throw bad(value, "a type such as f32[2, n]");
        }
        if (c == double.class || c == Double.class || c == float.class || c == Float.class) {
            double d = number(value);
            return c == float.class || c == Float.class ? (Object) (float) d : (Object) d;
        }
        if (value instanceof DimAttributeContext d) {
            return scalar(value, d.dim(), c);
        }
        throw bad(value, expected(c));
    }

    private Object scalar(AttributeValueContext value, DimContext dim, Class<?> c) {
        if (c == Dim.class) {
            return types.dim(dim);
        }
        if (c == int.class || c == Integer.class || c == long.class || c == Long.class) {
            Dim d = types.dim(dim);
            if (d.isConstant() && (c == long.class || c == Long.class)) {
                return d.constant();
            }
            if (d.isConstant() && d.constant() == (int) d.constant()) {
                return (int) d.constant();
            }
            throw bad(value, expected(c));
        }
        String word = word(dim);
        if (word == null) {
            throw bad(value, expected(c));
        }
        if (c == String.class) {
            return word;
        }
        if (c == boolean.class || c == Boolean.class) {
            if (word.equals("true") || word.equals("false")) {
                return word.equals("true");
            }
            throw bad(value, expected(c));
        }
        if (c == ElementType.class) {
            return ElementType.ofText(word).orElseThrow(() -> bad(value, "an element type such as f32"));
        }
        if (c.isEnum()) {
            return Arrays.stream(c.getEnumConstants())
                    .filter(e -> text(e).equals(word))
                    .findFirst()
                    .orElseThrow(() -> bad(value, expected(c)));
        }
        throw new IllegalStateException("IR text has no attributes of " + c);
    }

    private static String text(Object constant) {
        return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
    }

    private double number(AttributeValueContext value) {
        if (value instanceof FloatAttributeContext f) {
            return Double.parseDouble(f.getText());
        }
        if (value instanceof DimAttributeContext d) {
            switch (d.getText()) {
                case "inf" -> {
                    return Double.POSITIVE_INFINITY;
                }
                case "-inf" -> {
                    return Double.NEGATIVE_INFINITY;
                }
                case "nan" -> {
                    return Double.NaN;
                }
                default -> {
                    Dim dim = types.dim(d.dim());
                    if (dim.isConstant()) {
                        return dim.constant();
                    }
                }
            }
        }
        throw bad(value, "a number");
    }

    /** The one word or string that the expression is; null if it is more. */
    private static @Nullable String word(DimContext dim) {
        return dim.getChildCount() == 1
                        && dim.term(0).factor().size() == 1
                        && dim.term(0).factor(0) instanceof SymbolFactorContext s
                        && s.getChildCount() == 1
                ? Words.name(s.name())
                : null;
    }

    /** What a person writes for a component of type {@code c}. */
    private static String expected(Class<?> c) {
        if (c.isEnum() && c != ElementType.class) {
            return "one of "
                    + String.join(
                            ", ",
                            Arrays.stream(c.getEnumConstants())
                                    .map(AttributeReader::text)
                                    .toList());
        }
        return switch (c.getSimpleName()) {
            case "int", "Integer", "long", "Long" -> "an integer";
            case "boolean", "Boolean" -> "true or false";
            case "String" -> "a word or a quoted string";
            case "Dim" -> "a dimension such as 2*n+1";
            case "ElementType" -> "an element type such as f32";
            default -> c.getSimpleName();
        };
    }

    private static TextException bad(AttributeValueContext value, String expected) {
        String text = value.getText();
        String shown = text.length() > 40 ? text.substring(0, 40) + "…" : text;
        return new TextException(value, "`" + shown + "` is not " + expected, "write " + expected);
    }
}
