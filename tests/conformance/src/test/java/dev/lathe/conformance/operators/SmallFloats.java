package dev.lathe.conformance.operators;

import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;

/**
 * The float types of 4 to 16 bits as lists of their numbers, and the rounding of the standard's tables for Cast: the
 * nearest number, of two as near the one with the even code.
 */
record SmallFloats(ElementType type, List<Double> magnitudes) {

    /** The magnitudes of a type in the order of their codes. */
    static SmallFloats of(ElementType type) {
        return switch (type) {
            case F16 -> of(type, 10, 15, 0x7c00);
            case BF16 -> of(type, 7, 127, 0x7f80);
            case F8E4M3FN -> of(type, 3, 7, 0x7f);
            case F8E4M3FNUZ -> of(type, 3, 8, 0x80);
            case F8E5M2 -> of(type, 2, 15, 0x7c);
            case F8E5M2FNUZ -> of(type, 2, 16, 0x80);
            case F4E2M1 -> of(type, 1, 1, 8);
            default -> throw new IllegalArgumentException(type.text());
        };
    }

    private static SmallFloats of(ElementType type, int mantissaBits, int bias, int end) {
        List<Double> magnitudes = new ArrayList<>();
        int unit = 1 << mantissaBits;
        for (int code = 0; code < end; code++) {
            int exponent = code / unit;
            double mantissa = (double) (code % unit) / unit;
            magnitudes.add(
                    exponent == 0
                            ? mantissa * Math.pow(2, 1 - bias)
                            : (1 + mantissa) * Math.pow(2, (double) exponent - bias));
        }
        return new SmallFloats(type, magnitudes);
    }

    double greatest() {
        return magnitudes.getLast();
    }

    private boolean isEightBits() {
        return type.bits() == 8;
    }

    /** What Cast makes of a number. */
    double cast(double x, boolean saturate) {
        if (Double.isNaN(x)) {
            return type == ElementType.F4E2M1 ? -0.0 : x;
        }
        double sign = Math.copySign(1, x);
        int code = nearest(Math.abs(x));
        if (code < magnitudes.size()) {
            return sign * magnitudes.get(code);
        }
        boolean bounded = type == ElementType.F4E2M1 || (isEightBits() && saturate);
        boolean infinite = !isEightBits() || type == ElementType.F8E5M2;
        return bounded ? sign * greatest() : infinite ? sign * Double.POSITIVE_INFINITY : Double.NaN;
    }

    /** The code nearest to a magnitude; the one after the last if that, were there one, is nearest. */
    private int nearest(double magnitude) {
        int last = magnitudes.size() - 1;
        double beyond = 2 * magnitudes.get(last) - magnitudes.get(last - 1);
        int best = 0;
        if (Double.isInfinite(magnitude)) {
            return last + 1;
        }
        for (int code = 1; code <= last + 1; code++) {
            double there = Math.abs((code > last ? beyond : magnitudes.get(code)) - magnitude);
            double here = Math.abs(magnitudes.get(best) - magnitude);
            if (there < here || (there == here && code % 2 == 0)) {
                best = code;
                if (code > last) {
                    return code;
                }
            }
        }
        return best;
    }

    /** Numbers around every rounding of the type's first and last numbers, beyond them, and the special ones. */
    double[] samples() {
        List<Double> samples =
                new ArrayList<>(List.of(0.0, -0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.NaN));
        int last = magnitudes.size() - 1;
        for (int code = 0; code < last; code += code < 20 || code >= last - 4 ? 1 : Math.max(1, last / 40)) {
            double low = magnitudes.get(code);
            double high = magnitudes.get(code + 1);
            for (double share : new double[] {0.25, 0.5, 0.75, 1}) {
                samples.add(low + share * (high - low));
                samples.add(-low - share * (high - low));
            }
        }
        double step = magnitudes.get(last) - magnitudes.get(last - 1);
        for (double beyond : new double[] {0.25, 0.5, 0.75, 1, 2}) {
            samples.add(greatest() + beyond * step);
            samples.add(-greatest() - beyond * step);
        }
        return samples.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
