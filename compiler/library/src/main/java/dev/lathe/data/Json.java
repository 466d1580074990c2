package dev.lathe.data;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads JSON text (RFC 8259): objects as maps, arrays as lists, numbers as doubles. */
final class Json {
    private static final int DEEPEST = 200;

    private final String text;
    private int at;
    private int depth;

    private Json(String text) {
        this.text = text;
    }

    /**
     * The value that {@code text} is.
     *
     * @throws IllegalArgumentException if it is none, with the place
     */
    static @Nullable Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        json.space();
        if (json.at < text.length()) {
            throw json.wrong("nothing more");
        }
        return value;
    }

    private @Nullable Object value() {
        space();
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private char peek() {
        if (at >= text.length()) {
            throw wrong("more text");
        }
        return text.charAt(at);
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void expect(char c) {
        if (peek() != c) {
            throw wrong("\"" + c + "\"");
        }
        at++;
    }

    private boolean another(char end) {
        space();
        if (peek() == end) {
            at++;
            depth--;
            return false;
        }
        expect(',');
        space();
        return true;
    }

    private void enter() {
        at++;
        if (++depth > DEEPEST) {
            throw wrong("less nesting");
        }
        space();
    }

    private Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        enter();
        if (peek() == '}') {
            at++;
            depth--;
            return all;
        }
        do {
            String name = string();
            space();
            expect(':');
            all.put(name, value());
        } while (another('}'));
        return all;
    }

    private List<@Nullable Object> array() {
        List<@Nullable Object> all = new ArrayList<>();
        enter();
        if (peek() == ']') {
            at++;
            depth--;
            return all;
        }
        do {
            all.add(value());
        } while (another(']'));
        return all;
    }

    private String string() {
        expect('"');
        StringBuilder s = new StringBuilder();
        while (peek() != '"') {
            char c = text.charAt(at++);
            s.append(c == '\\' ? escaped() : c);
        }
        at++;
        return s.toString();
    }

    private char escaped() {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                if (at + 4 > text.length() || !text.substring(at, at + 4).matches("[0-9a-fA-F]{4}")) {
                    throw wrong("four hexadecimal digits");
                }
                at += 4;
                yield (char) Integer.parseInt(text, at - 4, at, 16);
            }
            default -> throw wrong("an escape");
        };
    }

    private @Nullable Object word(String word, @Nullable Object value) {
        if (!text.startsWith(word, at)) {
            throw wrong(word);
        }
        at += word.length();
        return value;
    }

    private double number() {
        int start = at;
        while (at < text.length() && "+-0123456789.eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        try {
            return Double.parseDouble(text.substring(start, at));
        } catch (NumberFormatException e) {
            throw wrong("a value");
        }
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException("at character " + at + ": expected " + expected);
    }
}
