package dev.lathe.ir.text;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.Optional;

/**
 * Tensors as literals that read back bit for bit: one scalar when all elements are the same, otherwise a list in
 * row-major order. A NaN other than its format's usual one is {@code nan_} and its bits.
 */
final class Literals {
    /** A tensor with more elements is written elsewhere, unless all elements are the same. */
    private static final int MAX_ELEMENTS = 32;
    /** What one scalar may stand for; a reader may count on text to describe at most so much a constant. */
    private static final int MAX_REPEATED_BYTES = 4096;

    private Literals() {}

    /** The literal of a small tensor, or of any tensor of strings. */
    static Optional<String> of(Tensor t) {
        if (t.size() > 0 && (t.byteSize() <= MAX_REPEATED_BYTES || t.element().isString()) && isUniform(t)) {
            return Optional.of(scalar(t, 0));
        }
        if (t.size() > MAX_ELEMENTS && !t.element().isString()) {
            return Optional.empty();
        }
        StringBuilder s = new StringBuilder("[");
        for (long i = 0; i < t.size(); i++) {
            s.append(i == 0 ? "" : ", ").append(scalar(t, i));
        }
        return Optional.of(s.append(']').toString());
    }

    private static boolean isUniform(Tensor t) {
        if (t.element().isString() && t.size() > MAX_ELEMENTS) {
            return false;
        }
        for (long i = 1; i < t.size(); i++) {
            boolean same = switch (t.element()) {
                case STRING -> t.getString(i).equals(t.getString(0));
                case C128 -> bits(t, i, 0) == bits(t, 0, 0) && bits(t, i, 1) == bits(t, 0, 1);
                default -> t.getBits(i) == t.getBits(0);
            };
            if (!same) {
                return false;
            }
        }
        return true;
    }

    private static long bits(Tensor t, long i, int component) {
        return Double.doubleToRawLongBits(t.getComplex(i, component));
    }

    private static String scalar(Tensor t, long i) {
        return switch (t.element().kind()) {
            case FLOAT -> number(t, i);
            case SIGNED -> Long.toString(t.getLong(i));
            case UNSIGNED -> Long.toUnsignedString(t.getLong(i));
            case BOOLEAN -> Boolean.toString(t.getBoolean(i));
            case TEXT -> Dim.quote(t.getString(i));
            case COMPLEX -> "(" + component(t, i, 0) + ", " + component(t, i, 1) + ")";
        };
    }

    private static String number(Tensor t, long i) {
        double value = t.getDouble(i);
        if (Double.isNaN(value)) {
            Tensor usual = Tensor.zeros(t.element());
            usual.setRounded(0, Double.NaN, false);
            return usual.getBits(0) == t.getBits(i) ? "nan" : "nan_" + Long.toHexString(t.getBits(i));
        }
        return t.element() == ElementType.F64 ? text(value) : text((float) value);
    }

    private static String component(Tensor t, long i, int component) {
        double value = t.getComplex(i, component);
        return t.element() == ElementType.C128 ? text(value) : text((float) value);
    }

    static String text(double value) {
        return Double.isNaN(value)
                ? "nan"
                : Double.isInfinite(value) ? value > 0 ? "inf" : "-inf" : Double.toString(value);
    }

    private static String text(float value) {
        return Float.isNaN(value)
                ? "nan"
                : Float.isInfinite(value) ? value > 0 ? "inf" : "-inf" : Float.toString(value);
    }
}
