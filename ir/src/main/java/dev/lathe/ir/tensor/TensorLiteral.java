package dev.lathe.ir.tensor;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Tensors as people type them: {@code 3}, {@code [1, 2, 3]}, {@code [[1, 2], [3, 4]]}, {@code [true, false]},
 * {@code ["a", b]}. Brackets nest as the dimensions do; {@code nan}, {@code inf} and {@code -inf} are floats. Strings
 * need quotes only where they hold a comma, a bracket, a quote or outer blanks.
 */
public final class TensorLiteral {
    private static final int MAX_RANK = 32;

    private final String text;
    private final ElementType element;
    private final List<String> items = new ArrayList<>();
    private final List<Integer> dims = new ArrayList<>();
    /** The depth at which the items stand; -1 until the first. */
    private int rank = -1;

    private int at;

    private TensorLiteral(String text, ElementType element) {
        this.text = text;
        this.element = element;
    }

    /**
     * Reads {@code text} as a tensor of {@code element}s.
     *
     * @throws LatheException if the brackets do not fit together, or an item is not an element of that type
     */
    public static Tensor parse(String text, ElementType element) {
        return new TensorLiteral(text, element).parse();
    }

    private Tensor parse() {
        value(0);
        skipBlanks();
        if (at < text.length()) {
            throw bad("there is more after its end");
        }
        long[] shape = new long[dims.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = dims.get(i);
        }
        if (element.isString()) {
            return Tensor.ofStrings(items.toArray(String[]::new), shape);
        }
        Tensor t = Tensor.zeros(element, shape);
        for (int i = 0; i < items.size(); i++) {
            set(t, i, items.get(i));
        }
        return t;
    }

    private void value(int depth) {
        skipBlanks();
        if (at < text.length() && text.charAt(at) == '[') {
            at++;
            list(depth);
            return;
        }
        if (rank < 0) {
            rank = depth;
        } else if (rank != depth) {
            throw bad("its rows have different depths");
        }
        items.add(item());
    }

    private void list(int depth) {
        if (depth >= MAX_RANK || depth == rank) {
            throw bad(depth == rank ? "its rows have different depths" : "it is nested too deep");
        }
        int count = 0;
        skipBlanks();
        if (at < text.length() && text.charAt(at) == ']') {
            at++;
            rank = Math.max(rank, depth + 1);
        } else {
            char next;
            do {
                value(depth + 1);
                count++;
                skipBlanks();
                next = at < text.length() ? text.charAt(at++) : 0;
            } while (next == ',');
            if (next != ']') {
                throw bad("a ] is missing");
            }
        }
        while (dims.size() <= depth) {
            dims.add(-1);
        }
        if (dims.get(depth) >= 0 && dims.get(depth) != count) {
            throw bad("its rows have different lengths");
        }
        dims.set(depth, count);
    }

    private String item() {
        if (at < text.length() && text.charAt(at) == '"') {
            return quoted();
        }
        int from = at;
        while (at < text.length() && ",[]\"".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        String word = text.substring(from, at).strip();
        if (word.isEmpty()) {
            throw bad("an element is missing");
        }
        return word;
    }

    private String quoted() {
        StringBuilder s = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return s.toString();
            }
            s.append(c == '\\' && at + 1 < text.length() ? escaped() : c);
        }
        throw bad("a quote is missing");
    }

    /** What a backslash and what follows it mean, as in JSON. */
    private char escaped() {
        char c = text.charAt(++at);
        switch (c) {
            case 'n' -> {
                return '\n';
            }
            case 't' -> {
                return '\t';
            }
            case 'r' -> {
                return '\r';
            }
            case 'u' -> {
                if (at + 4 >= text.length()) {
                    throw bad("\\u needs four hexadecimal digits");
                }
                try {
                    int code = Integer.parseUnsignedInt(text, at + 1, at + 5, 16);
                    at += 4;
                    return (char) code;
                } catch (NumberFormatException e) {
                    throw bad("\\u needs four hexadecimal digits");
                }
            }
            default -> {
                return c;
            }
        }
    }

    private void set(Tensor t, int i, String item) {
        try {
            switch (element.kind()) {
                case FLOAT -> t.setDouble(i, number(item));
                case BOOLEAN -> t.setLong(i, truth(item) ? 1 : 0);
                case UNSIGNED -> t.setLong(i, inRange(Long.parseUnsignedLong(item)));
                case SIGNED -> t.setLong(i, inRange(Long.parseLong(item)));
                case COMPLEX, TEXT -> throw bad("elements of this type cannot be typed");
            }
        } catch (NumberFormatException e) {
            throw bad("\"" + item + "\" is not such a value");
        }
    }

    private static double number(String item) {
        return switch (item.toLowerCase(Locale.ROOT)) {
            case "inf", "+inf" -> Double.POSITIVE_INFINITY;
            case "-inf" -> Double.NEGATIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> Double.parseDouble(item);
        };
    }

    private static boolean truth(String item) {
        return switch (item.toLowerCase(Locale.ROOT)) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw new NumberFormatException();
        };
    }

    private long inRange(long value) {
        int bits = element.bits();
        boolean fits = bits == 64
                || (element.isSigned() ? value >= -(1L << bits - 1) && value < 1L << bits - 1 : value >>> bits == 0);
        if (!fits) {
            throw new NumberFormatException();
        }
        return value;
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private LatheException bad(String why) {
        String shown = text.length() > 60 ? text.substring(0, 60) + "…" : text;
        return new LatheException(Diagnostic.error(
                "input.literal",
                "\"" + shown + "\" is not a tensor of " + element.text() + ": " + why,
                "write nested lists such as [[1, 2], [3, 4]], or give a .npy file"));
    }
}
