package dev.lathe.ir.tensor;

import dev.lathe.ir.type.ElementType;

/**
 * Conversion of the floating-point formats of 16 bits and fewer to and from {@code double}, by their parameters:
 * exponent bits, mantissa bits, bias, and what the top codes mean. Sources: IEEE 754 binary16, bfloat16, OFP8 and MX
 * formats, the float8 FNUZ formats.
 */
public final class SmallFloat {
    private enum Special {
        /** The top exponent holds infinities and NaNs, as in IEEE 754. */
        IEEE,
        /** No infinity; all ones (with either sign) is NaN. */
        FN,
        /** No infinity, no negative zero; the code of negative zero is NaN. */
        FNUZ,
        /** Every code is a number. */
        FINITE
    }

    private static final SmallFloat F16 = new SmallFloat(5, 10, 15, Special.IEEE);
    private static final SmallFloat BF16 = new SmallFloat(8, 7, 127, Special.IEEE);
    private static final SmallFloat F8E4M3FN = new SmallFloat(4, 3, 7, Special.FN);
    private static final SmallFloat F8E4M3FNUZ = new SmallFloat(4, 3, 8, Special.FNUZ);
    private static final SmallFloat F8E5M2 = new SmallFloat(5, 2, 15, Special.IEEE);
    private static final SmallFloat F8E5M2FNUZ = new SmallFloat(5, 2, 16, Special.FNUZ);
    private static final SmallFloat F8E8M0 = new SmallFloat(8, 0, 127, Special.FN);
    private static final SmallFloat F6E2M3 = new SmallFloat(2, 3, 1, Special.FINITE);
    private static final SmallFloat F6E3M2 = new SmallFloat(3, 2, 3, Special.FINITE);
    private static final SmallFloat F4E2M1 = new SmallFloat(2, 1, 1, Special.FINITE);

    private final int exponentBits;
    private final int mantissaBits;
    private final int bias;
    private final Special special;

    private SmallFloat(int exponentBits, int mantissaBits, int bias, Special special) {
        this.exponentBits = exponentBits;
        this.mantissaBits = mantissaBits;
        this.bias = bias;
        this.special = special;
    }

    /** The format of an element type. */
    public static SmallFloat of(ElementType element) {
        return switch (element) {
            case F16 -> F16;
            case BF16 -> BF16;
            case F8E4M3FN -> F8E4M3FN;
            case F8E4M3FNUZ -> F8E4M3FNUZ;
            case F8E5M2 -> F8E5M2;
            case F8E5M2FNUZ -> F8E5M2FNUZ;
            case F8E8M0 -> F8E8M0;
            case F6E2M3 -> F6E2M3;
            case F6E3M2 -> F6E3M2;
            case F4E2M1 -> F4E2M1;
            default -> throw new IllegalArgumentException(element.text() + " is not a small float");
        };
    }

    private boolean isExponentOnly() {
        return mantissaBits == 0;
    }

    private int topExponent() {
        return (1 << exponentBits) - 1;
    }

    /** The number that a code stands for. */
    public double decode(int bits) {
        if (isExponentOnly()) {
            return bits == 0xff ? Double.NaN : Math.scalb(1.0, bits - bias);
        }
        int mantissa = bits & ((1 << mantissaBits) - 1);
        int exponent = bits >> mantissaBits & topExponent();
        boolean negative = (bits >> (mantissaBits + exponentBits) & 1) != 0;
        switch (special) {
            case IEEE -> {
                if (exponent == topExponent()) {
                    return mantissa != 0 ? Double.NaN : negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
                }
            }
            case FN -> {
                if (exponent == topExponent() && mantissa == (1 << mantissaBits) - 1) {
                    return Double.NaN;
                }
            }
            case FNUZ -> {
                if (negative && exponent == 0 && mantissa == 0) {
                    return Double.NaN;
                }
            }
            case FINITE -> {}
        }
        double magnitude = exponent == 0
                ? Math.scalb((double) mantissa, 1 - bias - mantissaBits)
                : Math.scalb((double) (mantissa | 1 << mantissaBits), exponent - bias - mantissaBits);
        return negative ? -magnitude : magnitude;
    }

    /** The largest finite magnitude. */
    private double greatest() {
        return switch (special) {
            case IEEE ->
                decode(topExponent() << mantissaBits) == Double.POSITIVE_INFINITY
                        ? decode((topExponent() << mantissaBits) - 1)
                        : Double.NaN;
            case FN -> decode((1 << (mantissaBits + exponentBits)) - 2);
            case FNUZ, FINITE -> decode((1 << (mantissaBits + exponentBits)) - 1);
        };
    }

    /**
     * The code nearest to {@code value}, ties to even. Beyond the largest finite number: formats with infinity give
     * infinity unless they are 8 bits wide and {@code saturate} is set; the others give the largest number when
     * {@code saturate} is set and NaN when not.
     */
    public int encode(double value, boolean saturate) {
        if (isExponentOnly()) {
            return encodeExponentOnly(value, saturate);
        }
        int signBit = 1 << (mantissaBits + exponentBits);
        int sign = Math.copySign(1.0, value) < 0 ? signBit : 0;
        boolean narrow = mantissaBits + exponentBits < 15;
        if (Double.isNaN(value)) {
            return switch (special) {
                case IEEE -> sign | topExponent() << mantissaBits | 1 << (mantissaBits - 1);
                case FN -> sign | signBit - 1;
                // The formats without NaN leave its meaning open; the standard's own conversions give -0.
                case FNUZ, FINITE -> signBit;
            };
        }
        double magnitude = Math.abs(value);
        int exponent = Math.max(Math.getExponent(magnitude), 1 - bias);
        double unit = Math.scalb(1.0, exponent - mantissaBits);
        double rounded =
                magnitude <= 0 ? 0 : Double.isInfinite(magnitude) ? magnitude : Math.rint(magnitude / unit) * unit;
        if (rounded > greatest()) {
            int overflow = switch (special) {
                case IEEE -> topExponent() << mantissaBits;
                case FN -> signBit - 1;
                case FNUZ -> 0;
                case FINITE -> signBit - 1;
            };
            int most = special == Special.IEEE
                    ? (topExponent() << mantissaBits) - 1
                    : special == Special.FN ? signBit - 2 : signBit - 1;
            if (narrow && saturate) {
                return sign | most;
            }
            return special == Special.FNUZ ? signBit : sign | overflow;
        }
        if (rounded == 0) {
            return special == Special.FNUZ ? 0 : sign;
        }
        int e = Math.getExponent(rounded);
        if (e < 1 - bias) {
            return sign | (int) Math.scalb(rounded, bias - 1 + mantissaBits);
        }
        int mantissa = (int) Math.scalb(rounded, mantissaBits - e) - (1 << mantissaBits);
        return sign | (e + bias) << mantissaBits | mantissa;
    }

    /**
     * The code of the result of arithmetic: what is too large saturates, but an infinity is itself where there is one.
     */
    public int nearest(double value) {
        return encode(value, this != F8E5M2 || !Double.isInfinite(value));
    }

    /** The number that {@link #nearest} stands for. */
    public float rounded(double value) {
        return (float) decode(nearest(value));
    }

    /**
     * The least power of two that is not below {@code value}; beyond all of them the last one or, without
     * {@code saturate}, NaN.
     */
    private int encodeExponentOnly(double value, boolean saturate) {
        if (Double.isNaN(value) || value < 0) {
            return 0xff;
        }
        if (value < Math.scalb(1.0, -bias)) {
            return saturate ? 0 : 0xff;
        }
        if (value > Math.scalb(1.0, bias)) {
            return saturate ? 0xfe : 0xff;
        }
        int e = Math.getExponent(value);
        return e + bias + (value > Math.scalb(1.0, e) ? 1 : 0);
    }
}
