package dev.lathe.ir.tensor;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Values as people type them: a tensor as {@link TensorLiteral} says, a sequence as {@code [item, item]}, a map as
 * {@code {"a": 1.5, b: 2}} or {@code {1: 0.5}}, an optional as what it holds or {@code null}.
 */
public final class DatumLiteral {
    private static final Pattern NUMBER = Pattern.compile("[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?");

    private final String text;
    private final Type whole;
    private int at;

    private DatumLiteral(String text, Type whole) {
        this.text = text;
        this.whole = whole;
    }

    /**
     * Reads {@code text} as a value of {@code type}; tensors with too few dimensions get leading ones.
     *
     * @throws LatheException if the text is no such value
     */
    public static Datum parse(String text, Type type) {
        DatumLiteral literal = new DatumLiteral(text, type);
        Datum value = literal.value(type);
        if (literal.peek() != 0) {
            throw literal.bad("there is more after its end");
        }
        return value;
    }

    /**
     * Whether {@code text} looks like a literal and not like the name of a file: it starts with a bracket or a quote,
     * or is a number or a word of JSON or NumPy.
     */
    public static boolean looksLikeOne(String text) {
        String word = text.strip();
        if (word.isEmpty() || "[{\"".indexOf(word.charAt(0)) >= 0) {
            return !word.isEmpty();
        }
        switch (word.toLowerCase(Locale.ROOT)) {
            case "true", "false", "null", "nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity" -> {
                return true;
            }
            default -> {
                return NUMBER.matcher(word).matches();
            }
        }
    }

    private Datum value(Type type) {
        return switch (type) {
            case TensorType t -> tensor(t);
            case SequenceType s -> {
                List<Datum> items = new ArrayList<>();
                list('[', ']', () -> items.add(value(s.element())));
                yield new Datum.Sequence(s.element(), items);
            }
            case MapType m -> {
                Map<Object, Datum> entries = new LinkedHashMap<>();
                list('{', '}', () -> entry(m, entries));
                yield new Datum.Mapping(m.key(), m.value(), entries);
            }
            case OptionalType o -> {
                peek();
                if (text.startsWith("null", at)) {
                    at += "null".length();
                    yield new Datum.Maybe(o.element(), Optional.empty());
                }
                yield new Datum.Maybe(o.element(), Optional.of(value(o.element())));
            }
        };
    }

    private void list(char open, char close, Runnable item) {
        if (peek() != open) {
            throw bad("a " + open + " is missing");
        }
        at++;
        if (peek() != close) {
            item.run();
            while (peek() == ',') {
                at++;
                item.run();
            }
        }
        if (peek() != close) {
            throw bad("a " + close + " is missing");
        }
        at++;
    }

    private void entry(MapType type, Map<Object, Datum> into) {
        String word = until(":");
        if (peek() != ':') {
            throw bad("a key and a colon are missing");
        }
        at++;
        // As a tensor, a key may have quotes.
        Object key = MapKeys.of(scalar(word, type.key()), 0);
        if (into.put(key, value(type.value())) != null) {
            throw bad("the key " + MapKeys.text(type.key(), key) + " is there twice");
        }
    }

    private Tensor scalar(String word, ElementType element) {
        Tensor t = TensorLiteral.parse(word, element);
        if (!t.isScalar()) {
            throw bad(word + " is no key");
        }
        return t;
    }

    private Tensor tensor(TensorType type) {
        boolean outer = whole instanceof TensorType;
        String word = outer ? text : until(",]}");
        at = outer ? text.length() : at;
        try {
            return withLeadingOnes(TensorLiteral.parse(word, type.element()), type);
        } catch (LatheException e) {
            throw outer ? e : bad(e.diagnostics().getFirst().what());
        }
    }

    /** The text up to one of {@code ends} that stands neither in brackets nor in quotes. */
    private String until(String ends) {
        int from = at;
        int depth = 0;
        boolean quoted = false;
        for (; at < text.length(); at++) {
            char c = text.charAt(at);
            if (quoted) {
                at += c == '\\' ? 1 : 0;
                quoted = c != '"';
            } else if (depth == 0 && ends.indexOf(c) >= 0) {
                break;
            } else {
                quoted = c == '"';
                depth += c == '[' ? 1 : c == ']' ? -1 : 0;
            }
        }
        at = Math.min(at, text.length());
        return text.substring(from, at);
    }

    private static Tensor withLeadingOnes(Tensor t, TensorType type) {
        if (!type.isRanked() || t.rank() >= type.rank()) {
            return t;
        }
        long[] dims = new long[type.rank()];
        for (int i = 0; i < dims.length; i++) {
            int from = i - (dims.length - t.rank());
            dims[i] = from < 0 ? 1 : t.dim(from);
        }
        return t.reshape(dims);
    }

    /** The next character that is no blank; 0 at the end. */
    private char peek() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at < text.length() ? text.charAt(at) : 0;
    }

    private LatheException bad(String why) {
        String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
        return new LatheException(Diagnostic.error(
                "input.literal",
                "\"" + shown + "\" is not a " + whole + ": " + why,
                "write a sequence as [item, item] and a map as {\"key\": value, \"key\": value}"));
    }
}
