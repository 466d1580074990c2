package dev.lathe.backend.java;

import dev.lathe.ir.InputRole;
import dev.lathe.ir.Location;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.lang.model.SourceVersion;

/** Java source text for values of the compiler. Names that come from a model pass through here and nowhere else. */
final class JavaText {
    /** Characters that a constant of a class file surely holds: it has 65,535 bytes, up to three for each. */
    private static final int LONGEST_LITERAL = 20_000;

    /** Characters of a comment. */
    private static final int LONGEST_COMMENT = 100;
    /** Operators that the comment of a step names. */
    private static final int MOST_OPERATORS = 4;

    private JavaText() {}

    /** A Java identifier like {@code name}. */
    static String identifier(String name) {
        StringBuilder s = new StringBuilder();
        boolean up = false;
        for (int i = 0; i < name.length() && s.length() < 60; i++) {
            char c = name.charAt(i);
            boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!plain) {
                up = !s.isEmpty();
            } else {
                s.append(up ? Character.toUpperCase(c) : c);
                up = false;
            }
        }
        if (s.isEmpty() || Character.isDigit(s.charAt(0))) {
            s.insert(0, 'v');
        }
        s.setCharAt(0, Character.toLowerCase(s.charAt(0)));
        return SourceVersion.isName(s) ? s.toString() : s + "_";
    }

    /** A class name like {@code name} that hides none of those that generated code uses. */
    static String className(String name) {
        String plain = capitalized(name);
        boolean used =
                USED_PACKAGES.stream().anyMatch(p -> exists(p + "." + plain)) || plain.equals(TilesSource.CLASS_NAME);
        return used ? plain + "Model" : plain;
    }

    /** {@code name} as a part of a class name. */
    static String capitalized(String name) {
        String s = identifier(name);
        return Character.toUpperCase(s.charAt(0)) + s.substring(1).replace("_", "");
    }

    private static final List<String> USED_PACKAGES = List.of(
            "dev.lathe.runtime",
            "dev.lathe.ir.tensor",
            "dev.lathe.ir.type",
            "dev.lathe.ir.eval",
            "dev.lathe.ir.op",
            "java.lang",
            "java.util",
            "jdk.incubator.vector");

    static boolean exists(String className) {
        return JavaText.class.getClassLoader().getResource(className.replace('.', '/') + ".class") != null
                || ClassLoader.getSystemResource(className.replace('.', '/') + ".class") != null;
    }

    /** An expression for what an input means. */
    static String role(InputRole role) {
        return switch (role) {
            case InputRole.Any _ -> "InputRole.ANY";
            case InputRole.Mask _ -> "InputRole.MASK";
            case InputRole.Index(long size) -> "new InputRole.Index(" + size + "L)";
            case InputRole.Choice(long value) -> "new InputRole.Choice(" + value + "L)";
            case InputRole.Keys(List<Object> keys) ->
                "new InputRole.Keys(List.of("
                        + keys.stream()
                                .map(k -> k instanceof String text ? literal(text) : k + "L")
                                .collect(Collectors.joining(", "))
                        + "))";
        };
    }

    /**
     * A string literal; nothing in it can end it. A text longer than a class file can hold at once is several, joined
     * when it runs.
     */
    static String literal(String text) {
        if (text.length() <= LONGEST_LITERAL) {
            return piece(text);
        }
        StringBuilder joined = new StringBuilder("String.join(\"\"");
        for (int at = 0; at < text.length(); at += LONGEST_LITERAL) {
            joined.append(", ").append(piece(text.substring(at, Math.min(text.length(), at + LONGEST_LITERAL))));
        }
        return joined.append(')').toString();
    }

    private static String piece(String text) {
        StringBuilder s = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                s.append('\\').append(c);
            } else if (c >= 0x20 && c < 0x7f) {
                s.append(c);
            } else {
                // An octal escape or, for the rest, a Unicode one; both are safe inside a literal for these characters.
                s.append(c < 0x20 ? String.format("\\%03o", (int) c) : String.format("\\u%04x", (int) c));
            }
        }
        return s.append('"').toString();
    }

    /** Text for a comment: nothing in it can end it. */
    static String comment(String text) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < text.length() && s.length() < LONGEST_COMMENT; i++) {
            char c = text.charAt(i);
            s.append(c >= 0x20 && c < 0x7f && c != '\\' ? c : '?');
        }
        return s.append(text.length() > LONGEST_COMMENT ? "..." : "").toString().replace("*/", "* /");
    }

    /** A comment for the nodes that a step stands for: their operators, and the name of the first. */
    static String comment(Location at) {
        List<String> operators =
                at.origins().stream().map(Location.Origin::opType).distinct().toList();
        String name = at.origins().getFirst().name();
        String end = name.substring(Math.max(0, name.length() - LONGEST_COMMENT / 2));
        return comment(operators.stream().limit(MOST_OPERATORS).collect(Collectors.joining(", "))
                + (operators.size() > MOST_OPERATORS ? ", ..." : "")
                + (name.isEmpty() ? "" : " at " + (end.equals(name) ? "" : "...") + end));
    }

    static String literal(long value) {
        return value + "L";
    }

    static String literal(double value) {
        if (Double.isNaN(value)) {
            return "Double.NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Double.POSITIVE_INFINITY" : "Double.NEGATIVE_INFINITY";
        }
        return Double.toString(value);
    }

    static String literal(float value) {
        if (Float.isNaN(value)) {
            return "Float.NaN";
        }
        if (Float.isInfinite(value)) {
            return value > 0 ? "Float.POSITIVE_INFINITY" : "Float.NEGATIVE_INFINITY";
        }
        return value + "f";
    }

    /** Symbols by the names of the fields that hold their values, and the sizes that are made of them. */
    static final class Symbols {
        /** Characters of the words for a size. */
        private static final int LONGEST_NAME = 40;

        /** Characters of a part of a size that gets a field of its own, so that sizes made of sizes stay short. */
        private static final int LONG_PART = 200;

        private final Map<String, String> fields = new LinkedHashMap<>();
        private final Map<Dim, Size> sizes = new LinkedHashMap<>();
        private final Map<Dim, Size> defined = new LinkedHashMap<>();
        private final Map<String, Size> parts = new LinkedHashMap<>();
        /** The methods that compute defined symbols. */
        private final Map<Dim, String> definitions = new HashMap<>();
        /** Each after those that it is made of. */
        private final List<Size> inOrder = new ArrayList<>();

        private final SourceNames names;
        private final Set<String> known;
        private final Consumer<String> before;
        private final BiFunction<String, List<String>, String> method;

        /**
         * {@code known} are the symbols that the inputs bind; the others change while the model runs. {@code before}
         * takes statements that run before the step that is being written, {@code method} makes a method of statements.
         */
        Symbols(
                SourceNames names,
                Set<String> known,
                Consumer<String> before,
                BiFunction<String, List<String>, String> method) {
            this.names = names;
            this.known = known;
            this.before = before;
            this.method = method;
        }

        String field(String symbol) {
            return fields.computeIfAbsent(symbol, s -> names.of("n_" + s));
        }

        /** The fields in use, by symbol. */
        Map<String, String> fields() {
            return fields;
        }

        /**
         * A field that is computed once, when the shapes change; elsewhere, where it has no {@code value}.
         *
         * @param type {@code int} for a size that steps use, {@code long} for what sizes are made of
         */
        record Size(String comment, String type, String field, String value) {}

        /** The sizes in use, each after those that it is made of. */
        Collection<Size> sizes() {
            return inOrder;
        }

        private Size size(String comment, String type, String value) {
            Size size = new Size(comment, type, names.of(sizeName(comment)), value);
            inOrder.add(size);
            return size;
        }

        /** What a size is made of, in words; a number where these would be many. */
        private String sizeName(String expression) {
            String words = expression
                    .replace("*", "_times_")
                    .replace("+", "_plus_")
                    .replace("-", "_minus_")
                    .replace("/", "_over_");
            if (words.isEmpty() || words.length() > LONGEST_NAME) {
                return "size" + inOrder.size();
            }
            return Character.isLetter(words.charAt(0)) ? words : "size_" + words;
        }

        /**
         * The field of a defined symbol. One that the inputs do not tell is computed again before each step that
         * needs it, by a method of its own.
         */
        private String defined(Dim symbol, String value) {
            boolean isKnown = isKnown(symbol);
            Size size = defined.get(symbol);
            if (size == null) {
                size = size(symbol.toString(), "long", isKnown ? value : "");
                defined.put(symbol, size);
                if (!isKnown) {
                    String statement = size.field + " = " + value + ";";
                    definitions.put(symbol, method.apply("define", List.of(statement)));
                }
            }
            if (!isKnown) {
                before.accept(definitions.get(symbol) + "();");
            }
            return size.field;
        }

        /** Whether the inputs tell the value of an expression. */
        boolean isKnown(Dim d) {
            Set<String> symbols = new HashSet<>();
            d.collectSymbols(symbols);
            return isKnown(symbols);
        }

        /** Whether the inputs tell the values of symbols. */
        boolean isKnown(Set<String> symbols) {
            return known.containsAll(symbols);
        }

        /** An expression of type {@code int}, whose value is exact or ends the call. */
        String dim(Dim d) {
            if (d.isConstant() && d.constant() == (int) d.constant()) {
                return Long.toString(d.constant());
            }
            if (!isKnown(d)) {
                return "size(" + wide(d) + ")";
            }
            Size size = sizes.get(d);
            if (size == null) {
                size = size(d.toString(), "int", "size(" + prepared(d) + ")");
                sizes.put(d, size);
            }
            return size.field;
        }

        /** An expression of type {@code long}, whose value is exact or ends the call. */
        String wide(Dim d) {
            return d.fold(new Text(false));
        }

        /** As {@link #wide}, for what runs when the shapes change. */
        private String prepared(Dim d) {
            return d.fold(new Text(isKnown(d)));
        }

        /** Dimensions as arguments of type {@code long}, for what runs when the shapes change. */
        String prepared(Shape shape) {
            return shape.dims().stream().map(this::prepared).collect(Collectors.joining(", "));
        }

        /** Source text of expressions. */
        private final class Text implements Dim.Algebra<String> {
            /** Whether parts may be computed when the shapes change. */
            private final boolean shares;

            Text(boolean shares) {
                this.shares = shares;
            }

            /** {@code text}, or a field that holds its value, once for all sizes that are made of it. */
            private String part(String text) {
                return shares && text.length() > LONG_PART
                        ? parts.computeIfAbsent(text, t -> size("", "long", t)).field
                        : text;
            }

            @Override
            public String constant(long value) {
                return literal(value);
            }

            @Override
            public String symbol(String name, boolean signed) {
                return field(name);
            }

            @Override
            public String plus(String a, String b) {
                return "plus(" + a + ", " + b + ")";
            }

            @Override
            public String times(String a, String b) {
                return "times(" + a + ", " + b + ")";
            }

            @Override
            public String floorDiv(String numerator, String denominator) {
                return part("floorDiv(" + numerator + ", " + denominator + ")");
            }

            @Override
            public String min(String a, String b) {
                return part("Math.min(" + a + ", " + b + ")");
            }

            @Override
            public String max(String a, String b) {
                return part("Math.max(" + a + ", " + b + ")");
            }

            @Override
            public String defined(Dim symbol, String value) {
                return Symbols.this.defined(symbol, value);
            }
        }
    }

    /** An expression that makes a type of an input or output. */
    static String type(Type type) {
        return switch (type) {
            case TensorType t
            when !t.isRanked() ->
                "TensorType.unranked(ElementType." + t.element().name() + ")";
            case TensorType t ->
                "TensorType.of(ElementType." + t.element().name() + ", Shape.of(List.<Dim>of("
                        + t.shape().dims().stream().map(JavaText::dimension).collect(Collectors.joining(", ")) + ")))";
            case SequenceType s -> "new SequenceType(" + type(s.element()) + ")";
            case MapType m -> "new MapType(ElementType." + m.key().name() + ", " + type(m.value()) + ")";
            case OptionalType o -> "new OptionalType(" + type(o.element()) + ")";
        };
    }

    /** The class of the values of a type. */
    static String datum(Type type) {
        return switch (type) {
            case TensorType _ -> "Tensor";
            case SequenceType _ -> "Datum.Sequence";
            case MapType _ -> "Datum.Mapping";
            case OptionalType _ -> "Datum"; // what it holds stands for it
        };
    }

    /** An expression that makes a dimension. */
    private static String dimension(Dim d) {
        if (d.hasDefinitions()) {
            return "Dim.symbol(\"_\")"; // nobody asks what it is made of
        }
        return d.fold(new Dim.Algebra<String>() {
            @Override
            public String constant(long value) {
                return "Dim.of(" + value + "L)";
            }

            @Override
            public String symbol(String name, boolean signed) {
                return (signed ? "Dim.signedSymbol(" : "Dim.symbol(") + literal(name) + ")";
            }

            @Override
            public String plus(String a, String b) {
                return a + ".plus(" + b + ")";
            }

            @Override
            public String times(String a, String b) {
                return a + ".times(" + b + ")";
            }

            @Override
            public String floorDiv(String a, String b) {
                return a + ".floorDiv(" + b + ")";
            }

            @Override
            public String min(String a, String b) {
                return a + ".min(" + b + ")";
            }

            @Override
            public String max(String a, String b) {
                return a + ".max(" + b + ")";
            }
        });
    }

    /** Dimensions as arguments. */
    static String list(Symbols symbols, List<Dim> dims) {
        return dims.stream().map(symbols::dim).collect(Collectors.joining(", "));
    }

    /** The dimensions of a shape as arguments after others: {@code , 1, n, 384}. */
    static String arguments(Symbols symbols, Shape shape) {
        return shape.dims().stream().map(d -> ", " + symbols.dim(d)).collect(Collectors.joining());
    }

    /** An {@code int[]} of expressions. */
    static String array(Symbols symbols, List<Dim> dims) {
        return dims.stream().map(symbols::dim).collect(Collectors.joining(", ", "new int[] {", "}"));
    }

    /** The kind of a type's elements, if it is a tensor's. */
    static Optional<ElementType> element(Type type) {
        return type instanceof TensorType t ? Optional.of(t.element()) : Optional.empty();
    }
}
