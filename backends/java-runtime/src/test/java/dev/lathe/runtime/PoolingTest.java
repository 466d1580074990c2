package dev.lathe.runtime;

import static dev.lathe.runtime.Floats.assertClose;
import static dev.lathe.runtime.Floats.assertUntouched;
import static dev.lathe.runtime.Floats.fenced;
import static dev.lathe.runtime.Floats.nans;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.type.ElementType;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class PoolingTest {
    @Provide
    static Arbitrary<Picture> pictures() {
        return Picture.any();
    }

    @Property(tries = 400)
    void pooling(
            @ForAll("pictures") Picture p,
            @ForAll Pooling.Function function,
            @ForAll @IntRange(min = 1, max = 19) int channels,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll boolean ceil,
            @ForAll long seed) {
        // With ceil the last window may reach beyond the padding.
        int outHeight = p.outHeight() + (ceil && p.outHeight() > 0 ? 1 : 0);
        int outWidth = p.outWidth() + (ceil && p.outWidth() > 0 ? 1 : 0);
        float[] x = fenced(seed, 1, p.batch() * p.height() * p.width() * channels);
        double[] expected = new double[p.batch() * outHeight * outWidth * channels];
        for (int i = 0; i < expected.length; i++) {
            int pixel = i / channels;
            double sum = 0;
            double max = Double.NEGATIVE_INFINITY;
            int inside = 0;
            int padded = 0;
            for (int t = 0; t < p.taps(); t++) {
                int row = p.row(pixel / outWidth % outHeight, t / p.kernelWidth());
                int column = p.column(pixel % outWidth, t % p.kernelWidth());
                if (row < p.height() + p.bottom() && column < p.width() + p.right()) {
                    padded++;
                }
                if (p.inside(row, column)) {
                    double v = x[1 + p.at(pixel / outWidth / outHeight, row, column, channels) + i % channels];
                    sum += v;
                    max = Math.max(max, v);
                    inside++;
                }
            }
            expected[i] = switch (function) {
                case MAX -> max;
                case MEAN -> sum / inside;
                case MEAN_WITH_PADDING -> sum / padded;
                case SUM -> sum;
            };
        }
        SlidingWindow window = p.window(channels);
        window.prepare(p.batch(), p.height(), p.width(), channels, p.top(), p.left(), outHeight, outWidth);
        Pooling pooling = new Pooling(function, ElementType.F32, window);
        pooling.prepare(p.bottom(), p.right(), workers);
        float[] y = nans(2 + expected.length + 1);
        pooling.run(x, 1, y, 2);
        assertClose(y, 2, expected, 3e-6); // windows of one channel are summed in another order
        assertUntouched(y, 2, 2 + expected.length);
    }

    @Example
    void theGreatestOfAWindowWithNaNIsNaN() {
        for (int where = 0; where < 4; where++) {
            float[] x = {1, 2, 3, 4};
            x[where] = Float.NaN;
            float[] y = new float[1];
            SlidingWindow window = new SlidingWindow(2, 2, 1, 1, 1, 1);
            window.prepare(1, 2, 2, 1, 0, 0, 1, 1);
            Pooling pooling = new Pooling(Pooling.Function.MAX, ElementType.F32, window);
            pooling.prepare(0, 0, 1);
            pooling.run(x, 0, y, 0);
            assertThat(y[0]).isNaN();
        }
    }

    /** With a sign and without, over more channels than a vector has bytes. */
    @Property(tries = 200)
    void theGreatestOfBytes(
            @ForAll("pictures") Picture p,
            @ForAll boolean unsigned,
            @ForAll @IntRange(min = 1, max = 150) int channels,
            @ForAll long seed) {
        byte[] x = new byte[1 + p.batch() * p.height() * p.width() * channels];
        new Random(seed).nextBytes(x);
        byte[] expected = new byte[2 + p.batch() * p.outHeight() * p.outWidth() * channels];
        for (int i = 0; i < expected.length - 2; i++) {
            int pixel = i / channels;
            int max = unsigned ? 0 : Byte.MIN_VALUE;
            for (int t = 0; t < p.taps(); t++) {
                int row = p.row(pixel / p.outWidth() % p.outHeight(), t / p.kernelWidth());
                int column = p.column(pixel % p.outWidth(), t % p.kernelWidth());
                if (p.inside(row, column)) {
                    byte v = x[1 + p.at(pixel / p.outWidth() / p.outHeight(), row, column, channels) + i % channels];
                    max = Math.max(max, unsigned ? v & 0xff : v);
                }
            }
            expected[2 + i] = (byte) max;
        }
        SlidingWindow window = p.window(channels);
        window.prepare(p.batch(), p.height(), p.width(), channels, p.top(), p.left(), p.outHeight(), p.outWidth());
        Pooling pooling = new Pooling(Pooling.Function.MAX, unsigned ? ElementType.U8 : ElementType.I8, window);
        pooling.prepare(p.bottom(), p.right(), 2);
        byte[] y = new byte[expected.length];
        pooling.run(x, 1, y, 2);
        assertThat(y).isEqualTo(expected);
    }

    /** Of all windows over planes of three axes, of elements of 32 and of 64 bits with many equals. */
    @Property(tries = 200)
    void placesOfTheGreatest(
            @ForAll boolean wide,
            @ForAll boolean columnMajor,
            @ForAll @IntRange(min = 1, max = 3) int stride,
            @ForAll @IntRange(min = 1, max = 2) int dilation,
            @ForAll @IntRange(max = 2) int pad,
            @ForAll long seed) {
        Random random = new Random(seed);
        int[] sizes = random.ints(3, 1, 7).toArray();
        int[] kernel = random.ints(3, 1, 4).toArray();
        int[] out = random.ints(3, 1, 5).toArray();
        int plane = sizes[0] * sizes[1] * sizes[2];
        float[] x = new float[1 + 2 * plane];
        double[] d = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            x[i] = random.nextInt(5) - 2;
            d[i] = x[i];
        }
        int[] strides = {stride, 1, stride};
        int[] dilations = {1, dilation, dilation};
        int[] pads = {0, pad, pad};
        WindowPlaces places =
                new WindowPlaces(wide ? ElementType.F64 : ElementType.F32, columnMajor, kernel, strides, dilations);
        places.prepare(2, sizes, out, pads, 2);
        int each = out[0] * out[1] * out[2];
        long[] y = new long[1 + 2 * each];
        places.run(wide ? d : x, 1, y, 1);
        for (int i = 0; i < 2 * each; i++) {
            int[] window = {i % each / out[2] / out[1], i / out[2] % out[1], i % out[2]};
            long expected = -1;
            float best = 0;
            for (int t = 0; t < kernel[0] * kernel[1] * kernel[2]; t++) {
                int[] tap = {t / kernel[2] / kernel[1], t / kernel[2] % kernel[1], t % kernel[2]};
                int[] at = new int[3];
                boolean inside = true;
                for (int axis = 0; axis < 3; axis++) {
                    at[axis] = window[axis] * strides[axis] - pads[axis] + tap[axis] * dilations[axis];
                    inside &= at[axis] >= 0 && at[axis] < sizes[axis];
                }
                int flat = (at[0] * sizes[1] + at[1]) * sizes[2] + at[2];
                if (inside && (expected < 0 || x[1 + i / each * plane + flat] > best)) {
                    best = x[1 + i / each * plane + flat];
                    int place = columnMajor ? at[0] + sizes[0] * (at[1] + sizes[1] * at[2]) : flat;
                    expected = (long) i / each * plane + place;
                }
            }
            assertThat(y[1 + i]).isEqualTo(expected);
        }
    }
}
