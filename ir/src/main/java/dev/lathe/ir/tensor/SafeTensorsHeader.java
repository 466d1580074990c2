package dev.lathe.ir.tensor;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The JSON header of a {@code .safetensors} file: {@code {"w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0,
 * 24]}}}, and an entry {@code __metadata__} of strings, which is passed over. Its nesting is fixed, so nothing here
 * recurses.
 */
final class SafeTensorsHeader {
    /** One tensor: its element type by the format's name, and its first byte and the one after its last in the data. */
    record Entry(String name, String type, long[] dims, long begin, long end) {}

    private final String text;
    private final String file;
    private int at;

    SafeTensorsHeader(String text, String file) {
        this.text = text;
        this.file = file;
    }

    List<Entry> read() {
        List<Entry> entries = new ArrayList<>();
        members(name -> {
            if (name.equals("__metadata__")) {
                members(_ -> string());
            } else {
                entries.add(entry(name));
            }
        });
        skipSpace();
        if (at < text.length()) {
            throw malformed("the end");
        }
        return entries;
    }

    private final class Fields {
        private @Nullable String type;
        private long @Nullable [] dims;
        private long @Nullable [] offsets;

        void field(String key) {
            switch (key) {
                case "dtype" -> type = string();
                case "shape" -> dims = integers();
                case "data_offsets" -> offsets = integers();
                default -> throw malformed("dtype, shape or data_offsets");
            }
        }
    }

    private Entry entry(String name) {
        Fields f = new Fields();
        members(f::field);
        if (f.type == null || f.dims == null || f.offsets == null || f.offsets.length != 2) {
            throw malformed("a dtype, a shape and two data_offsets for \"" + name + "\"");
        }
        return new Entry(name, f.type, f.dims, f.offsets[0], f.offsets[1]);
    }

    /** An object, whose values {@code value} reads. */
    private void members(java.util.function.Consumer<String> value) {
        expect('{');
        if (accept('}')) {
            return;
        }
        do {
            String key = string();
            expect(':');
            value.accept(key);
        } while (accept(','));
        expect('}');
    }

    private long[] integers() {
        List<Long> values = new ArrayList<>();
        expect('[');
        if (!accept(']')) {
            do {
                values.add(integer());
                if (values.size() > Npy.RANK_LIMIT) {
                    throw malformed("at most " + Npy.RANK_LIMIT + " integers");
                }
            } while (accept(','));
            expect(']');
        }
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    private long integer() {
        skipSpace();
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        if (at == start || at - start > 18) {
            throw malformed("an integer");
        }
        return Long.parseLong(text.substring(start, at));
    }

    private String string() {
        expect('"');
        StringBuilder s = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '"') {
            char c = text.charAt(at++);
            s.append(c == '\\' ? escaped() : c);
        }
        if (at >= text.length()) {
            throw malformed("the end of a string");
        }
        at++;
        return s.toString();
    }

    private char escaped() {
        char c = at < text.length() ? text.charAt(at++) : ' ';
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                String digits = at + 4 <= text.length() ? text.substring(at, at + 4) : "";
                if (!digits.matches("[0-9a-fA-F]{4}")) {
                    throw malformed("four hexadecimal digits");
                }
                at += 4;
                yield (char) Integer.parseInt(digits, 16);
            }
            default -> throw malformed("an escape of JSON");
        };
    }

    private void expect(char c) {
        if (!accept(c)) {
            throw malformed("'" + c + "'");
        }
    }

    private boolean accept(char c) {
        skipSpace();
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private LatheException malformed(String expected) {
        return SafeTensors.failure(
                file + ": the header is not one of a .safetensors file: " + expected + " expected at its character "
                        + at,
                "download or write the file again");
    }

    /** The header of a file with these tensors in this order, in ASCII. */
    static String text(List<Map.Entry<String, Tensor>> order, Function<ElementType, String> typeName) {
        StringBuilder s = new StringBuilder("{");
        long at = 0;
        for (Map.Entry<String, Tensor> e : order) {
            Tensor t = e.getValue();
            s.append(s.length() == 1 ? "" : ",");
            quote(e.getKey(), s);
            s.append(":{\"dtype\":\"").append(typeName.apply(t.element())).append("\",\"shape\":");
            s.append(Arrays.toString(t.dims()).replace(" ", ""));
            s.append(",\"data_offsets\":[").append(at).append(',');
            at = Math.addExact(at, t.byteSize());
            s.append(at).append("]}");
        }
        return s.append('}').toString();
    }

    private static void quote(String name, StringBuilder s) {
        s.append('"');
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '"' || c == '\\') {
                s.append('\\').append(c);
            } else if (c < 0x20 || c >= 0x7f) {
                s.append(String.format("\\u%04x", (int) c));
            } else {
                s.append(c);
            }
        }
        s.append('"');
    }
}
