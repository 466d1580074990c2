package dev.lathe.runtime;

/**
 * Elementary functions on single floats: for machines without the Vector API. Kernels compute the same on vectors. The
 * polynomials and quotients are near-minimax fits made for this project.
 */
public final class ScalarFunctions {
    public static final float LOG2E = 1.442695f;
    /** Adding and subtracting it rounds a float of moderate size to an integer. */
    public static final float ROUND_MAGIC = 12582912f;

    public static final int ROUND_MAGIC_BITS = 0x4B400000;

    public static final float LN2_HIGH = 0.6933594f;
    public static final float LN2_LOW = -0.00021219444f;

    // e^r = 1 + r + r²/2 + r³ (EXP_3 + r (EXP_4 + r (EXP_5 + r EXP_6))) for |r| <= ln(2)/2
    public static final float EXP_6 = 0.0013942776f;
    public static final float EXP_5 = 0.008369443f;
    public static final float EXP_4 = 0.041666377f;
    public static final float EXP_3 = 0.16666515f;

    public static final int SQRT_HALF_BITS = 0x3f3504f3;
    // log(1+f) = f - f²/2 + f³ LOG(f) for sqrt(1/2) <= 1+f <= sqrt(2)
    public static final float LOG_0 = -0.07859552f;
    public static final float LOG_1 = 0.1288162f;
    public static final float LOG_2 = -0.13128763f;
    public static final float LOG_3 = 0.14181197f;
    public static final float LOG_4 = -0.16624554f;
    public static final float LOG_5 = 0.20002286f;
    public static final float LOG_6 = -0.2500081f;
    public static final float LOG_7 = 0.33333316f;

    public static final float TANH_LIMIT = 8.6f;
    // tanh(x) = x P(x²) / Q(x²), Q(0) = 1, for |x| <= TANH_LIMIT
    public static final float TANH_P0 = 0.9999999963087148f;
    public static final float TANH_P1 = 0.13695226572812913f;
    public static final float TANH_P2 = 0.0038876145097042655f;
    public static final float TANH_P3 = 2.8403099018752225e-05f;
    public static final float TANH_P4 = 3.156529236950868e-08f;
    public static final float TANH_P5 = -1.2960476335526459e-11f;
    public static final float TANH_Q1 = 0.4702855825777327f;
    public static final float TANH_Q2 = 0.027316163444393443f;
    public static final float TANH_Q3 = 0.00039728607170377096f;
    public static final float TANH_Q4 = 1.3153814262255027e-06f;

    public static final float ERF_LIMIT = 4f;
    // erf(x) = x P(x²) / Q(x²), Q(0) = 1, for |x| <= ERF_LIMIT, where it is 1 or more: what is cut to 1 then makes 1 +
    // erf(x) zero
    public static final float ERF_P0 = 1.1283790228734858f;
    public static final float ERF_P1 = 0.19275632742497242f;
    public static final float ERF_P2 = 0.05305927488447725f;
    public static final float ERF_P3 = 0.0038679352773110377f;
    public static final float ERF_P4 = 0.0002874604948386782f;
    public static final float ERF_P5 = 2.0346697350733477e-06f;
    public static final float ERF_Q1 = 0.5041575189536742f;
    public static final float ERF_Q2 = 0.11508125250465796f;
    public static final float ERF_Q3 = 0.01517153272622434f;
    public static final float ERF_Q4 = 0.0011880003828000538f;
    public static final float ERF_Q5 = 3.806895985481311e-05f;

    public static final float TWO_OVER_PI = 0.63661975f;
    // π/2 in three parts
    public static final float HALF_PI_HIGH = 1.5707964f;
    public static final float HALF_PI_MIDDLE = -4.371139e-8f;
    public static final float HALF_PI_LOW = -1.7151245e-15f;
    /** Up to here an angle less a multiple of π/2 has the precision of a float. */
    public static final float LARGEST_ANGLE = 100_000f;

    // sin(x) = x + x s P(s), s = x², for |x| <= π/4
    public static final float SIN_0 = -0.16666654f;
    public static final float SIN_1 = 0.008332151f;
    public static final float SIN_2 = -0.0001951398f;
    // cos(x) = 1 - s/2 + s² P(s)
    public static final float COS_0 = 0.041666646f;
    public static final float COS_1 = -0.0013887304f;
    public static final float COS_2 = 2.4431667e-5f;

    public static final float TAN_PI_8 = 0.41421357f;
    public static final float TAN_3_PI_8 = 2.4142135f;
    // atan(x) = x + x s P(s) for |x| <= tan(π/8)
    public static final float ATAN_0 = -0.33332947f;
    public static final float ATAN_1 = 0.1997759f;
    public static final float ATAN_2 = -0.1387627f;
    public static final float ATAN_3 = 0.08048836f;
    // asin(x) = x + x s P(s) for |x| <= 1/2
    public static final float ASIN_0 = 0.16666752f;
    public static final float ASIN_1 = 0.074952975f;
    public static final float ASIN_2 = 0.04547038f;
    public static final float ASIN_3 = 0.024179505f;
    public static final float ASIN_4 = 0.042166326f;

    /** As {@link #ROUND_MAGIC}, of doubles. */
    public static final double DOUBLE_ROUND_MAGIC = 0x1.8p52;

    public static final long DOUBLE_ROUND_MAGIC_BITS = 0x4338000000000000L;
    public static final long DOUBLE_SQRT_HALF_BITS = 0x3fe6a09e667f3bcdL;
    // log2(m) = s LOG2(s²), s = (m - 1) / (m + 1), for sqrt(1/2) <= m <= sqrt(2): the power series
    public static final double LOG2_0 = 2.8853900817779268;
    public static final double LOG2_1 = 0.9617966939259756;
    public static final double LOG2_2 = 0.5770780163555853;
    public static final double LOG2_3 = 0.4121985831111324;
    public static final double LOG2_4 = 0.3205988979753252;
    public static final double LOG2_5 = 0.2623081892525388;
    public static final double LOG2_6 = 0.22195308321368667;
    // 2^f = EXP2(f) for |f| <= 1/2: the power series
    public static final double EXP2_0 = 1.0;
    public static final double EXP2_1 = 0.6931471805599453;
    public static final double EXP2_2 = 0.24022650695910072;
    public static final double EXP2_3 = 0.05550410866482158;
    public static final double EXP2_4 = 0.009618129107628477;
    public static final double EXP2_5 = 0.0013333558146428443;
    public static final double EXP2_6 = 0.0001540353039338161;
    public static final double EXP2_7 = 1.5252733804059841e-05;
    public static final double EXP2_8 = 1.321548679014431e-06;

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
        float a = clamped(x, TANH_LIMIT);
        float s = a * a;
        float p = ((((TANH_P5 * s + TANH_P4) * s + TANH_P3) * s + TANH_P2) * s + TANH_P1) * s + TANH_P0;
        float q = (((TANH_Q4 * s + TANH_Q3) * s + TANH_Q2) * s + TANH_Q1) * s + 1f;
        return clamped(a * p / q, 1f);
    }

    /** The error function. */
    public static float erf(float x) {
        float a = clamped(x, ERF_LIMIT);
        float s = a * a;
        float p = ((((ERF_P5 * s + ERF_P4) * s + ERF_P3) * s + ERF_P2) * s + ERF_P1) * s + ERF_P0;
        float q = ((((ERF_Q5 * s + ERF_Q4) * s + ERF_Q3) * s + ERF_Q2) * s + ERF_Q1) * s + 1f;
        return clamped(a * p / q, 1f);
    }

    /** As in C: 1 to any power is 1, and so is -1 to an infinite one. */
    public static double pow(double x, double y) {
        return x == 1 || (x == -1 && Double.isInfinite(y)) ? 1 : Math.pow(x, y);
    }

    /** {@code x} with the precision of a float of 16 bits. */
    public static float toFloat16(float x) {
        return Float.float16ToFloat(Float.floatToFloat16(x));
    }

    /** {@code x} with the precision of a bfloat16. */
    public static float toBfloat16(float x) {
        return Float.intBitsToFloat(bfloat16Bits(x) << 16);
    }

    /** {@code x} as a bfloat16, ties to even. */
    public static short bfloat16Bits(float x) {
        int bits = Float.floatToRawIntBits(x);
        return Float.isNaN(x)
                ? (short) (bits >> 16 & 0x8000 | 0x7fc0)
                : (short) (bits + 0x7fff + (bits >> 16 & 1) >> 16);
    }

    /** {@code x} as an integer of 64 bits without sign. */
    public static long toUnsigned(double x) {
        return x >= 0x1p63 ? (long) (x - 0x1p63) ^ Long.MIN_VALUE : (long) x;
    }

    /** An integer of 64 bits without sign as a double. */
    public static double ofUnsigned(long x) {
        return x >= 0 ? x : (double) (x >>> 1 | x & 1) * 2;
    }

    /** {@code x} between {@code -limit} and {@code limit}; NaN stays. */
    private static float clamped(float x, float limit) {
        return x > limit ? limit : x < -limit ? -limit : x;
    }

    /**
     * A float that is rounded to a narrower format as {@code x} itself is: the next one towards zero, with its last bit
     * set, if it is not {@code x}.
     */
    public static float towardsOdd(double x) {
        float f = (float) x;
        if (f == x || Float.isNaN(f)) {
            return f;
        }
        int bits = Float.floatToRawIntBits(f);
        return Float.intBitsToFloat((Math.abs((double) f) > Math.abs(x) ? bits - 1 : bits) | 1);
    }
}
