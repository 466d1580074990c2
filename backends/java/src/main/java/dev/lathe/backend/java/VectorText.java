package dev.lathe.backend.java;

import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Unary;
import java.util.List;
import java.util.Optional;

/** Elementwise ops on floats as expressions of the Vector API; a boolean is a mask. */
final class VectorText {
    private VectorText() {}

    /**
     * Statements that declare {@code result} as {@code op} on operands that are the given variables; empty if vectors
     * have none.
     */
    static Optional<String> statements(Op op, List<String> v, boolean isMask, String result) {
        if (op instanceof Unary u) {
            Optional<String> function = VectorFunctionText.statements(u.function(), v.getFirst(), result);
            if (function.isPresent()) {
                return function;
            }
        }
        return expression(op, v)
                .map(e -> (isMask ? "VectorMask<Float> " : "FloatVector ") + result + " = " + e + ";\n");
    }

    private static Optional<String> expression(Op op, List<String> v) {
        return switch (op) {
            case Unary u -> unary(u, v.getFirst());
            case Binary n -> binary(n, v.get(0), v.get(1));
            case Compare c ->
                Optional.of(v.get(0) + ".compare(VectorOperators." + comparison(c) + ", " + v.get(1) + ")");
            case Select _ -> Optional.of(v.get(2) + ".blend(" + v.get(1) + ", " + v.get(0) + ")");
            default -> Optional.empty();
        };
    }

    private static Optional<String> unary(Unary u, String x) {
        return switch (u.function()) {
            case NEGATE -> Optional.of(x + ".neg()");
            case ABS -> Optional.of(x + ".abs()");
            case SQRT -> Optional.of(x + ".sqrt()");
            case RECIPROCAL -> Optional.of("FloatVector.broadcast(F, 1f).div(" + x + ")");
            case RELU -> Optional.of(x + ".max(0f)");
            case NOT -> Optional.of(x + ".not()");
            case IS_NAN -> Optional.of(x + ".test(VectorOperators.IS_NAN)");
            default -> Optional.empty();
        };
    }

    private static Optional<String> binary(Binary n, String x, String y) {
        return switch (n.function()) {
            case ADD -> Optional.of(x + ".add(" + y + ")");
            case SUBTRACT -> Optional.of(x + ".sub(" + y + ")");
            case MULTIPLY -> Optional.of(x + ".mul(" + y + ")");
            case DIVIDE -> Optional.of(x + ".div(" + y + ")");
            case MIN -> Optional.of(x + ".min(" + y + ")");
            case MAX -> Optional.of(x + ".max(" + y + ")");
            case AND -> Optional.of(x + ".and(" + y + ")");
            case OR -> Optional.of(x + ".or(" + y + ")");
            default -> Optional.empty();
        };
    }

    private static String comparison(Compare c) {
        return switch (c.function()) {
            case EQUAL -> "EQ";
            case NOT_EQUAL -> "NE";
            case LESS -> "LT";
            case LESS_OR_EQUAL -> "LE";
            case GREATER -> "GT";
            case GREATER_OR_EQUAL -> "GE";
        };
    }
}
