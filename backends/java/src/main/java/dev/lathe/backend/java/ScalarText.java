package dev.lathe.backend.java;

import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Optional;

/**
 * Elementwise ops as Java expressions on single elements, with the bits of the reference.
 *
 * <p>Variables hold the numbers themselves: integers of fewer than 32 bits are an {@code int} in their range, u32 is a
 * {@code long} in its range, u64 a {@code long} with its bits; floats of fewer than 32 bits are a {@code float} that
 * is rounded to their precision.
 */
final class ScalarText {
    /** What has no text of its own is what the reference computes. */
    private static final String REFERENCE = "dev.lathe.ir.eval.ScalarEvaluation.apply(dev.lathe.ir.op.%s.%s, %s)";

    private ScalarText() {}

    /** The Java type of an element in an expression. */
    static String type(ElementType type) {
        return switch (type) {
            case F32, F16, BF16, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0 -> "float";
            case F64 -> "double";
            case I64, U64, U32 -> "long";
            case BOOL -> "boolean";
            default -> "int";
        };
    }

    /** Whether expressions can have elements of this type: all but those that share bytes or are objects. */
    static boolean computes(ElementType type) {
        return Kind.of(type).isPresent();
    }

    /** Whether elements are floats of 8 bits, whose kernels have a constant with the format. */
    static boolean isSmallFloat(ElementType type) {
        return type.isFloat() && type.bits() == 8;
    }

    /** Whether a float of 32 bits has all the numbers. */
    private static boolean isSingle(ElementType type) {
        return type.isFloat() ? type != ElementType.F64 : type.bits() < 32;
    }

    static String load(ElementType type, String element) {
        return switch (type) {
            case BOOL -> element + " != 0";
            case U8 -> element + " & 0xff";
            case U16 -> element + " & 0xffff";
            case U32 -> element + " & 0xffffffffL";
            case F16 -> "Float.float16ToFloat(" + element + ")";
            case BF16 -> "Float.intBitsToFloat(" + element + " << 16)";
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0 ->
                "(float) " + type + ".decode(" + element + " & 0xff)";
            default -> element;
        };
    }

    /** A value as it is stored; a float of 16 bits need not be rounded yet. */
    static String store(ElementType type, String value) {
        return switch (type) {
            case BOOL -> "(byte) (" + value + " ? 1 : 0)";
            case I8, U8 -> "(byte) " + value;
            case I16, U16 -> "(short) " + value;
            case U32 -> "(int) " + value;
            case F16 -> "Float.floatToFloat16(" + value + ")";
            case BF16 -> "ScalarFunctions.bfloat16Bits(" + value + ")";
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0 -> "(byte) " + type + ".nearest(" + value + ")";
            default -> value;
        };
    }

    static String constant(ElementType type, Tensor t) {
        return switch (type(type)) {
            case "float" -> JavaText.literal(t.getFloat(0));
            case "double" -> JavaText.literal(t.getDouble(0));
            case "long" -> t.getLong(0) + "L";
            case "boolean" -> Boolean.toString(t.getBoolean(0));
            default -> Long.toString(t.getLong(0));
        };
    }

    /** The expression of {@code op} on operands that are the given variables; empty if there is none. */
    static Optional<String> expression(Op op, ElementType result, List<ElementType> types, List<String> v) {
        if (!computes(result) || !types.stream().allMatch(ScalarText::computes)) {
            return Optional.empty();
        }
        ElementType type = types.getFirst();
        return switch (op) {
            case Unary u when type.isFloat() -> Optional.of(floating(u.function(), type, v.getFirst()));
            case Unary u -> Optional.of(integral(u.function(), type, v.getFirst()));
            case Binary n when type.isBool() -> logical(n.function(), v.get(0), v.get(1));
            case Binary n when type.isFloat() -> Optional.of(floating(n.function(), type, v.get(0), v.get(1)));
            case Binary n -> Optional.of(integral(n.function(), type, v.get(0), v.get(1)));
            case Compare c -> Optional.of(compare(c.function(), type, v.get(0), v.get(1)));
            case Select _ -> Optional.of(v.get(0) + " ? " + v.get(1) + " : " + v.get(2));
            case Cast c -> Optional.of(cast(type, result, c.saturate(), v.getFirst()));
            default -> Optional.empty();
        };
    }

    /** The low bits of an expression as an integer of the type. */
    private static String wrapped(ElementType type, String e) {
        return switch (type) {
            case I8 -> "(byte) " + e;
            case U8 -> e + " & 0xff";
            case I16 -> "(short) " + e;
            case U16 -> e + " & 0xffff";
            case I32 -> "(int) " + e;
            case U32 -> e + " & 0xffffffffL";
            default -> e;
        };
    }

    /** The low bits of a {@code long} as an integer of the type. */
    private static String low(ElementType type, String e) {
        return wrapped(type, type(type).equals("int") && type.isUnsigned() ? "(int) " + e : e);
    }

    /** Arithmetic on integers of the type; on those of 32 and 64 bits Java's wraps as it should. */
    private static String arithmetic(ElementType type, String e) {
        return type == ElementType.I32 ? e : wrapped(type, "(" + e + ")");
    }

    /** Arithmetic on floats of the type, which is rounded where Java's has more bits. */
    private static String rounded(ElementType type, String e) {
        return switch (type) {
            case F32, F64 -> e;
            case F16 -> "ScalarFunctions.toFloat16(" + e + ")";
            case BF16 -> "ScalarFunctions.toBfloat16(" + e + ")";
            default -> type + ".rounded(" + e + ")";
        };
    }

    /** A double as a float of the type. */
    private static String narrowed(ElementType type, String e) {
        return type == ElementType.F64 ? e : rounded(type, "(float) (" + e + ")");
    }

    private static String cast(ElementType from, ElementType to, boolean saturate, String v) {
        if (from == to) {
            return v;
        }
        if (to.isBool()) {
            return v + " != 0";
        }
        if (from.isBool()) {
            return isSmallFloat(to) ? through(to, saturate, "(" + v + " ? 1 : 0)") : v + " ? 1 : 0";
        }
        if (to.isFloat()) {
            return toFloat(from, to, saturate, v);
        }
        if (to == ElementType.U64) {
            return from.isFloat() ? "ScalarFunctions.toUnsigned(" + v + ")" : v;
        }
        if (to == ElementType.I32 && type(from).equals("int")) {
            return v;
        }
        // To a narrower integer through 64 bits.
        return from.isFloat() ? low(to, "(long) " + v) : type(from).equals("long") ? low(to, v) : wrapped(to, v);
    }

    /** Through double precision, which is rounded once for floats of 16 bits or more and twice for narrower ones. */
    private static String toFloat(ElementType from, ElementType to, boolean saturate, String v) {
        String wide = from == ElementType.U64
                ? "ScalarFunctions.ofUnsigned(" + v + ")"
                : from == ElementType.I64 ? "(double) " + v : v;
        return switch (to) {
            case F64 -> wide;
            case F32 -> isSingle(from) ? v : "(float) (" + wide + ")";
            // Integers that a float has not are infinite.
            case F16 ->
                rounded(to, isSingle(from) ? v : from == ElementType.F64 ? odd(wide) : "(float) (" + wide + ")");
            case BF16 -> rounded(to, isSingle(from) ? v : odd(wide));
            default -> through(to, saturate, isSingle(from) ? v : "(float) (" + wide + ")");
        };
    }

    /** A float that is rounded to fewer bits like the double that it is made of. */
    private static String odd(String wide) {
        return "ScalarFunctions.towardsOdd(" + wide + ")";
    }

    private static String through(ElementType type, boolean saturate, String v) {
        return "(float) " + type + ".decode(" + type + ".encode(" + v + ", " + saturate + "))";
    }

    private static String integral(UnaryFunction f, ElementType type, String x) {
        boolean unsigned = type.isUnsigned();
        return switch (f) {
            case NOT -> "!" + x;
            case BIT_NOT -> arithmetic(type, "~" + x);
            case NEGATE -> arithmetic(type, "-" + x);
            case ABS -> unsigned ? x : arithmetic(type, "Math.abs(" + x + ")");
            case SIGN ->
                unsigned ? x + " == 0 ? 0 : 1" : (type == ElementType.I64 ? "Long" : "Integer") + ".signum(" + x + ")";
            case RELU -> unsigned ? x : "Math.max(" + x + ", 0)";
            default -> throw new IllegalStateException(f.mnemonic() + " of " + type);
        };
    }

    private static String floating(UnaryFunction f, ElementType type, String x) {
        boolean single = type != ElementType.F64;
        return switch (f) {
            case NEGATE -> "-" + x;
            case ABS -> "Math.abs(" + x + ")";
            case SIGN -> "Math.signum(" + x + ")";
            case RELU -> "Math.max(" + x + ", " + (single ? "0f" : "0") + ")";
            case IS_NAN -> (single ? "Float" : "Double") + ".isNaN(" + x + ")";
            case FLOOR -> (single ? "(float) " : "") + "Math.floor(" + x + ")";
            case CEIL -> (single ? "(float) " : "") + "Math.ceil(" + x + ")";
            case ROUND -> (single ? "(float) " : "") + "Math.rint(" + x + ")";
            case RECIPROCAL -> rounded(type, "1 / " + exact(type, x));
            case EXP, LOG, TANH, ERF, SIGMOID ->
                single ? rounded(type, "ScalarFunctions." + f.mnemonic() + "(" + x + ")") : wide(f, x);
            default -> narrowed(type, wide(f, x));
        };
    }

    private static String wide(UnaryFunction f, String x) {
        return switch (f) {
            case EXP, LOG, TANH, SQRT, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH ->
                "Math." + f.mnemonic() + "(" + x + ")";
            case SIGMOID -> "1 / (1 + Math.exp(-" + x + "))";
            default -> REFERENCE.formatted("UnaryFunction", f.name(), x);
        };
    }

    private static Optional<String> logical(BinaryFunction f, String x, String y) {
        return switch (f) {
            case AND -> Optional.of(x + " & " + y);
            case OR -> Optional.of(x + " | " + y);
            case XOR -> Optional.of(x + " ^ " + y);
            default -> Optional.empty();
        };
    }

    /** An operand of arithmetic that is rounded once; floats of 16 bits have the same result with 32 bits between. */
    private static String exact(ElementType type, String x) {
        return isSmallFloat(type) ? "(double) " + x : x;
    }

    private static String floating(BinaryFunction f, ElementType type, String x, String y) {
        return switch (f) {
            case ADD -> rounded(type, exact(type, x) + " + " + y);
            case SUBTRACT -> rounded(type, exact(type, x) + " - " + y);
            case MULTIPLY -> rounded(type, exact(type, x) + " * " + y);
            case DIVIDE -> rounded(type, exact(type, x) + " / " + y);
            case MIN -> "Math.min(" + x + ", " + y + ")";
            case MAX -> "Math.max(" + x + ", " + y + ")";
            case FMOD -> x + " % " + y;
            case POW -> narrowed(type, "ScalarFunctions.pow(" + x + ", " + y + ")");
            default -> narrowed(type, REFERENCE.formatted("BinaryFunction", f.name(), x + ", " + y));
        };
    }

    private static String integral(BinaryFunction f, ElementType type, String x, String y) {
        if (type == ElementType.U64) {
            switch (f) {
                case DIVIDE -> {
                    return "Long.divideUnsigned(" + x + ", " + y + ")";
                }
                case MOD, FMOD -> {
                    return "Long.remainderUnsigned(" + x + ", " + y + ")";
                }
                case MIN, MAX -> {
                    String least = f == BinaryFunction.MIN ? " < 0 ? " : " > 0 ? ";
                    return "Long.compareUnsigned(" + x + ", " + y + ")" + least + x + " : " + y;
                }
                default -> {}
            }
        }
        String outside = y + " < 0 || " + y + " >= " + type.bits() + " ? ";
        return switch (f) {
            case ADD -> arithmetic(type, x + " + " + y);
            case SUBTRACT -> arithmetic(type, x + " - " + y);
            case MULTIPLY -> arithmetic(type, x + " * " + y);
            case DIVIDE -> arithmetic(type, x + " / " + y);
            case MOD -> "Math.floorMod(" + x + ", " + y + ")";
            case FMOD -> x + " % " + y;
            case POW ->
                low(
                        type,
                        REFERENCE.formatted(
                                "BinaryFunction", "POW", x + ", " + y + ", dev.lathe.ir.type.ElementType." + type));
            case MIN -> "Math.min(" + x + ", " + y + ")";
            case MAX -> "Math.max(" + x + ", " + y + ")";
            case AND, BIT_AND -> x + " & " + y;
            case OR, BIT_OR -> x + " | " + y;
            case XOR, BIT_XOR -> x + " ^ " + y;
            case SHIFT_LEFT -> arithmetic(type, outside + "0 : " + x + " << " + y);
            case SHIFT_RIGHT ->
                type.isSigned()
                        ? outside + "(" + x + " < 0 ? -1 : 0) : " + x + " >> " + y
                        : outside + "0 : " + x + " >>> " + y;
        };
    }

    private static String compare(Comparison c, ElementType type, String x, String y) {
        if (type.isBool()) {
            return switch (c) {
                case EQUAL -> x + " == " + y;
                case NOT_EQUAL -> x + " != " + y;
                case LESS -> "!" + x + " & " + y;
                case LESS_OR_EQUAL -> "!" + x + " | " + y;
                case GREATER -> x + " & !" + y;
                case GREATER_OR_EQUAL -> x + " | !" + y;
            };
        }
        String operator = switch (c) {
            case EQUAL -> "==";
            case NOT_EQUAL -> "!=";
            case LESS -> "<";
            case LESS_OR_EQUAL -> "<=";
            case GREATER -> ">";
            case GREATER_OR_EQUAL -> ">=";
        };
        return type == ElementType.U64
                ? "Long.compareUnsigned(" + x + ", " + y + ") " + operator + " 0"
                : x + " " + operator + " " + y;
    }
}
