package dev.lathe.ir.tensor;

import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The header of a {@code .npy} file, the literal of a Python dictionary: {@code {'descr': '<f4', 'fortran_order':
 * False, 'shape': (2, 3), }}.
 *
 * @param kind NumPy's letter: {@code b i u f c U S}
 * @param width bytes of an element, for {@code U} characters
 */
record NpyHeader(boolean bigEndian, char kind, int width, boolean fortranOrder, long[] dims) {

    /** NumPy's name of an element type. */
    static String descr(ElementType element) {
        return switch (element) {
            case BOOL -> "|b1";
            case I8 -> "|i1";
            case U8 -> "|u1";
            case I16, I32, I64 -> "<i" + element.bits() / 8;
            case U16, U32, U64 -> "<u" + element.bits() / 8;
            case F16, F32, F64 -> "<f" + element.bits() / 8;
            case C64, C128 -> "<c" + element.bits() / 8;
            default ->
                throw Npy.failure(
                        "NumPy has no element type " + element.text() + ", so there is no .npy file of it",
                        "cast to " + (element.isFloat() ? "f32" : element.isSigned() ? "i8" : "u8")
                                + " first, or write a .safetensors file");
        };
    }

    ElementType element(String name) {
        String text = (kind == 'b' ? "bool" : kind == 'c' ? "c" + 8 * width : "" + kind + 8 * width);
        return ElementType.ofText(text)
                .filter(e -> "biufc".indexOf(kind) >= 0 && (kind != 'b' || width == 1))
                .orElseThrow(() -> unknown("" + kind + width, name));
    }

    /** The number of elements, checked against the bytes that there are. */
    long size(long itemBytes, long available, String name) {
        long size = 1;
        boolean empty = Arrays.stream(dims).anyMatch(d -> d == 0);
        for (long d : dims) {
            // Also without elements the strides must be numbers.
            if (d != 0 && size > Long.MAX_VALUE / d / 16) {
                throw Npy.failure(name + " says it has the shape " + Arrays.toString(dims), "save the array again");
            }
            size *= Math.max(d, 1);
        }
        if (empty) {
            return 0;
        }
        if (size > available / itemBytes) {
            throw Npy.cutOff(name);
        }
        return size;
    }

    static NpyHeader parse(String text, String name) {
        return new Scanner(text, name).header();
    }

    private static RuntimeException unknown(String descr, String name) {
        char kind = descr.isEmpty() ? '?' : descr.charAt(0);
        String fix = switch (kind) {
            case 'V' ->
                "this may be bfloat16 or float8, which NumPy stores as raw bytes: save array.astype(numpy.float32) or"
                        + " a .safetensors file";
            case 'O' -> "save array.astype(str) for strings, or a numeric type";
            case 'M', 'm' -> "save array.astype(numpy.int64)";
            case 'f' -> "save array.astype(numpy.float64)";
            default -> "save the array with another type, such as array.astype(numpy.float32)";
        };
        return Npy.failure(name + " has elements of the NumPy type '" + descr + "', which Lathe does not know", fix);
    }

    /** Reads the literal; a header has no nesting but the shape's. */
    private static final class Scanner {
        private final String text;
        private final String name;
        private int at;

        Scanner(String text, String name) {
            this.text = text;
            this.name = name;
        }

        NpyHeader header() {
            String descr = null;
            Boolean fortran = null;
            long[] dims = null;
            expect('{');
            while (!accept('}')) {
                String key = string();
                expect(':');
                switch (key) {
                    case "descr" -> descr = descr();
                    case "fortran_order" -> fortran = bool();
                    case "shape" -> dims = shape();
                    default -> throw malformed();
                }
                if (!accept(',')) {
                    expect('}');
                    break;
                }
            }
            skipSpace();
            if (at < text.length() || descr == null || fortran == null || dims == null) {
                throw malformed();
            }
            return build(descr, fortran, dims);
        }

        private NpyHeader build(String descr, boolean fortran, long[] dims) {
            boolean ordered = !descr.isEmpty() && "<>|=".indexOf(descr.charAt(0)) >= 0;
            String kindAndWidth = ordered ? descr.substring(1) : descr;
            if (!kindAndWidth.matches("[biufcUS][0-9]{1,9}")) {
                throw unknown(kindAndWidth, name);
            }
            return new NpyHeader(
                    descr.charAt(0) == '>',
                    kindAndWidth.charAt(0),
                    Integer.parseInt(kindAndWidth.substring(1)),
                    fortran,
                    dims);
        }

        private String descr() {
            skipSpace();
            if (at < text.length() && text.charAt(at) == '[') {
                throw Npy.failure(
                        name + " is an array of records",
                        "save each field as an array of its own: numpy.save(path, array['field'])");
            }
            return string();
        }

        private boolean bool() {
            skipSpace();
            for (boolean value : new boolean[] {true, false}) {
                String word = value ? "True" : "False";
                if (text.startsWith(word, at)) {
                    at += word.length();
                    return value;
                }
            }
            throw malformed();
        }

        private long[] shape() {
            List<Long> dims = new ArrayList<>();
            expect('(');
            while (!accept(')')) {
                dims.add(integer());
                if (dims.size() > Npy.RANK_LIMIT) {
                    throw Npy.failure(name + " has more than " + Npy.RANK_LIMIT + " axes", "reshape the array");
                }
                if (!accept(',')) {
                    expect(')');
                    break;
                }
            }
            return dims.stream().mapToLong(Long::longValue).toArray();
        }

        private long integer() {
            skipSpace();
            int start = at;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                at++;
            }
            if (at == start || at - start > 18) {
                throw malformed();
            }
            long value = Long.parseLong(text.substring(start, at));
            accept('L'); // Python 2
            return value;
        }

        private String string() {
            skipSpace();
            if (at >= text.length() || (text.charAt(at) != '\'' && text.charAt(at) != '"')) {
                throw malformed();
            }
            int end = text.indexOf(text.charAt(at), at + 1);
            if (end < 0) {
                throw malformed();
            }
            String value = text.substring(at + 1, end);
            at = end + 1;
            return value;
        }

        private void expect(char c) {
            if (!accept(c)) {
                throw malformed();
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
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
                at++;
            }
        }

        private RuntimeException malformed() {
            return Npy.failure(
                    name + " has a header that is not one of a .npy file, at its character " + at,
                    "save the array again with numpy.save");
        }
    }
}
