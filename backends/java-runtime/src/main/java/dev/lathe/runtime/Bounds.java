package dev.lathe.runtime;

/**
 * What results are cut to: {@code min(max(x, least), greatest)}, where NaN stays NaN.
 *
 * @param least not NaN and no negative zero; may be negative infinity
 * @param greatest not NaN, no zero, and not below {@code least}; may be infinity
 */
public record Bounds(float least, float greatest) {
    /** No bounds. */
    public static final Bounds NONE = new Bounds(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);

    public Bounds {
        if (!(least <= greatest) || greatest == 0 || Float.floatToRawIntBits(least) == Integer.MIN_VALUE) {
            throw new IllegalArgumentException("bounds " + least + " to " + greatest);
        }
    }
}
