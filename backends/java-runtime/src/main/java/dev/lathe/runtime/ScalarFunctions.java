package dev.lathe.runtime;

/**
 * Elementary functions on single floats: the twins of {@link VectorFunctions}, for machines without the Vector API and for the ends of vectors. The
 * polynomials are near-minimax fits made for this project.
 */
public final class ScalarFunctions {
    static final float LOG2E = 1.442695f;
    /** Adding and subtracting it rounds a float of moderate size to an integer. */
    static final float ROUND_MAGIC = 12582912f;

    static final float LN2_HIGH = 0.6933594f;
    static final float LN2_LOW = -0.00021219444f;

    // e^r = 1 + r + r²/2 + r³ (EXP_3 + r (EXP_4 + r (EXP_5 + r EXP_6))) for |r| <= ln(2)/2
    static final float EXP_6 = 0.0013942776f;
    static final float EXP_5 = 0.008369443f;
    static final float EXP_4 = 0.041666377f;
    static final float EXP_3 = 0.16666515f;

    static final int SQRT_HALF_BITS = 0x3f3504f3;
    // log(1+f) = f - f²/2 + f³ LOG(f) for sqrt(1/2) <= 1+f <= sqrt(2)
    static final float LOG_0 = -0.07859552f;
    static final float LOG_1 = 0.1288162f;
    static final float LOG_2 = -0.13128763f;
    static final float LOG_3 = 0.14181197f;
    static final float LOG_4 = -0.16624554f;
    static final float LOG_5 = 0.20002286f;
    static final float LOG_6 = -0.2500081f;
    static final float LOG_7 = 0.33333316f;

    static final float TANH_SMALL = 0.625f;
    static final float TANH_LIMIT = 9.5f;
    // tanh(x) = x + x³ TANH(x²) for |x| < TANH_SMALL
    static final float TANH_0 = -0.005528629f;
    static final float TANH_1 = 0.020483311f;
    static final float TANH_2 = -0.053692967f;
    static final float TANH_3 = 0.13330899f;
    static final float TANH_4 = -0.33333263f;

    static final float ERF_SPLIT = 1f;
    static final float ERF_LIMIT = 4f;
    // erf(x) = x + x ERF_SMALL(x²) for |x| < ERF_SPLIT
    static final float ERF_SMALL_0 = 7.889119e-5f;
    static final float ERF_SMALL_1 = -0.0008020841f;
    static final float ERF_SMALL_2 = 0.005189535f;
    static final float ERF_SMALL_3 = -0.026854444f;
    static final float ERF_SMALL_4 = 0.112836f;
    static final float ERF_SMALL_5 = -0.37612626f;
    static final float ERF_SMALL_6 = 0.12837917f;
    // erf(x) = 1 - e^(x ERF_LARGE(x)) beyond
    static final float ERF_LARGE_0 = -4.3143573e-6f;
    static final float ERF_LARGE_1 = 3.7931623e-5f;
    static final float ERF_LARGE_2 = 8.883974e-5f;
    static final float ERF_LARGE_3 = -0.003039451f;
    static final float ERF_LARGE_4 = 0.02285253f;
    static final float ERF_LARGE_5 = -0.10543348f;
    static final float ERF_LARGE_6 = -0.63553643f;
    static final float ERF_LARGE_7 = -1.1285712f;

    private ScalarFunctions() {}

    /** {@code e^x}. */
    public static float exp(float x) {
        float clamped = x > 89f ? 89f : x < -104f ? -104f : x;
        float n = (clamped * LOG2E + ROUND_MAGIC) - ROUND_MAGIC;
        float r = (clamped - n * LN2_HIGH) - n * LN2_LOW;
        float p = ((((((EXP_6 * r + EXP_5) * r + EXP_4) * r + EXP_3) * r) + 0.5f) * r + 1f) * r + 1f;
        int k = (int) n;
        int half = k >> 1;
        return p * Float.intBitsToFloat(half + 127 << 23) * Float.intBitsToFloat(k - half + 127 << 23);
    }

    /** The natural logarithm. */
    public static float log(float x) {
        if (!(x > 0f) || x == Float.POSITIVE_INFINITY) {
            return x == 0f ? Float.NEGATIVE_INFINITY : x == Float.POSITIVE_INFINITY ? x : Float.NaN;
        }
        boolean tiny = x < Float.MIN_NORMAL;
        int shifted = Float.floatToRawIntBits(tiny ? x * 0x1p25f : x) - SQRT_HALF_BITS;
        float e = (shifted >> 23) - (tiny ? 25f : 0f);
        float f = Float.intBitsToFloat((shifted & 0x007f_ffff) + SQRT_HALF_BITS) - 1f;
        float ff = f * f;
        float y =
                (((((((LOG_0 * f + LOG_1) * f + LOG_2) * f + LOG_3) * f + LOG_4) * f + LOG_5) * f + LOG_6) * f + LOG_7)
                                * f
                                * ff
                        + e * LN2_LOW
                        - 0.5f * ff;
        return (f + y) + e * LN2_HIGH;
    }

    /** {@code 1 / (1 + e^-x)}. */
    public static float sigmoid(float x) {
        return 1f / (1f + exp(-x));
    }

    /** The hyperbolic tangent. */
    public static float tanh(float x) {
        float a = Math.abs(x);
        if (a < TANH_SMALL) {
            float s = a * a;
            return Math.copySign(a + ((((TANH_0 * s + TANH_1) * s + TANH_2) * s + TANH_3) * s + TANH_4) * s * a, x);
        }
        if (Float.isNaN(a)) {
            return x;
        }
        float b = Math.min(a, TANH_LIMIT);
        return Math.copySign(1f - 2f / (exp(b + b) + 1f), x);
    }

    /** The error function. */
    public static float erf(float x) {
        float a = Math.abs(x);
        if (a < ERF_SPLIT) {
            float s = a * a;
            return x
                    + ((((((ERF_SMALL_0 * s + ERF_SMALL_1) * s + ERF_SMALL_2) * s + ERF_SMALL_3) * s + ERF_SMALL_4) * s
                                                    + ERF_SMALL_5)
                                            * s
                                    + ERF_SMALL_6)
                            * x;
        }
        if (Float.isNaN(a)) {
            return x;
        }
        float b = Math.min(a, ERF_LIMIT);
        return Math.copySign(
                1f
                        - exp((((((((ERF_LARGE_0 * b + ERF_LARGE_1) * b + ERF_LARGE_2) * b + ERF_LARGE_3) * b
                                                                                        + ERF_LARGE_4)
                                                                                * b
                                                                        + ERF_LARGE_5)
                                                                * b
                                                        + ERF_LARGE_6)
                                                * b
                                        + ERF_LARGE_7)
                                * b),
                x);
    }
}
