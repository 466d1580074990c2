package dev.lathe.ir.type;

import java.util.ArrayList;
import java.util.List;

/** Dimension expressions as IR text. */
final class DimText {
    private DimText() {}

    static String of(Dim dim) {
        if (dim.terms.isEmpty()) {
            return "0";
        }
        StringBuilder s = new StringBuilder();
        for (var term : dim.terms.entrySet()) {
            long c = term.getValue();
            if (!s.isEmpty() || c < 0) {
                s.append(c < 0 ? "-" : "+");
            }
            String magnitude = c == Long.MIN_VALUE ? "9223372036854775808" : Long.toString(Math.abs(c));
            List<String> factors = new ArrayList<>();
            if (!magnitude.equals("1") || term.getKey().atoms().isEmpty()) {
                factors.add(magnitude);
            }
            term.getKey().atoms().forEach(a -> factors.add(a.toString()));
            s.append(String.join("*", factors));
        }
        return s.toString();
    }

    /** The name of a symbol, in quotes where it is no identifier. */
    static String name(String name) {
        return isIdentifier(name) ? name : quote(name);
    }

    private static boolean isIdentifier(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_';
            if (!letter && (i == 0 || !(c >= '0' && c <= '9' || c == '.'))) {
                return false;
            }
        }
        return !name.isEmpty() && !name.equals("floor") && !name.equals("min") && !name.equals("max");
    }

    /** {@code text} as a quoted string of IR text, with escapes. */
    static String quote(String text) {
        StringBuilder s = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> s.append("\\\"");
                case '\\' -> s.append("\\\\");
                case '\n' -> s.append("\\n");
                case '\r' -> s.append("\\r");
                case '\t' -> s.append("\\t");
                default -> {
                    if (c < 0x20 || c >= 0x7f) {
                        s.append(String.format("\\u%04x", (int) c));
                    } else {
                        s.append(c);
                    }
                }
            }
        }
        return s.append('"').toString();
    }
}
