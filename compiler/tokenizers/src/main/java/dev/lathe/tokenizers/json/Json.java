package dev.lathe.tokenizers.json;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON text (RFC 8259) from UTF-8 bytes: objects as maps, arrays as lists, integers as {@link Long}, other
 * numbers as {@link Double}. Of members with one name the last counts.
 */
public final class Json {
    private static final int DEEPEST = 128;

    private final byte[] text;
    private int at;
    private int depth;

    private Json(byte[] text) {
        this.text = text;
    }

    /**
     * The value that {@code text} is.
     *
     * @throws IllegalArgumentException if it is none, with the place
     */
    public static @Nullable Object parse(byte[] text) {
        Json json = new Json(text);
        if (text.length >= 3 && text[0] == (byte) 0xef && text[1] == (byte) 0xbb && text[2] == (byte) 0xbf) {
            json.at = 3; // a byte order mark
        }
        Object value = json.value();
        json.space();
        if (json.at < text.length) {
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

    private byte peek() {
        if (at >= text.length) {
            throw wrong("more text");
        }
        return text[at];
    }

    private void space() {
        while (at < text.length && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
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

    private boolean enter(char end) {
        at++;
        if (++depth > DEEPEST) {
            throw wrong("less nesting");
        }
        space();
        if (peek() == end) {
            at++;
            depth--;
            return false;
        }
        return true;
    }

    private Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        if (enter('}')) {
            do {
                String name = string();
                space();
                expect(':');
                all.put(name, value());
            } while (another('}'));
        }
        return all;
    }

    private List<@Nullable Object> array() {
        List<@Nullable Object> all = new ArrayList<>(2);
        if (enter(']')) {
            do {
                all.add(value());
            } while (another(']'));
        }
        return all;
    }

    private String string() {
        expect('"');
        int start = at;
        boolean ascii = true;
        while (peek() != '"') {
            byte c = text[at];
            if (c == '\\') {
                return escapedString(start);
            }
            if (c >= 0 && c < ' ') {
                throw wrong("no control character in a string");
            }
            ascii &= c >= 0;
            at++;
        }
        String s =
                ascii ? new String(text, start, at - start, StandardCharsets.ISO_8859_1) : decoded(start, at - start);
        at++;
        return s;
    }

    private String decoded(int from, int length) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(text, from, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw wrong("UTF-8");
        }
    }

    /** A string from {@code start} on, where {@code at} is at the first escape. */
    private String escapedString(int start) {
        StringBuilder s = new StringBuilder();
        int plain = start;
        while (peek() != '"') {
            byte c = text[at];
            if (c == '\\') {
                s.append(decoded(plain, at - plain));
                at++;
                s.append(escaped());
                plain = at;
            } else if (c >= 0 && c < ' ') {
                throw wrong("no control character in a string");
            } else {
                at++;
            }
        }
        s.append(decoded(plain, at - plain));
        at++;
        for (int i = 0; i < s.length(); i++) {
            if (Character.isHighSurrogate(s.charAt(i))
                    && i + 1 < s.length()
                    && Character.isLowSurrogate(s.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(s.charAt(i))) {
                throw wrong("both halves of a surrogate pair");
            }
        }
        return s.toString();
    }

    private char escaped() {
        byte c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> (char) c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = Character.digit(peek(), 16);
                    if (digit < 0) {
                        throw wrong("four hexadecimal digits");
                    }
                    code = code * 16 + digit;
                    at++;
                }
                yield (char) code;
            }
            default -> throw wrong("an escape");
        };
    }

    private @Nullable Object word(String word, @Nullable Object value) {
        for (int i = 0; i < word.length(); i++) {
            if (peek() != word.charAt(i)) {
                throw wrong(word);
            }
            at++;
        }
        return value;
    }

    private Object number() {
        int start = at;
        boolean integer = true;
        while (at < text.length && "+-0123456789.eE".indexOf(text[at]) >= 0) {
            integer &= text[at] == '-' || Character.isDigit(text[at]);
            at++;
        }
        String digits = new String(text, start, at - start, StandardCharsets.ISO_8859_1);
        try {
            if (integer && digits.length() < 19) {
                return Long.valueOf(digits);
            }
            return Double.valueOf(digits);
        } catch (NumberFormatException e) {
            at = start;
            throw wrong("a value");
        }
    }

    private IllegalArgumentException wrong(String expected) {
        return new IllegalArgumentException("at byte " + at + ": expected " + expected);
    }
}
