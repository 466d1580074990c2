package dev.lathe.frontend.onnx.node;

import dev.lathe.ir.type.Dim;

/** What becomes of the size of an image that is scaled. */
public final class ScaledSize {
    private ScaledSize() {}

    /** The size of {@code d} elements times {@code factor}. */
    public static Dim of(Dim d, float factor) {
        if (factor == Math.rint(factor)) {
            return d.times((long) factor);
        }
        if (d.isConstant()) {
            return Dim.of((long) Math.floor(d.constant() * (double) factor));
        }
        // A fraction with a denominator that is a power of two is exact; beyond the last such power, any size times the
        // factor is below 1.
        int shift = 0;
        double f = factor;
        while (f != Math.rint(f) && shift < 62) {
            f *= 2;
            shift++;
        }
        return d.times((long) f).floorDiv(1L << shift);
    }
}
