package dev.lathe.conformance.fuzz;

import dev.lathe.ir.op.*;

/** What rounding does to the results of ops. */
final class Rounding {
    private Rounding() {}

    /** Whether two right implementations may give different results. */
    static boolean happens(Op op) {
        return switch (op) {
            case Movement m -> m instanceof Resize;
            case Creation c -> c instanceof Range;
            case Indexing i -> i.tolerance() != Tolerance.EXACT;
            case Ordering _, Container _, Text _, Select _ -> false;
            case Binary b -> b.function() != BinaryFunction.MIN && b.function() != BinaryFunction.MAX;
            case Unary u ->
                switch (u.function()) {
                    case ABS, NEGATE, RELU, SIGN, FLOOR, CEIL, ROUND -> false;
                    default -> true;
                };
            default -> true;
        };
    }

    /** Whether a small change of an operand can be a large one of the result. */
    static boolean jumps(Op op) {
        return switch (op) {
            case Unary u ->
                switch (u.function()) {
                    case FLOOR, CEIL, ROUND, SIGN, IS_NAN, TAN, ASIN, ACOS, ACOSH, ATANH -> true;
                    default -> false;
                };
            case Binary n -> n.function() == BinaryFunction.MOD || n.function() == BinaryFunction.FMOD;
            case Cast c -> c.to().bits() < 16 || !c.to().isFloat();
            case Compare _, ArgReduce _, PoolIndices _, NonZero _, Ordering _, Sampling _, BitCast _, Determinant _ ->
                true;
            case Range _, Text _, Tabular _, dev.lathe.ir.composite.Quantize _ -> true;
            default -> false;
        };
    }
}
