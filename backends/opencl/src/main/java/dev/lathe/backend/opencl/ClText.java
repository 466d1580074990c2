package dev.lathe.backend.opencl;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Optional;

/** Words of OpenCL C: types, literals, comments. */
final class ClText {
    private ClText() {}

    /** Whether buffers can have elements of a type: all but those that share bytes or are objects. */
    static boolean hasArrays(ElementType type) {
        return switch (type) {
            case BOOL, I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64 -> true;
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0 -> true;
            default -> false;
        };
    }

    /** The type of an element in memory; empty if no kernel computes with it. */
    static Optional<String> stored(ElementType type) {
        return Optional.ofNullable(
                switch (type) {
                    case BOOL, U8 -> "uchar";
                    case I8 -> "char";
                    case I16 -> "short";
                    case U16, BF16 -> "ushort";
                    case I32 -> "int";
                    case U32 -> "uint";
                    case I64 -> "long";
                    case U64 -> "ulong";
                    case F16 -> "half";
                    case F32 -> "float";
                    case F64 -> "double";
                    default -> null;
                });
    }

    /** The type of a number in an expression; narrow integers are an {@code int} in their range. */
    static String computed(ElementType type) {
        return switch (type) {
            case F16, BF16, F32 -> "float";
            case F64 -> "double";
            case U32 -> "uint";
            case I64 -> "long";
            case U64 -> "ulong";
            default -> "int";
        };
    }

    /** The greatest number of a type, which is infinity for floats. */
    static String greatest(ElementType type) {
        return switch (type) {
            case I8 -> "CHAR_MAX";
            case BOOL -> "1";
            case U8 -> "UCHAR_MAX";
            case I16 -> "SHRT_MAX";
            case U16 -> "USHRT_MAX";
            case I32 -> "INT_MAX";
            case U32 -> "UINT_MAX";
            case I64 -> "LONG_MAX";
            case U64 -> "ULONG_MAX";
            default -> "INFINITY";
        };
    }

    /** The least number of a type, which is negative infinity for floats. */
    static String least(ElementType type) {
        return switch (type) {
            case I8 -> "CHAR_MIN";
            case I16 -> "SHRT_MIN";
            case I32 -> "INT_MIN";
            case I64 -> "LONG_MIN";
            case BOOL, U8, U16, U32, U64 -> "0";
            default -> "-INFINITY";
        };
    }

    /** An unsigned integer with the bits of an element, for kernels that only move it. */
    static String bits(int bytes) {
        return switch (bytes) {
            case 1 -> "uchar";
            case 2 -> "ushort";
            case 4 -> "uint";
            case 8 -> "ulong";
            default -> throw new IllegalStateException("no integer of " + bytes + " bytes");
        };
    }

    static String literal(float value) {
        if (Float.isNaN(value)) {
            return "NAN";
        }
        if (Float.isInfinite(value)) {
            return value > 0 ? "INFINITY" : "-INFINITY";
        }
        return value + "f";
    }

    static String literal(Tensor scalar) {
        ElementType type = scalar.element();
        return switch (computed(type)) {
            case "float" -> literal(scalar.getFloat(0));
            case "double" ->
                Double.isFinite(scalar.getDouble(0))
                        ? Double.toString(scalar.getDouble(0))
                        : literal(scalar.getFloat(0));
            case "uint" -> scalar.getLong(0) + "u";
            case "long" -> scalar.getLong(0) == Long.MIN_VALUE ? "LONG_MIN" : scalar.getLong(0) + "L";
            case "ulong" -> Long.toUnsignedString(scalar.getBits(0)) + "UL";
            default ->
                type.isBool()
                        ? scalar.getBoolean(0) ? "1" : "0"
                        : scalar.getLong(0) == Integer.MIN_VALUE ? "INT_MIN" : Long.toString(scalar.getLong(0));
        };
    }

    /** Text for a comment that runs to the end of its line: it has no line breaks, and ends with no backslash. */
    static String comment(String text) {
        StringBuilder s = new StringBuilder();
        text.codePoints().forEach(c -> s.append(c < ' ' || c > '~' || c == '\\' ? '?' : (char) c));
        return s.toString();
    }

    /** What names an object of a program: letters and digits of {@code text}. */
    static String identifier(String text) {
        String name = text.replaceAll("[^A-Za-z0-9]+", "_").replaceAll("^_+|_+$", "");
        return name.isEmpty() || Character.isDigit(name.charAt(0)) ? "k" + name : name;
    }
}
