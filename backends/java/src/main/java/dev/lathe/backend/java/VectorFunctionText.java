package dev.lathe.backend.java;

import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import java.util.Optional;

/**
 * Elementary functions on vectors of floats, as statements of a kernel. Each computes the same polynomial as its twin
 * in {@link dev.lathe.runtime.ScalarFunctions}, up to the rounding of fused multiply-adds, and is right for infinities
 * and NaN.
 *
 * <p>They are written out in each kernel, for the JIT inlines every method of the Vector API, but a method of ours only
 * as long as a budget lasts that the other ops of the kernel use as well, and so do the callers into which it is
 * inlined. A call that is left makes objects of the vectors that go in and out.
 */
final class VectorFunctionText {

    /**
     * {@code p = e^t}, relative error below 2e-7; 0 below -103.98, infinity above 88.73. The power of two has two
     * factors, so that results near the ends of the range do not overflow on the way. Its exponent is in the last bits
     * of the sum that rounds.
     */
    private static final String EXP =
            """
                FloatVector a = t.blend(89f, t.compare(VectorOperators.GT, 89f));
                a = a.blend(-104f, t.lt(-104f));
                FloatVector whole = a.fma(
                        FloatVector.broadcast(F, ScalarFunctions.LOG2E),
                        FloatVector.broadcast(F, ScalarFunctions.ROUND_MAGIC));
                FloatVector n = whole.sub(ScalarFunctions.ROUND_MAGIC);
                FloatVector d = n.fma(FloatVector.broadcast(F, -ScalarFunctions.LN2_HIGH), a);
                d = n.fma(FloatVector.broadcast(F, -ScalarFunctions.LN2_LOW), d);
                """ + polynomial("p", "d", "EXP_6", "EXP_5", "EXP_4", "EXP_3", "0.5f", "1f", "1f") + """
                IntVector k = whole.reinterpretAsInts().sub(ScalarFunctions.ROUND_MAGIC_BITS);
                IntVector half = k.lanewise(VectorOperators.ASHR, 1);
                p = p.mul(half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
                p = p.mul(k.sub(half).add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
                """;

    /** {@code p = log(t)}, relative error below 3e-7. */
    private static final String LOG =
            """
                VectorMask<Float> tiny = t.lt(Float.MIN_NORMAL);
                IntVector k = t.blend(t.mul(0x1p25f), tiny).reinterpretAsInts().sub(ScalarFunctions.SQRT_HALF_BITS);
                FloatVector e = (FloatVector) k.lanewise(VectorOperators.ASHR, 23).convert(VectorOperators.I2F, 0);
                e = e.sub(FloatVector.zero(F).blend(25f, tiny));
                FloatVector d = k.and(0x007f_ffff).add(ScalarFunctions.SQRT_HALF_BITS).reinterpretAsFloats().sub(1f);
                """ + polynomial("p", "d", "LOG_0", "LOG_1", "LOG_2", "LOG_3", "LOG_4", "LOG_5", "LOG_6", "LOG_7") + """
                FloatVector square = d.mul(d);
                p = p.mul(d).mul(square);
                p = e.fma(FloatVector.broadcast(F, ScalarFunctions.LN2_LOW), p);
                p = square.fma(FloatVector.broadcast(F, -0.5f), p);
                p = e.fma(FloatVector.broadcast(F, ScalarFunctions.LN2_HIGH), d.add(p));
                p = p.blend(Float.POSITIVE_INFINITY, t.eq(Float.POSITIVE_INFINITY));
                p = p.blend(Float.NEGATIVE_INFINITY, t.eq(0f));
                p = p.blend(Float.NaN, t.lt(0f).or(t.test(VectorOperators.IS_NAN)));
                """;

    private VectorFunctionText() {}

    /** Whether an op is dozens of instructions. */
    static boolean has(Op op) {
        return switch (op) {
            case Unary u -> statements(u.function(), "x", "y").isPresent();
            case Binary b -> isPower(b);
            default -> false;
        };
    }

    /** Whether an op makes powers of floats. */
    static boolean isPower(Binary b) {
        return b.function() == BinaryFunction.POW
                && b.x().tensorType().element().isFloat();
    }

    /**
     * Statements that declare {@code result} as {@code f(x)}; empty if the function has none. Their own variables are
     * in a block.
     */
    static Optional<String> statements(UnaryFunction f, String x, String result) {
        String text = switch (f) {
            case EXP -> EXP + result + " = p;\n";
            case LOG -> LOG + result + " = p;\n";
            case SIGMOID -> EXP + result + " = FloatVector.broadcast(F, 1f).div(p.add(1f));\n";
            case TANH ->
                quotient(
                        result,
                        "TANH_LIMIT",
                        polynomial("p", "s", "TANH_P5", "TANH_P4", "TANH_P3", "TANH_P2", "TANH_P1", "TANH_P0"),
                        polynomial("q", "s", "TANH_Q4", "TANH_Q3", "TANH_Q2", "TANH_Q1", "1f"));
            case ERF ->
                quotient(
                        result,
                        "ERF_LIMIT",
                        polynomial("p", "s", "ERF_P5", "ERF_P4", "ERF_P3", "ERF_P2", "ERF_P1", "ERF_P0"),
                        polynomial("q", "s", "ERF_Q5", "ERF_Q4", "ERF_Q3", "ERF_Q2", "ERF_Q1", "1f"));
            default ->
                TrigonometryText.statements(f)
                        .map(steps -> steps + result + " = p;\n")
                        .orElse("");
        };
        if (text.isEmpty()) {
            return Optional.empty();
        }
        String t = f == UnaryFunction.SIGMOID ? x + ".neg()" : x;
        return Optional.of(
                "FloatVector " + result + ";\n{\n" + ("FloatVector t = " + t + ";\n" + text).indent(4) + "}\n");
    }

    /**
     * Declares {@code p} as a polynomial in {@code x}, by Horner's rule; the coefficients are floats or names in
     * {@code ScalarFunctions}.
     */
    static String polynomial(String p, String x, String... coefficients) {
        StringBuilder s = new StringBuilder();
        for (String c : coefficients) {
            String term = "FloatVector.broadcast(F, " + (c.endsWith("f") ? c : "ScalarFunctions." + c) + ")";
            s.append(s.isEmpty() ? "FloatVector " + p + " = " + term : p + " = " + p + ".fma(" + x + ", " + term + ")")
                    .append(";\n");
        }
        return s.toString();
    }

    /**
     * {@code a P(a²) / Q(a²)} between -1 and 1, for {@code a} that is {@code t} between {@code -limit} and
     * {@code limit}; NaN stays.
     */
    private static String quotient(String result, String limit, String p, String q) {
        return clamped("a", "t", "ScalarFunctions." + limit) + "FloatVector s = a.mul(a);\n" + p + q
                + "FloatVector d = a.mul(p).div(q);\n" + clamped("b", "d", "1f") + result + " = b;\n";
    }

    private static String clamped(String a, String x, String limit) {
        return """
            FloatVector %1$s = %2$s.blend(%3$s, %2$s.compare(VectorOperators.GT, %3$s));
            %1$s = %1$s.blend(-%3$s, %1$s.compare(VectorOperators.LT, -%3$s));
            """.formatted(a, x, limit);
    }
}
