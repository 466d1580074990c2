package dev.lathe.runtime;

/**
 * Loops over contiguous floats that gain from vectors; {@link VectorPrimitives} and {@link ScalarPrimitives} are twins.
 */
interface Primitives {

    /** The implementation for this machine. */
    static Primitives best() {
        return Machine.VECTOR ? new VectorPrimitives() : new ScalarPrimitives();
    }

    float sum(float[] x, int at, int n);

    /** The largest element; NaN if there is one, negative infinity if there is none. */
    float max(float[] x, int at, int n);

    /** The least element; NaN if there is one, infinity if there is none. */
    float min(float[] x, int at, int n);

    /**
     * Both of these at once, as {@link #least} and {@link #greatest} take them out; both are NaN if one element is.
     */
    long extremes(float[] x, int at, int n);

    /** Two extremes as one number. */
    static long extremes(float least, float greatest) {
        return (long) Float.floatToIntBits(least) << 32 | Float.floatToIntBits(greatest) & 0xffff_ffffL;
    }

    static float least(long extremes) {
        return Float.intBitsToFloat((int) (extremes >> 32));
    }

    static float greatest(long extremes) {
        return Float.intBitsToFloat((int) extremes);
    }

    /** {@link #extremes(float[], int, int)}, element by element. */
    static long extremesOf(float[] x, int at, int n) {
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            least = Math.min(least, x[i]);
            greatest = Math.max(greatest, x[i]);
        }
        return extremes(least, greatest);
    }

    /** {@code y = max(x, y)} as {@link Math#max(float, float)} has it. */
    void max(float[] x, int at, int n, float[] y, int yAt);

    /** {@code y = max(x, y)} of bytes with a sign or without. */
    void max(byte[] x, int at, int n, boolean unsigned, byte[] y, int yAt);

    /** Copies {@code n} pieces of so many elements, which begin {@code step} and {@code toStep} apart. */
    void copy(int n, int elements, float[] x, int at, int step, float[] to, int toAt, int toStep);

    /** Adds {@code n} pieces of so many elements, which begin {@code step} and {@code toStep} apart. */
    void add(int n, int elements, float[] x, int at, int step, float[] to, int toAt, int toStep);

    /** {@code y = Σ x} of so many rows of {@code n} elements, which begin {@code step} apart; from 0 on, in order. */
    void addRows(int rows, int n, float[] x, int at, int step, float[] y, int yAt);

    /** {@code Σ (x - mean)²}. */
    float squaredDeviations(float[] x, int at, int n, float mean);

    /** {@code y = exp(scale * x - shift)}; the sum of {@code y}. */
    float exponentials(float[] x, int at, int n, float scale, float shift, float[] y, int yAt);

    /** {@code y = x * factor}. */
    void scale(float[] x, int at, int n, float factor, float[] y, int yAt);

    /** {@code y = (x - mean) * factor * scale + bias}. */
    void normalize(
            float[] x,
            int at,
            int n,
            float mean,
            float factor,
            float[] scale,
            int scaleAt,
            float[] bias,
            int biasAt,
            float[] y,
            int yAt);

    /** {@code x = x * factor + mask}; the mask has one element for all if {@code maskStride} is 0. */
    void addScaled(float[] x, int at, int n, float factor, float[] mask, int maskAt, int maskStride);

    /**
     * Depthwise windows of {@code pixels} (4 or 1) adjacent ones:
     * {@code y[yAt + i * channels + c] = bias[c] + Σ x[offsets[t * pixels + i] + c] * w[wAt + t * channels + c]}.
     */
    void depthwise(
            int pixels,
            float[] x,
            int[] offsets,
            int taps,
            float[] w,
            int wAt,
            int channels,
            float[] bias,
            float[] y,
            int yAt);

    /**
     * {@code y[yAt + r * width + j] = (x[at + r * width + j] - zeros[zerosAt + j]) * scales[scalesAt + j]} for
     * {@code rows} rows of {@code width} bytes with sign.
     */
    void widen(
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] y,
            int yAt);

    /**
     * As {@link #widen}, of numbers of 4 bits without sign: byte {@code j} of the {@code (width + 1) / 2} of a row has
     * that of column {@code j} in its low bits, and that of column {@code j + (width + 1) / 2} in its high bits.
     */
    void widenNibbles(
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] y,
            int yAt);

    /** Whether none of {@code n} elements is infinite or NaN. */
    boolean isFinite(float[] x, int at, int n);

    /** {@code sums[j] = fma(a[aAt + r], w, sums[j])} of each {@code w} that {@link #widen} gives, row after row. */
    void multiply(
            float[] a,
            int aAt,
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] sums);

    /** {@code sums[j] = fma(a[aAt + r], w, sums[j])} of each {@code w} that {@link #widenNibbles} gives. */
    void multiplyNibbles(
            float[] a,
            int aAt,
            byte[] x,
            int at,
            int rows,
            int width,
            float[] zeros,
            int zerosAt,
            float[] scales,
            int scalesAt,
            float[] sums);

    /**
     * {@code y[yAt + i] = x[at + i] - least}, bytes without sign. False, with anything in {@code y}, if not all these
     * are integers from 0 to 255.
     */
    boolean narrow(float[] x, int at, int n, int least, byte[] y, int yAt);

    /**
     * Brain floats of so many rows become floats, one row behind the other: {@code x[at + i * width + j]} has an
     * element of row {@code 2 * i} in its lower half, and one of the next row in its upper one.
     */
    void widenPairs(int[] x, int at, int rows, int width, float[] y);
}
