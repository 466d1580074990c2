package dev.lathe.backend.java;

import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Elementwise ops as Java expressions on single elements. */
final class ScalarText {
    private static final Set<ElementType> COMPUTED =
            Set.of(ElementType.F32, ElementType.F64, ElementType.I64, ElementType.I32, ElementType.BOOL);
    private static final Set<ElementType> LOADED = Set.of(ElementType.U8, ElementType.I8);

    private ScalarText() {}

    /** The Java type of an element in an expression. */
    static String type(ElementType type) {
        return switch (type) {
            case F32 -> "float";
            case F64 -> "double";
            case I64 -> "long";
            case BOOL -> "boolean";
            default -> "int";
        };
    }

    /** Whether expressions can have elements of this type. */
    static boolean computes(ElementType type) {
        return COMPUTED.contains(type);
    }

    /** Whether expressions can read elements of this type. */
    static boolean loads(ElementType type) {
        return COMPUTED.contains(type) || LOADED.contains(type);
    }

    static String load(ElementType type, String element) {
        return switch (type) {
            case BOOL -> element + " != 0";
            case U8 -> element + " & 0xff";
            default -> element;
        };
    }

    static String store(ElementType type, String value) {
        return type == ElementType.BOOL ? "(byte) (" + value + " ? 1 : 0)" : value;
    }

    static String constant(ElementType type, Tensor t) {
        return switch (type) {
            case F32 -> JavaText.literal(t.getFloat(0));
            case F64 -> JavaText.literal(t.getDouble(0));
            case I64 -> t.getLong(0) + "L";
            case BOOL -> Boolean.toString(t.getBoolean(0));
            default -> Long.toString(t.getLong(0));
        };
    }

    /** The expression of {@code op} on operands that are the given variables; empty if there is none. */
    static Optional<String> expression(Op op, ElementType result, List<ElementType> types, List<String> v) {
        if (!computes(result) || !types.stream().allMatch(t -> computes(t) || (op instanceof Cast && loads(t)))) {
            return Optional.empty();
        }
        return switch (op) {
            case Unary u -> unary(u.function(), types.getFirst(), v.getFirst());
            case Binary n -> binary(n.function(), types.getFirst(), v.get(0), v.get(1));
            case Compare c -> compare(c, types.getFirst(), v.get(0), v.get(1));
            case Select _ -> Optional.of(v.get(0) + " ? " + v.get(1) + " : " + v.get(2));
            case Cast _ -> cast(types.getFirst(), result, v.getFirst());
            default -> Optional.empty();
        };
    }

    private static Optional<String> cast(ElementType from, ElementType to, String v) {
        if (from == to) {
            return Optional.of(v);
        }
        if (from == ElementType.BOOL) {
            return Optional.of(v + " ? 1 : 0");
        }
        if (to == ElementType.BOOL) {
            return Optional.of(v + " != 0");
        }
        // To a narrower integer through 64 bits, as the reference does.
        boolean narrowing = from.isFloat() && to == ElementType.I32;
        return Optional.of("(" + type(to) + ") " + (narrowing ? "(int) " : "") + v);
    }

    private static Optional<String> unary(UnaryFunction f, ElementType type, String x) {
        boolean single = type == ElementType.F32;
        String java = type(type);
        return switch (f) {
            case NOT -> type.isBool() ? Optional.of("!" + x) : Optional.empty();
            case BIT_NOT -> type.isInteger() ? Optional.of("~" + x) : Optional.empty();
            case NEGATE -> type.isBool() ? Optional.empty() : Optional.of("-" + x);
            case ABS -> type.isBool() ? Optional.empty() : Optional.of("Math.abs(" + x + ")");
            case SIGN ->
                type.isFloat()
                        ? Optional.of("Math.signum(" + x + ")")
                        : type.isBool() ? Optional.empty() : Optional.of(wrapper(type) + ".signum(" + x + ")");
            case RELU ->
                type.isBool() ? Optional.empty() : Optional.of("Math.max(" + x + ", " + (single ? "0f" : "0") + ")");
            default -> type.isFloat() ? Optional.ofNullable(floating(f, single, java, x)) : Optional.empty();
        };
    }

    private static String wrapper(ElementType type) {
        return type == ElementType.I64 ? "Long" : "Integer";
    }

    private static @Nullable String floating(UnaryFunction f, boolean single, String java, String x) {
        String cast = single ? "(float) " : "";
        return switch (f) {
            case EXP -> single ? "ScalarFunctions.exp(" + x + ")" : "Math.exp(" + x + ")";
            case LOG -> single ? "ScalarFunctions.log(" + x + ")" : "Math.log(" + x + ")";
            case SQRT -> cast + "Math.sqrt(" + x + ")";
            case RECIPROCAL -> "1 / " + x;
            case TANH -> single ? "ScalarFunctions.tanh(" + x + ")" : "Math.tanh(" + x + ")";
            case ERF -> single ? "ScalarFunctions.erf(" + x + ")" : null;
            case SIGMOID -> single ? "ScalarFunctions.sigmoid(" + x + ")" : "1 / (1 + Math.exp(-" + x + "))";
            case SIN -> cast + "Math.sin(" + x + ")";
            case COS -> cast + "Math.cos(" + x + ")";
            case TAN -> cast + "Math.tan(" + x + ")";
            case ASIN -> cast + "Math.asin(" + x + ")";
            case ACOS -> cast + "Math.acos(" + x + ")";
            case ATAN -> cast + "Math.atan(" + x + ")";
            case SINH -> cast + "Math.sinh(" + x + ")";
            case COSH -> cast + "Math.cosh(" + x + ")";
            case FLOOR -> cast + "Math.floor(" + x + ")";
            case CEIL -> cast + "Math.ceil(" + x + ")";
            case ROUND -> cast + "Math.rint(" + x + ")";
            case IS_NAN -> (java.equals("float") ? "Float" : "Double") + ".isNaN(" + x + ")";
            default -> null;
        };
    }

    private static Optional<String> binary(BinaryFunction f, ElementType type, String x, String y) {
        if (type.isBool()) {
            return switch (f) {
                case AND -> Optional.of(x + " & " + y);
                case OR -> Optional.of(x + " | " + y);
                case XOR -> Optional.of(x + " ^ " + y);
                default -> Optional.empty();
            };
        }
        boolean single = type == ElementType.F32;
        return switch (f) {
            case ADD -> Optional.of(x + " + " + y);
            case SUBTRACT -> Optional.of(x + " - " + y);
            case MULTIPLY -> Optional.of(x + " * " + y);
            case DIVIDE -> Optional.of(x + " / " + y);
            case MIN -> Optional.of("Math.min(" + x + ", " + y + ")");
            case MAX -> Optional.of("Math.max(" + x + ", " + y + ")");
            case FMOD -> Optional.of(x + " % " + y);
            case MOD -> type.isInteger() ? Optional.of("Math.floorMod(" + x + ", " + y + ")") : Optional.empty();
            case POW ->
                type.isFloat()
                        ? Optional.of((single ? "(float) " : "") + "ScalarFunctions.pow(" + x + ", " + y + ")")
                        : Optional.empty();
            case BIT_AND -> type.isInteger() ? Optional.of(x + " & " + y) : Optional.empty();
            case BIT_OR -> type.isInteger() ? Optional.of(x + " | " + y) : Optional.empty();
            case BIT_XOR -> type.isInteger() ? Optional.of(x + " ^ " + y) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static Optional<String> compare(Compare c, ElementType type, String x, String y) {
        String operator = switch (c.function()) {
            case EQUAL -> "==";
            case NOT_EQUAL -> "!=";
            case LESS -> "<";
            case LESS_OR_EQUAL -> "<=";
            case GREATER -> ">";
            case GREATER_OR_EQUAL -> ">=";
        };
        boolean ordered = !operator.equals("==") && !operator.equals("!=");
        return type.isBool() && ordered ? Optional.empty() : Optional.of(x + " " + operator + " " + y);
    }
}
