package dev.lathe.runtime;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** A window over an image for tests: sizes, strides, dilations, and the padding on each side. */
record Picture(
        int batch,
        int height,
        int width,
        int kernelHeight,
        int kernelWidth,
        int strideHeight,
        int strideWidth,
        int dilationHeight,
        int dilationWidth,
        int top,
        int left,
        int bottom,
        int right) {

    /** Images of 0 to 9 pixels a side. */
    static Arbitrary<Picture> any() {
        Arbitrary<int[]> sizes = ints(2, 9, 9).map(s -> new int[] {s[0] % 3, s[1], s[2]});
        Arbitrary<int[]> kernels = ints(3, 3).map(k -> new int[] {1 + k[0] % 3, 1 + k[1] % 3});
        Arbitrary<int[]> steps = ints(2, 2, 2, 2).map(s -> new int[] {1 + s[0], 1 + s[1], 1 + s[2] % 2, 1 + s[3] % 2});
        return Combinators.combine(sizes, kernels, steps, ints(2, 2, 2, 2))
                .as((s, k, t, p) ->
                        new Picture(s[0], s[1], s[2], k[0], k[1], t[0], t[1], t[2], t[3], p[0], p[1], p[2], p[3]));
    }

    private static Arbitrary<int[]> ints(int... greatest) {
        return Combinators.combine(java.util.Arrays.stream(greatest)
                        .mapToObj(
                                g -> (Arbitrary<Integer>) Arbitraries.integers().between(0, g))
                        .toList())
                .as(list -> list.stream().mapToInt(Integer::intValue).toArray());
    }

    int outHeight() {
        return out(height + top + bottom, kernelHeight, strideHeight, dilationHeight);
    }

    int outWidth() {
        return out(width + left + right, kernelWidth, strideWidth, dilationWidth);
    }

    private static int out(int padded, int kernel, int stride, int dilation) {
        int span = (kernel - 1) * dilation + 1;
        return padded < span ? 0 : (padded - span) / stride + 1;
    }

    int taps() {
        return kernelHeight * kernelWidth;
    }

    /** The row that tap {@code kh} of output row {@code y} sees; it may be outside. */
    int row(int y, int kh) {
        return y * strideHeight - top + kh * dilationHeight;
    }

    int column(int x, int kw) {
        return x * strideWidth - left + kw * dilationWidth;
    }

    boolean inside(int row, int column) {
        return row >= 0 && row < height && column >= 0 && column < width;
    }

    /** Where channel 0 of a pixel of the input is. */
    int at(int image, int row, int column, int channels) {
        return ((image * height + row) * width + column) * channels;
    }

    SlidingWindow window(int channels) {
        SlidingWindow w =
                new SlidingWindow(kernelHeight, kernelWidth, strideHeight, strideWidth, dilationHeight, dilationWidth);
        w.prepare(batch, height, width, channels, top, left, outHeight(), outWidth());
        return w;
    }
}
