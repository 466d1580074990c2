package dev.lathe.backend.opencl;

import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Unary;
import java.util.List;
import java.util.Optional;

/**
 * Elementwise ops on 16 floats at a time, with the bits that {@link ScalarText} gives for each. Functions such as
 * {@code exp} are left out: those of vectors may round otherwise.
 */
final class VectorText {
    /** So many floats are in a vector. */
    static final int WIDTH = 16;

    private VectorText() {}

    /** The op on vectors; empty if it has no such form. */
    static Optional<String> expression(Op op, List<String> in) {
        return switch (op) {
            case Unary u ->
                switch (u.function()) {
                    case NEGATE -> Optional.of("-" + in.getFirst());
                    case ABS -> Optional.of("fabs(" + in.getFirst() + ")");
                    case RELU ->
                        Optional.of("select(" + in.getFirst() + ", (float16) 0, " + in.getFirst() + " < (float16) 0)");
                    default -> Optional.empty();
                };
            case Binary b -> binary(b, in.get(0), in.get(1));
            default -> Optional.empty();
        };
    }

    private static Optional<String> binary(Binary b, String x, String y) {
        return switch (b.function()) {
            case ADD -> Optional.of(x + " + " + y);
            case SUBTRACT -> Optional.of(x + " - " + y);
            case MULTIPLY -> Optional.of(x + " * " + y);
            case MIN -> Optional.of(chosen(x, y, "<", "as_int16(" + x + ") < 0"));
            case MAX -> Optional.of(chosen(x, y, ">", "as_int16(" + x + ") >= 0"));
            default -> Optional.empty();
        };
    }

    /** As IEEE 754 says: NaN if one of two numbers is, and of two zeros the one with the sign. */
    private static String chosen(String x, String y, String beats, String sign) {
        return "select(" + y + ", " + x + ", (" + x + " " + beats + " " + y + ") | (" + x + " != " + x + ") | ((" + x
                + " == " + y + ") & (" + sign + ")))";
    }
}
