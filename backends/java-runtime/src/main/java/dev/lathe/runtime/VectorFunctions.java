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

    /** The hyperbolic tangent, absolute error below 2e-7. */
    public static FloatVector tanh(FloatVector x) {
        FloatVector a = x.abs();
        a = a.blend(ScalarFunctions.TANH_LIMIT, a.compare(VectorOperators.GT, ScalarFunctions.TANH_LIMIT));
        FloatVector s = a.mul(a);
        FloatVector small = FloatVector.broadcast(F, ScalarFunctions.TANH_0);
        small = small.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_1));
        small = small.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_2));
        small = small.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_3));
        small = small.fma(s, FloatVector.broadcast(F, ScalarFunctions.TANH_4));
        small = small.mul(s).fma(a, a);
        FloatVector large = FloatVector.broadcast(F, 1f)
                .sub(FloatVector.broadcast(F, 2f).div(exp(a.add(a)).add(1f)));
        FloatVector y = large.blend(small, a.lt(ScalarFunctions.TANH_SMALL));
        return sign(y, x).blend(x, x.test(VectorOperators.IS_NAN));
    }

    /** The error function, absolute error below 2e-7. */
    public static FloatVector erf(FloatVector x) {
        FloatVector a = x.abs();
        FloatVector s = a.mul(a);
        FloatVector small = FloatVector.broadcast(F, ScalarFunctions.ERF_SMALL_0);
        small = small.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_SMALL_1));
        small = small.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_SMALL_2));
        small = small.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_SMALL_3));
        small = small.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_SMALL_4));
        small = small.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_SMALL_5));
        small = small.fma(s, FloatVector.broadcast(F, ScalarFunctions.ERF_SMALL_6));
        small = small.fma(a, a);
        FloatVector b = a.blend(ScalarFunctions.ERF_LIMIT, a.compare(VectorOperators.GT, ScalarFunctions.ERF_LIMIT));
        FloatVector q = FloatVector.broadcast(F, ScalarFunctions.ERF_LARGE_0);
        q = q.fma(b, FloatVector.broadcast(F, ScalarFunctions.ERF_LARGE_1));
        q = q.fma(b, FloatVector.broadcast(F, ScalarFunctions.ERF_LARGE_2));
        q = q.fma(b, FloatVector.broadcast(F, ScalarFunctions.ERF_LARGE_3));
        q = q.fma(b, FloatVector.broadcast(F, ScalarFunctions.ERF_LARGE_4));
        q = q.fma(b, FloatVector.broadcast(F, ScalarFunctions.ERF_LARGE_5));
        q = q.fma(b, FloatVector.broadcast(F, ScalarFunctions.ERF_LARGE_6));
        q = q.fma(b, FloatVector.broadcast(F, ScalarFunctions.ERF_LARGE_7));
        FloatVector large = FloatVector.broadcast(F, 1f).sub(exp(q.mul(b)));
        FloatVector y = large.blend(small, a.lt(ScalarFunctions.ERF_SPLIT));
        return sign(y, x).blend(x, x.test(VectorOperators.IS_NAN));
    }

    private static FloatVector sign(FloatVector magnitude, FloatVector like) {
        IntVector signBit = like.reinterpretAsInts().and(0x8000_0000);
        return magnitude.reinterpretAsInts().or(signBit).reinterpretAsFloats();
    }
}
