package dev.lathe.runtime;

/**
 * The linear transforms of Winograd's convolution of 3 × 3 windows, F(m × m, 3 × 3) for {@code m} of 2 and 4: a square
 * of {@code m + 2} pixels a side becomes as many points, and the products at these points a square of {@code m} results
 * a side. {@link VectorWinograd} and {@link ScalarWinograd} are twins.
 *
 * <p>The polynomials are evaluated at 0, ±1 and infinity for F(2 × 2), and at 0, ±√½, ±√2 and infinity for F(4 × 4).
 * The latter points round less than the usual 0, ±1, ±2: the numbers in the transforms are smaller. See Lavin and Gray,
 * <em>Fast Algorithms for Convolutional Neural Networks</em>.
 */
interface WinogradTransforms {
    double HALF_ROOT = Math.sqrt(0.5);
    double ROOT = Math.sqrt(2);

    /** The implementation for this machine. */
    static WinogradTransforms best() {
        return Machine.VECTOR ? new VectorWinograd() : new ScalarWinograd();
    }

    /** What a filter's column of three is multiplied by: a row for each point. */
    static double[][] filter(int m) {
        double a = HALF_ROOT;
        double b = ROOT;
        return m == 2
                ? new double[][] {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}}
                : new double[][] {
                    {1, 0, 0},
                    {-2 / 3.0, -2 * a / 3, -1 / 3.0},
                    {-2 / 3.0, 2 * a / 3, -1 / 3.0},
                    {1 / 6.0, b / 6, 1 / 3.0},
                    {1 / 6.0, -b / 6, 1 / 3.0},
                    {0, 0, 1}
                };
    }

    /** Floats of room that {@link #input} and {@link #output} need. */
    int room();

    /**
     * Transforms a square of pixels.
     *
     * @param x holds the pixels, from {@code at} on, with rows {@code rowStride} apart
     * @param channels of each pixel, one pixel behind the other
     * @param v takes the points, row after row, from {@code vAt} on, {@code pointStride} apart
     */
    void input(
            int m, float[] x, int at, int rowStride, int channels, float[] v, int vAt, int pointStride, float[] room);

    /**
     * Transforms products back.
     *
     * @param p holds the products at the points, from {@code at} on, {@code pointStride} apart
     * @param columns how many of each
     * @param bias what is added, from {@code biasAt} on
     * @param y takes the results, from {@code yAt} on, with rows {@code rowStride} and pixels {@code pixelStride} apart
     * @param rows of the square that are wanted, from 1 to {@code m}
     * @param pixels of each row that are wanted, from 1 to {@code m}
     * @return whether all is finite
     */
    boolean output(
            int m,
            float[] p,
            int at,
            int pointStride,
            int columns,
            float[] bias,
            int biasAt,
            float[] y,
            int yAt,
            int rowStride,
            int pixelStride,
            int rows,
            int pixels,
            float[] room);
}
