package dev.lathe.runtime;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Elementary functions on vectors of floats. Each computes the same polynomial as its twin in {@link ScalarFunctions}, up to the rounding of fused
 * multiply-adds, and is right for infinities and NaN.
 */
public final class VectorFunctions {
    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final int LANES = F.length();

    private VectorFunctions() {}

    /** {@code e^x}, relative error below 2e-7; 0 below -103.98, infinity above 88.73. */
    public static FloatVector exp(FloatVector x) {
        FloatVector clamped = x.blend(89f, x.compare(VectorOperators.GT, 89f));
        clamped = clamped.blend(-104f, x.lt(-104f));
        FloatVector n = clamped.fma(
                        FloatVector.broadcast(F, ScalarFunctions.LOG2E),
                        FloatVector.broadcast(F, ScalarFunctions.ROUND_MAGIC))
                .sub(ScalarFunctions.ROUND_MAGIC);
        FloatVector r = n.fma(FloatVector.broadcast(F, -ScalarFunctions.LN2_HIGH), clamped);
        r = n.fma(FloatVector.broadcast(F, -ScalarFunctions.LN2_LOW), r);
        FloatVector p = FloatVector.broadcast(F, ScalarFunctions.EXP_6);
        p = p.fma(r, FloatVector.broadcast(F, ScalarFunctions.EXP_5));
        p = p.fma(r, FloatVector.broadcast(F, ScalarFunctions.EXP_4));
        p = p.fma(r, FloatVector.broadcast(F, ScalarFunctions.EXP_3));
        p = p.fma(r, FloatVector.broadcast(F, 0.5f));
        p = p.fma(r, FloatVector.broadcast(F, 1f));
        p = p.fma(r, FloatVector.broadcast(F, 1f));
        // 2^n in two factors, so that results near the ends of the range do not overflow on the way.
        IntVector k = (IntVector) n.convert(VectorOperators.F2I, 0);
        IntVector half = k.lanewise(VectorOperators.ASHR, 1);
        return p.mul(power(half)).mul(power(k.sub(half)));
    }

    private static FloatVector power(IntVector k) {
        return k.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    }

    /** The natural logarithm, relative error below 3e-7. */
    public static FloatVector log(FloatVector x) {
        VectorMask<Float> tiny = x.lt(Float.MIN_NORMAL);
        FloatVector scaled = x.blend(x.mul(0x1p25f), tiny);
        IntVector bits = scaled.reinterpretAsInts();
        IntVector shifted = bits.sub(ScalarFunctions.SQRT_HALF_BITS);
        FloatVector e = (FloatVector) shifted.lanewise(VectorOperators.ASHR, 23).convert(VectorOperators.I2F, 0);
        e = e.sub(FloatVector.zero(F).blend(25f, tiny));
        FloatVector m =
                shifted.and(0x007f_ffff).add(ScalarFunctions.SQRT_HALF_BITS).reinterpretAsFloats();
        FloatVector f = m.sub(1f);
        FloatVector p = FloatVector.broadcast(F, ScalarFunctions.LOG_0);
        p = p.fma(f, FloatVector.broadcast(F, ScalarFunctions.LOG_1));
        p = p.fma(f, FloatVector.broadcast(F, ScalarFunctions.LOG_2));
        p = p.fma(f, FloatVector.broadcast(F, ScalarFunctions.LOG_3));
        p = p.fma(f, FloatVector.broadcast(F, ScalarFunctions.LOG_4));
        p = p.fma(f, FloatVector.broadcast(F, ScalarFunctions.LOG_5));
        p = p.fma(f, FloatVector.broadcast(F, ScalarFunctions.LOG_6));
        p = p.fma(f, FloatVector.broadcast(F, ScalarFunctions.LOG_7));
        FloatVector ff = f.mul(f);
        FloatVector y = p.mul(f).mul(ff);
        y = e.fma(FloatVector.broadcast(F, ScalarFunctions.LN2_LOW), y);
        y = ff.fma(FloatVector.broadcast(F, -0.5f), y);
        y = e.fma(FloatVector.broadcast(F, ScalarFunctions.LN2_HIGH), f.add(y));
        y = y.blend(Float.POSITIVE_INFINITY, x.eq(Float.POSITIVE_INFINITY));
        y = y.blend(Float.NEGATIVE_INFINITY, x.eq(0f));
        return y.blend(Float.NaN, x.lt(0f).or(x.test(VectorOperators.IS_NAN)));
    }

    /** {@code 1 / (1 + e^-x)}. */
    public static FloatVector sigmoid(FloatVector x) {
        return FloatVector.broadcast(F, 1f).div(exp(x.neg()).add(1f));
    }

    /** The hyperbolic tangent, absolute error below 4e-7. */
    public static FloatVector tanh(FloatVector x) {
        FloatVector a = clamped(x, ScalarFunctions.TANH_LIMIT);
        FloatVector s = a.mul(a);
        FloatVector p = FloatVector.broadcast(F, ScalarFunctions.TANH_P5);
        p = p.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_P4));
        p = p.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_P3));
        p = p.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_P2));
        p = p.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_P1));
        p = p.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_P0));
        FloatVector q = FloatVector.broadcast(F, ScalarFunctions.TANH_Q4);
        q = q.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_Q3));
        q = q.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_Q2));
        q = q.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_Q1));
        q = q.fma(s, FloatVector.broadcast(F, 1f));
        return clamped(a.mul(p).div(q), 1f);
    }

    /** The error function, absolute error below 5e-7. */
    public static FloatVector erf(FloatVector x) {
        FloatVector a = clamped(x, ScalarFunctions.ERF_LIMIT);
        FloatVector s = a.mul(a);
        FloatVector p = FloatVector.broadcast(F, ScalarFunctions.ERF_P5);
        p = p.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_P4));
        p = p.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_P3));
        p = p.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_P2));
        p = p.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_P1));
        p = p.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_P0));
        FloatVector q = FloatVector.broadcast(F, ScalarFunctions.ERF_Q5);
        q = q.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_Q4));
        q = q.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_Q3));
        q = q.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_Q2));
        q = q.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_Q1));
        q = q.fma(s, FloatVector.broadcast(F, 1f));
        return clamped(a.mul(p).div(q), 1f);
    }

    /** {@code x} between {@code -limit} and {@code limit}; NaN stays. */
    private static FloatVector clamped(FloatVector x, float limit) {
        FloatVector below = x.blend(limit, x.compare(VectorOperators.GT, limit));
        return below.blend(-limit, below.compare(VectorOperators.LT, -limit));
    }
}
