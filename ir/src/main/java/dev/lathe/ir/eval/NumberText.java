package dev.lathe.ir.eval;

import java.math.BigDecimal;

/**
 * Floats as text, as a cast to strings writes them: the fewest digits that tell a number from its neighbours, as
 * NumPy and the tests of the standard have them, laid out as ONNX Runtime does: {@code 10000000}, {@code 1e+08},
 * {@code 0.0001}, {@code 1e-05}, {@code INF}, {@code NaN}.
 *
 * <p>ONNX Runtime itself always rounds to eight digits, so that 0.01 of 32 bits is {@code 0.0099999998} there, and a
 * number of 64 bits loses what it has beyond them.
 */
final class NumberText {
    /** The power of ten from which on numbers have an exponent. */
    private static final int LARGE = 8;
    /** The least power of ten of numbers without an exponent. */
    private static final int SMALL = -4;

    /** Whole numbers below it have all their digits, even where fewer would tell them from their neighbours. */
    private static final double WHOLE = 1e8;

    private NumberText() {}

    /** @param value with the precision of 64 bits */
    static String of(double value) {
        return Double.isFinite(value) ? laidOut(value, Double.toString(value)) : endless(value);
    }

    /** @param value with the precision of 32 bits or fewer */
    static String of(float value) {
        return Float.isFinite(value) ? laidOut(value, Float.toString(value)) : endless(value);
    }

    private static String endless(double value) {
        return Double.isNaN(value) ? "NaN" : value > 0 ? "INF" : "-INF";
    }

    private static String laidOut(double value, String shortest) {
        String sign = shortest.startsWith("-") ? "-" : "";
        if (value == 0) {
            return sign + "0";
        }
        if (Math.abs(value) < WHOLE && value == Math.rint(value)) {
            return Long.toString((long) value);
        }
        BigDecimal number = new BigDecimal(shortest).abs().stripTrailingZeros();
        String digits = number.unscaledValue().toString();
        int exponent = number.precision() - number.scale() - 1;
        if (exponent >= SMALL && exponent < LARGE) {
            return sign + number.toPlainString();
        }
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        String power = Integer.toString(Math.abs(exponent));
        return sign
                + digits.charAt(0)
                + fraction
                + (exponent < 0 ? "e-" : "e+")
                + (power.length() < 2 ? "0" : "")
                + power;
    }
}
