package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fast Fourier transform of complex numbers of one size, in double precision: {@code X_k = Σ x_j e^(-2πi jk/n)}.
 *
 * <p>The size is taken apart into small factors. For each of them the numbers go once from one array to the other
 * (Stockham's order, so that nothing is permuted). A size with a large prime factor is a convolution with {@code
 * e^(πi j²/n)} (Bluestein), by transforms of a power of two.
 */
final class FourierPlan {
    /** From this prime factor on a convolution is faster. */
    private static final int LARGE_PRIME = 50;

    private final int n;
    private final int[] factors;
    /** {@code e^(-2πi j/n)}. */
    private final double[] cos;

    private final double[] sin;
    private final @Nullable Convolution convolution;

    /** @param n at least 1 */
    FourierPlan(int n) {
        this.n = n;
        this.factors = factors(n);
        boolean large = factors.length > 0 && factors[factors.length - 1] >= LARGE_PRIME;
        Sizes.fit("the tables of a Fourier transform", 2L * Double.BYTES * n);
        this.cos = new double[large ? 0 : n];
        this.sin = new double[large ? 0 : n];
        for (int j = 0; j < cos.length; j++) {
            double angle = -2 * Math.PI * j / n;
            cos[j] = Math.cos(angle);
            sin[j] = Math.sin(angle);
        }
        this.convolution = large ? new Convolution(n) : null;
    }

    int size() {
        return n;
    }

    /** How many numbers {@link #transform} needs in each of its four arrays. */
    int room() {
        return convolution == null ? n : convolution.inner.n;
    }

    /** Fours first, then other factors, from the least to the greatest. */
    private static int[] factors(int n) {
        List<Integer> all = new ArrayList<>();
        int rest = n;
        while (rest % 4 == 0) {
            all.add(4);
            rest /= 4;
        }
        for (int f = 2; (long) f * f <= rest; f++) {
            while (rest % f == 0) {
                all.add(f);
                rest /= f;
            }
        }
        if (rest > 1) {
            all.add(rest);
        }
        return all.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Transforms numbers whose parts are {@code re} and {@code im}, with room for others; all have {@link #room}.
     *
     * @return whether the result is in the other arrays
     */
    boolean transform(double[] re, double[] im, double[] otherRe, double[] otherIm) {
        if (convolution != null) {
            convolution.transform(re, im, otherRe, otherIm);
            return false;
        }
        boolean other = false;
        int size = n;
        int stride = 1;
        for (int f : factors) {
            double[] a = other ? otherRe : re;
            double[] b = other ? otherIm : im;
            double[] c = other ? re : otherRe;
            double[] d = other ? im : otherIm;
            size /= f;
            switch (f) {
                case 2 -> byTwo(size, stride, a, b, c, d);
                case 4 -> byFour(size, stride, a, b, c, d);
                default -> byAny(f, size, stride, a, b, c, d);
            }
            stride *= f;
            other = !other;
        }
        return other;
    }

    private void byTwo(int m, int s, double[] a, double[] b, double[] c, double[] d) {
        for (int p = 0; p < m; p++) {
            double wr = cos[p * s];
            double wi = sin[p * s];
            int from = s * p;
            int to = 2 * s * p;
            int half = s * m;
            for (int q = 0; q < s; q++) {
                double xr = a[from + q];
                double xi = b[from + q];
                double yr = a[from + half + q];
                double yi = b[from + half + q];
                c[to + q] = xr + yr;
                d[to + q] = xi + yi;
                double dr = xr - yr;
                double di = xi - yi;
                c[to + s + q] = dr * wr - di * wi;
                d[to + s + q] = dr * wi + di * wr;
            }
        }
    }

    private void byFour(int m, int s, double[] a, double[] b, double[] c, double[] d) {
        int quarter = s * m;
        for (int p = 0; p < m; p++) {
            double w1r = cos[p * s];
            double w1i = sin[p * s];
            double w2r = cos[2 * p * s];
            double w2i = sin[2 * p * s];
            double w3r = cos[3 * p * s];
            double w3i = sin[3 * p * s];
            int from = s * p;
            int to = 4 * s * p;
            for (int q = 0; q < s; q++) {
                int i = from + q;
                int j = to + q;
                double sumR = a[i] + a[i + 2 * quarter];
                double sumI = b[i] + b[i + 2 * quarter];
                double diffR = a[i] - a[i + 2 * quarter];
                double diffI = b[i] - b[i + 2 * quarter];
                double oddR = a[i + quarter] + a[i + 3 * quarter];
                double oddI = b[i + quarter] + b[i + 3 * quarter];
                double turnR = b[i + quarter] - b[i + 3 * quarter]; // by -i
                double turnI = a[i + 3 * quarter] - a[i + quarter];
                c[j] = sumR + oddR;
                d[j] = sumI + oddI;
                double xr = diffR + turnR;
                double xi = diffI + turnI;
                c[j + s] = xr * w1r - xi * w1i;
                d[j + s] = xr * w1i + xi * w1r;
                double yr = sumR - oddR;
                double yi = sumI - oddI;
                c[j + 2 * s] = yr * w2r - yi * w2i;
                d[j + 2 * s] = yr * w2i + yi * w2r;
                double zr = diffR - turnR;
                double zi = diffI - turnI;
                c[j + 3 * s] = zr * w3r - zi * w3i;
                d[j + 3 * s] = zr * w3i + zi * w3r;
            }
        }
    }

    private void byAny(int f, int m, int s, double[] a, double[] b, double[] c, double[] d) {
        int part = s * m;
        int root = n / f;
        for (int p = 0; p < m; p++) {
            for (int k = 0; k < f; k++) {
                double wr = cos[k * p * s];
                double wi = sin[k * p * s];
                for (int q = 0; q < s; q++) {
                    double sumR = a[s * p + q];
                    double sumI = b[s * p + q];
                    for (int j = 1, turn = k; j < f; j++, turn = turn + k < f ? turn + k : turn + k - f) {
                        double vr = cos[turn * root];
                        double vi = sin[turn * root];
                        double xr = a[s * p + j * part + q];
                        double xi = b[s * p + j * part + q];
                        sumR += xr * vr - xi * vi;
                        sumI += xr * vi + xi * vr;
                    }
                    int to = s * (f * p + k) + q;
                    c[to] = sumR * wr - sumI * wi;
                    d[to] = sumR * wi + sumI * wr;
                }
            }
        }
    }

    /** A transform of any size as a convolution. */
    private static final class Convolution {
        private final int n;
        final FourierPlan inner;
        /** {@code e^(-πi j²/n)}. */
        private final double[] cos;

        private final double[] sin;
        /** The transform of the conjugates of these, over both directions, divided by the inner size. */
        private final double[] filterRe;

        private final double[] filterIm;

        Convolution(int n) {
            this.n = n;
            // Sums of two places below n, so that nothing wraps around.
            int size = Sizes.index(Long.highestOneBit(2L * n - 1) * 2);
            Sizes.fit("the tables of a Fourier transform", 6L * Double.BYTES * size);
            inner = new FourierPlan(size);
            cos = new double[n];
            sin = new double[n];
            double[] re = new double[size];
            double[] im = new double[size];
            for (int j = 0; j < n; j++) {
                double angle = -Math.PI * ((long) j * j % (2L * n)) / n;
                cos[j] = Math.cos(angle);
                sin[j] = Math.sin(angle);
                int opposite = j == 0 ? 0 : size - j;
                re[j] = re[opposite] = cos[j] / size;
                im[j] = im[opposite] = -sin[j] / size;
            }
            double[] otherRe = new double[size];
            double[] otherIm = new double[size];
            boolean other = inner.transform(re, im, otherRe, otherIm);
            filterRe = other ? otherRe : re;
            filterIm = other ? otherIm : im;
        }

        void transform(double[] re, double[] im, double[] otherRe, double[] otherIm) {
            int size = inner.n;
            for (int j = 0; j < n; j++) {
                double xr = re[j];
                double xi = im[j];
                re[j] = xr * cos[j] - xi * sin[j];
                im[j] = xr * sin[j] + xi * cos[j];
            }
            for (int j = n; j < size; j++) {
                re[j] = 0;
                im[j] = 0;
            }
            boolean other = inner.transform(re, im, otherRe, otherIm);
            double[] a = other ? otherRe : re;
            double[] b = other ? otherIm : im;
            for (int j = 0; j < size; j++) {
                double xr = a[j] * filterRe[j] - b[j] * filterIm[j];
                double xi = a[j] * filterIm[j] + b[j] * filterRe[j];
                a[j] = xi; // with its parts exchanged, the inverse transform is the transform
                b[j] = xr;
            }
            double[] c = other ? re : otherRe;
            double[] d = other ? im : otherIm;
            boolean back = inner.transform(a, b, c, d);
            double[] sumIm = back ? c : a;
            double[] sumRe = back ? d : b;
            for (int j = 0; j < n; j++) {
                double xr = sumRe[j];
                double xi = sumIm[j];
                re[j] = xr * cos[j] - xi * sin[j];
                im[j] = xr * sin[j] + xi * cos[j];
            }
        }
    }
}
