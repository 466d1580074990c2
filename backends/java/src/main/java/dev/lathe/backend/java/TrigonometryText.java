package dev.lathe.backend.java;

import static dev.lathe.backend.java.VectorFunctionText.polynomial;

import dev.lathe.ir.op.UnaryFunction;
import java.util.Optional;

/**
 * Trigonometric functions and their inverses on vectors of floats, as statements that set {@code p} to the function of
 * {@code t}. Relative errors stay below 3e-7; infinities, NaN and signs of zeros are right. Scalar twins are those of
 * {@link Math}.
 */
final class TrigonometryText {
    private TrigonometryText() {}

    /** Empty if the function is none of these. */
    static Optional<String> statements(UnaryFunction f) {
        return switch (f) {
            case SIN -> Optional.of(quarters() + wave("k") + SIGNED + beyond("sin"));
            case COS -> Optional.of(quarters() + "k = k.add(1);\n" + wave("k") + beyond("cos"));
            case TAN -> Optional.of(quarters() + TANGENT + SIGNED + beyond("tan"));
            case ATAN ->
                Optional.of(ARC_TANGENT_PARTS + odd("ATAN_3", "ATAN_2", "ATAN_1", "ATAN_0") + ARC_TANGENT + SIGNED);
            case ASIN -> Optional.of(arcSine() + ARC_SINE + SIGNED);
            case ACOS -> Optional.of(arcSine() + ARC_COSINE);
            default -> Optional.empty();
        };
    }

    /** What is left of {@code |t|} beside a multiple {@code k} of π/2: its sine {@code p} and its cosine {@code q}. */
    private static String quarters() {
        return """
            FloatVector a = t.abs();
            FloatVector n = a.fma(
                    FloatVector.broadcast(F, ScalarFunctions.TWO_OVER_PI),
                    FloatVector.broadcast(F, ScalarFunctions.ROUND_MAGIC)).sub(ScalarFunctions.ROUND_MAGIC);
            FloatVector d = n.fma(FloatVector.broadcast(F, -ScalarFunctions.HALF_PI_HIGH), a);
            d = n.fma(FloatVector.broadcast(F, -ScalarFunctions.HALF_PI_MIDDLE), d);
            d = n.fma(FloatVector.broadcast(F, -ScalarFunctions.HALF_PI_LOW), d);
            IntVector k = (IntVector) n.convert(VectorOperators.F2I, 0);
            FloatVector s = d.mul(d);
            """ + odd("SIN_2", "SIN_1", "SIN_0") + polynomial("q", "s", "COS_2", "COS_1", "COS_0") + """
            q = q.fma(s, FloatVector.broadcast(F, -0.5f)).fma(s, FloatVector.broadcast(F, 1f));
            """;
    }

    /** {@code p = d + d s P(s)}. */
    private static String odd(String... coefficients) {
        return polynomial("p", "s", coefficients) + "p = p.mul(s).fma(d, d);\n";
    }

    /** The sine in quarter {@code k}. */
    private static String wave(String k) {
        return """
            p = p.blend(q, %1$s.and(1).compare(VectorOperators.NE, 0).cast(F));
            p = p.reinterpretAsInts().lanewise(VectorOperators.XOR, %1$s.and(2).lanewise(VectorOperators.LSHL, 30))
                    .reinterpretAsFloats();
            """.formatted(k);
    }

    private static final String TANGENT = """
        VectorMask<Float> turned = k.and(1).compare(VectorOperators.NE, 0).cast(F);
        p = p.blend(q.neg(), turned).div(q.blend(p, turned));
        """;

    /** The sign of {@code t} on top of that of {@code p}. */
    private static final String SIGNED = """
        p = t.reinterpretAsInts().and(0x80000000).lanewise(VectorOperators.XOR, p.reinterpretAsInts())
                .reinterpretAsFloats();
        """;

    /** Angles of so many turns that floats do not hold what is left of them. */
    private static String beyond(String function) {
        return """
            if (a.compare(VectorOperators.GT, ScalarFunctions.LARGEST_ANGLE).anyTrue()) {
                float[] lanes = t.toArray();
                for (int i = 0; i < W; i++) {
                    lanes[i] = (float) Math.%s(lanes[i]);
                }
                p = FloatVector.fromArray(F, lanes, 0);
            }
            """.formatted(function);
    }

    /** {@code d} whose arc tangent is that of {@code |t|} less 0, π/4 or π/2. */
    private static final String ARC_TANGENT_PARTS = """
        FloatVector a = t.abs();
        VectorMask<Float> above = a.compare(VectorOperators.GT, ScalarFunctions.TAN_PI_8);
        VectorMask<Float> large = a.compare(VectorOperators.GT, ScalarFunctions.TAN_3_PI_8);
        FloatVector d = a.blend(a.sub(1f), above).blend(-1f, large)
                .div(FloatVector.broadcast(F, 1f).blend(a.add(1f), above).blend(a, large));
        FloatVector s = d.mul(d);
        """;

    private static final String ARC_TANGENT = """
        p = FloatVector.zero(F)
                .blend(ScalarFunctions.HALF_PI_HIGH / 2, above)
                .blend(ScalarFunctions.HALF_PI_HIGH, large)
                .add(p);
        """;

    /** {@code p}, the arc sine of {@code |t|}, or where that is large, of {@code √((1 - |t|) / 2)}. */
    private static String arcSine() {
        return """
            FloatVector a = t.abs();
            VectorMask<Float> large = a.compare(VectorOperators.GT, 0.5f);
            FloatVector s = a.mul(a).blend(a.fma(FloatVector.broadcast(F, -0.5f), FloatVector.broadcast(F, 0.5f)), large);
            FloatVector d = a.blend(s.sqrt(), large);
            """ + odd("ASIN_4", "ASIN_3", "ASIN_2", "ASIN_1", "ASIN_0");
    }

    private static final String ARC_SINE = """
        p = p.blend(
                p.fma(FloatVector.broadcast(F, -2f), FloatVector.broadcast(F, ScalarFunctions.HALF_PI_HIGH))
                        .add(ScalarFunctions.HALF_PI_MIDDLE),
                large);
        """;

    private static final String ARC_COSINE = """
        FloatVector signed = t.reinterpretAsInts().and(0x80000000).or(p.reinterpretAsInts()).reinterpretAsFloats();
        FloatVector angle = FloatVector.broadcast(F, ScalarFunctions.HALF_PI_HIGH).sub(signed)
                .add(ScalarFunctions.HALF_PI_MIDDLE);
        FloatVector twice = p.add(p);
        angle = angle.blend(twice, large);
        angle = angle.blend(
                FloatVector.broadcast(F, 2 * ScalarFunctions.HALF_PI_HIGH).sub(twice)
                        .add(2 * ScalarFunctions.HALF_PI_MIDDLE),
                t.compare(VectorOperators.LT, -0.5f));
        p = angle;
        """;
}
