package dev.lathe.runtime;

import static dev.lathe.runtime.Floats.assertClose;
import static dev.lathe.runtime.Floats.assertUntouched;
import static dev.lathe.runtime.Floats.fenced;
import static dev.lathe.runtime.Floats.nans;
import static dev.lathe.runtime.Floats.random;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * The loops over contiguous floats, on vectors and in plain Java. Elements beside the range are NaN, so that reading
 * one shows.
 */
class PrimitivesTest {
    private static final List<Primitives> BOTH = List.of(new VectorPrimitives(), new ScalarPrimitives());

    /** Element by element, with NaN and the sign of zeros as {@link Math#max(float, float)} has them. */
    @Property
    void maxima(@ForAll @IntRange(max = 70) int n, @ForAll @IntRange(max = 5) int at, @ForAll long seed) {
        float[] special = {Float.NaN, 0f, -0f, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY};
        for (Primitives p : BOTH) {
            float[] x = fenced(seed, at, n);
            float[] y = fenced(seed + 1, 2, n);
            float[] expected = y.clone();
            for (int i = 0; i < n; i++) {
                if (i % 3 == 0) {
                    x[at + i] = special[(int) (i + (seed & 7)) % 5];
                    y[2 + i] = special[(int) (i / 3 + (seed >> 3 & 7)) % 5];
                }
                expected[2 + i] = Math.max(x[at + i], y[2 + i]);
            }
            p.max(x, at, n, y, 2);
            assertThat(y).isEqualTo(expected);
        }
    }

    @Property(tries = 150)
    void rowsAddUpInOrder(
            @ForAll @IntRange(max = 5) int rows,
            @ForAll @IntRange(max = 150) int n,
            @ForAll @IntRange(max = 3) int gap,
            @ForAll long seed) {
        int step = n + gap;
        for (Primitives p : BOTH) {
            float[] x = fenced(seed, 2, rows * step);
            float[] y = fenced(seed + 1, 1, n);
            float[] expected = y.clone();
            for (int j = 0; j < n; j++) {
                expected[1 + j] = 0;
                for (int r = 0; r < rows; r++) {
                    expected[1 + j] += x[2 + r * step + j];
                }
            }
            p.addRows(rows, n, x, 2, step, y, 1);
            assertThat(y).isEqualTo(expected);
        }
    }

    @Property(tries = 150)
    void piecesAddUp(
            @ForAll @IntRange(max = 5) int n,
            @ForAll @IntRange(max = 40) int elements,
            @ForAll @IntRange(max = 3) int gap,
            @ForAll long seed) {
        int step = elements + gap;
        int toStep = elements + 3 - gap;
        for (Primitives p : BOTH) {
            float[] x = fenced(seed, 2, n * step);
            float[] y = fenced(seed + 1, 1, n * toStep);
            float[] expected = y.clone();
            for (int i = 0; i < n * elements; i++) {
                expected[1 + i / elements * toStep + i % elements] += x[2 + i / elements * step + i % elements];
            }
            p.add(n, elements, x, 2, step, y, 1, toStep);
            assertThat(y).isEqualTo(expected);
        }
    }

    @Property(tries = 150)
    void reductions(@ForAll @IntRange(max = 300) int n, @ForAll @IntRange(max = 5) int at, @ForAll long seed) {
        float[] x = fenced(seed, at, n);
        for (Primitives p : BOTH) {
            double sum = 0;
            double squares = 0;
            float max = Float.NEGATIVE_INFINITY;
            for (int i = at; i < at + n; i++) {
                sum += x[i];
                squares += (x[i] - 0.25) * (x[i] - 0.25);
                max = Math.max(max, x[i]);
            }
            assertClose(p.sum(x, at, n), sum, 1e-5, "sum");
            assertClose(p.squaredDeviations(x, at, n, 0.25f), squares, 1e-5 * (1 + squares), "squares");
            assertThat(p.max(x, at, n)).isEqualTo(max);
        }
    }

    /** Of any bits: zeros of both signs, infinities, and few enough NaN that many rows have none. */
    @Property(tries = 400)
    void extremesAreThoseOfMath(
            @ForAll @IntRange(max = 90) int n,
            @ForAll @IntRange(max = 5) int at,
            @ForAll @IntRange(max = 3) int kind,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[] x = new float[at + n + 3];
        for (int i = 0; i < x.length; i++) {
            float any = Float.intBitsToFloat(random.nextInt());
            x[i] = switch (i < at || i >= at + n ? -1 : kind) {
                case -1 -> Float.NaN;
                case 0 -> any;
                case 1 -> random.nextBoolean() ? 0f : -0f;
                case 2 -> -random.nextFloat();
                default -> random.nextInt(40) == 0 ? Float.NEGATIVE_INFINITY : random.nextFloat(-1, 1);
            };
        }
        float least = Float.POSITIVE_INFINITY;
        float greatest = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            least = Math.min(least, x[i]);
            greatest = Math.max(greatest, x[i]);
        }
        for (Primitives p : BOTH) {
            assertThat(Primitives.extremes(p.min(x, at, n), p.max(x, at, n)))
                    .isEqualTo(p.extremes(x, at, n))
                    .isEqualTo(Primitives.extremes(least, greatest));
        }
    }

    @Property(tries = 100)
    void theGreatestOfSomethingWithNaNIsNaN(
            @ForAll @IntRange(min = 1, max = 70) int n, @ForAll @IntRange(max = 69) int where, @ForAll long seed) {
        float[] x = fenced(seed, 0, n);
        x[where % n] = Float.NaN;
        for (Primitives p : BOTH) {
            assertThat(p.max(x, 0, n)).isNaN();
        }
    }

    @Example
    void theGreatestOfZerosIsPositive() {
        for (Primitives p : BOTH) {
            for (int n : new int[] {2, 17, 40}) {
                float[] x = new float[n];
                java.util.Arrays.fill(x, -0f);
                assertThat(1 / p.max(x, 0, n)).isEqualTo(Float.NEGATIVE_INFINITY);
                x[n / 2] = 0f;
                assertThat(1 / p.max(x, 0, n)).isEqualTo(Float.POSITIVE_INFINITY);
            }
        }
    }

    @Property(tries = 200)
    void codesAreWidened(
            @ForAll @IntRange(max = 9) int rows,
            @ForAll @IntRange(min = 1, max = 70) int anyWidth,
            @ForAll boolean likeTiles,
            @ForAll @IntRange(max = 5) int at,
            @ForAll long seed) {
        int width = likeTiles && Machine.VECTOR ? 2 * Machine.LANES : anyWidth;
        byte[] x = new byte[at + rows * width];
        new java.util.Random(seed).nextBytes(x);
        float[] zeros = fenced(seed, 2, width);
        float[] scales = fenced(seed + 1, 3, width);
        int half = (width + 1) / 2;
        byte[] nibbles = java.util.Arrays.copyOf(x, at + rows * half);
        for (Primitives p : BOTH) {
            float[] y = nans(1 + rows * width + 1);
            p.widen(x, at, rows, width, zeros, 2, scales, 3, y, 1);
            float[] z = nans(1 + rows * width + 1);
            p.widenNibbles(nibbles, at, rows, width, zeros, 2, scales, 3, z, 1);
            for (int i = 0; i < rows * width; i++) {
                int j = i % width;
                assertThat(y[1 + i]).isEqualTo((x[at + i] - zeros[2 + j]) * scales[3 + j]);
                int pair = nibbles[at + i / width * half + j % half] & 0xff;
                assertThat(z[1 + i]).isEqualTo(((j < half ? pair % 16 : pair / 16) - zeros[2 + j]) * scales[3 + j]);
            }
            assertUntouched(y, 1, 1 + rows * width);
            assertUntouched(z, 1, 1 + rows * width);
            // A row of numbers times them, in the order of the rows.
            float[] a = fenced(seed + 2, 1, rows);
            float[] sums = fenced(seed + 3, 0, width);
            float[] sumsOfNibbles = sums.clone();
            float[] expected = sums.clone();
            float[] expectedOfNibbles = sums.clone();
            p.multiply(a, 1, x, at, rows, width, zeros, 2, scales, 3, sums);
            p.multiplyNibbles(a, 1, nibbles, at, rows, width, zeros, 2, scales, 3, sumsOfNibbles);
            for (int i = 0; i < rows * width; i++) {
                int j = i % width;
                expected[j] = Math.fma(a[1 + i / width], y[1 + i], expected[j]);
                expectedOfNibbles[j] = Math.fma(a[1 + i / width], z[1 + i], expectedOfNibbles[j]);
            }
            for (int j = 0; j < width; j++) {
                assertThat(sums[j]).isEqualTo(expected[j]);
                assertThat(sumsOfNibbles[j]).isEqualTo(expectedOfNibbles[j]);
            }
        }
    }

    @Property(tries = 200)
    void integersAreNarrowed(
            @ForAll @IntRange(max = 100) int n,
            @ForAll @IntRange(max = 5) int at,
            @ForAll @IntRange(min = -1_000_000, max = 1_000_000) int least,
            @ForAll @IntRange(max = 8) int fault,
            @ForAll long seed) {
        java.util.Random random = new java.util.Random(seed);
        float[] x = nans(at + n + 1);
        for (int i = 0; i < n; i++) {
            x[at + i] = least + random.nextInt(256);
        }
        float[] wrong = {
            least - 1, least + 256, least + 0.5f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e-30f
        };
        boolean right = n == 0 || fault >= wrong.length;
        if (!right) {
            x[at + random.nextInt(n)] = wrong[fault];
        }
        for (Primitives p : BOTH) {
            byte[] y = new byte[2 + n + 1];
            assertThat(p.narrow(x, at, n, least, y, 2)).isEqualTo(right);
            for (int i = 0; i < n && right; i++) {
                assertThat(y[2 + i] & 255).isEqualTo((int) x[at + i] - least);
            }
            assertThat(y[0] | y[1] | y[2 + n]).isZero();
        }
    }

    @Property(tries = 50)
    void pairsAreWidened(
            @ForAll @IntRange(max = 9) int rows,
            @ForAll @IntRange(min = 1, max = 40) int width,
            @ForAll @IntRange(max = 5) int at,
            @ForAll long seed) {
        int n = rows * width;
        float[] x = fenced(seed, 0, n);
        int[] pairs = new int[at + (rows + 1) / 2 * width];
        for (int i = 0; i < n; i++) {
            int bits = Float.floatToRawIntBits(x[i]) & 0xffff0000;
            x[i] = Float.intBitsToFloat(bits);
            pairs[at + i / width / 2 * width + i % width] |= i / width % 2 == 0 ? bits >>> 16 : bits;
        }
        for (Primitives p : BOTH) {
            float[] y = nans(n + 1);
            p.widenPairs(pairs, at, rows, width, y);
            for (int i = 0; i < n; i++) {
                assertThat(y[i]).isEqualTo(x[i]);
            }
            assertUntouched(y, 0, n);
        }
    }

    @Property(tries = 150)
    void maps(
            @ForAll @IntRange(max = 100) int n,
            @ForAll @IntRange(max = 5) int at,
            @ForAll @IntRange(max = 5) int to,
            @ForAll boolean oneMask,
            @ForAll long seed) {
        float[] x = fenced(seed, at, n);
        float[] scale = fenced(seed + 1, 1, n);
        float[] bias = fenced(seed + 2, 2, n);
        double[] scaled = new double[n];
        double[] normal = new double[n];
        double[] exps = new double[n];
        double[] masked = new double[n];
        double sum = 0;
        for (int i = 0; i < n; i++) {
            scaled[i] = 1.5 * x[at + i];
            normal[i] = (x[at + i] - 0.25) * 3 * scale[1 + i] + bias[2 + i];
            exps[i] = Math.exp(2 * x[at + i] - 0.5);
            masked[i] = x[at + i] * 0.5 + bias[oneMask ? 2 : 2 + i];
            sum += exps[i];
        }
        for (Primitives p : BOTH) {
            float[] y = nans(to + n + 1);
            p.scale(x, at, n, 1.5f, y, to);
            assertClose(y, to, scaled, 1e-6);
            assertUntouched(y, to, to + n);
            p.normalize(x, at, n, 0.25f, 3, scale, 1, bias, 2, y, to);
            assertClose(y, to, normal, 3e-6);
            assertUntouched(y, to, to + n);
            assertClose(p.exponentials(x, at, n, 2, 0.5f, y, to), sum, 1e-6 * (1 + sum), "sum");
            assertClose(y, to, exps, 2e-6);
            assertUntouched(y, to, to + n);
            float[] z = x.clone();
            p.addScaled(z, at, n, 0.5f, bias, 2, oneMask ? 0 : 1);
            assertClose(z, at, masked, 1e-6);
            assertUntouched(z, at, at + n);
            float[] inPlace = x.clone();
            p.exponentials(inPlace, at, n, 2, 0.5f, inPlace, at);
            assertClose(inPlace, at, exps, 2e-6);
        }
    }

    @Property(tries = 150)
    void depthwiseWindows(
            @ForAll @IntRange(min = 1, max = 70) int channels,
            @ForAll @IntRange(max = 9) int taps,
            @ForAll boolean four,
            @ForAll long seed) {
        int pixels = four ? 4 : 1;
        float[] x = random(seed, channels * 20);
        float[] w = random(seed + 1, 3 + channels * taps);
        float[] bias = random(seed + 2, channels);
        java.util.Random random = new java.util.Random(seed);
        int[] offsets = random.ints((long) taps * pixels, 0, channels * 19 + 1).toArray();
        double[] expected = new double[pixels * channels];
        for (int i = 0; i < pixels; i++) {
            for (int c = 0; c < channels; c++) {
                double sum = bias[c];
                for (int t = 0; t < taps; t++) {
                    sum += (double) x[offsets[t * pixels + i] + c] * w[3 + t * channels + c];
                }
                expected[i * channels + c] = sum;
            }
        }
        for (Primitives p : BOTH) {
            float[] y = nans(2 + pixels * channels + 1);
            p.depthwise(pixels, x, offsets, taps, w, 3, channels, bias, y, 2);
            assertClose(y, 2, expected, 3e-6);
            assertUntouched(y, 2, 2 + pixels * channels);
        }
    }
}
