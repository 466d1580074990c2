package dev.lathe.runtime;

import static dev.lathe.runtime.Floats.assertClose;
import static dev.lathe.runtime.Floats.assertUntouched;
import static dev.lathe.runtime.Floats.nans;
import static dev.lathe.runtime.Floats.random;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** {@link Convolution}, {@link DepthwiseConvolution} and {@link TransposedConvolution} against their definitions. */
class ConvolutionTest {
    @Provide
    static Arbitrary<Picture> pictures() {
        return Picture.any();
    }

    /** What filters are. */
    enum Stored {
        FLOATS,
        BYTES,
        NIBBLES,
        HALVES,
        BRAIN_FLOATS;

        /** Makes such numbers of others. */
        float[] of(float[] w) {
            for (int i = 0; i < w.length; i++) {
                w[i] = switch (this) {
                    case FLOATS -> w[i];
                    case BYTES -> Math.round(60 * w[i]);
                    case NIBBLES -> Math.clamp(Math.round(4 * w[i]), -8, 7);
                    case HALVES -> Float.float16ToFloat(Float.floatToFloat16(w[i]));
                    case BRAIN_FLOATS -> Float.intBitsToFloat(Float.floatToRawIntBits(w[i]) & 0xffff0000);
                };
            }
            return w;
        }

        /** How large they are; what sums may be wrong by grows with it. */
        int magnitude() {
            return switch (this) {
                case BYTES -> 60;
                case NIBBLES -> 8;
                case FLOATS, HALVES, BRAIN_FLOATS -> 1;
            };
        }

        /** The largest share of its bytes as floats that a matrix may take, beside what it has for each column. */
        double share() {
            return switch (this) {
                case FLOATS -> 1;
                case BYTES -> 0.25;
                case NIBBLES -> 0.125;
                case HALVES, BRAIN_FLOATS -> 0.5;
            };
        }

        void check(PackedMatrix m) {
            int row = m.panels() * m.width;
            // Half of an odd number of nibbles is a byte more; few numbers may be of fewer bits by chance.
            assertThat(m.bytes()).isLessThanOrEqualTo((long) (share() * 4 * row * m.rows()) + m.rows() + 8L * row);
        }
    }

    /** The input behind a run of zeros, as convolutions want it. */
    private static float[] behindZeros(float[] x, int zeros) {
        float[] all = nans(1 + zeros + x.length + 1);
        java.util.Arrays.fill(all, 1, 1 + zeros, 0);
        System.arraycopy(x, 0, all, 1 + zeros, x.length);
        return all;
    }

    @Property(tries = 300)
    void convolution(
            @ForAll("pictures") Picture p,
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll @IntRange(min = 1, max = 14) int depth,
            @ForAll @IntRange(min = 1, max = 11) int columns,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll boolean withIntegers,
            @ForAll boolean withEpilogue,
            @ForAll long seed) {
        int channels = groups * depth;
        int outChannels = groups * columns;
        float[] x = random(seed, p.batch() * p.height() * p.width() * channels);
        float[] w = random(seed + 1, outChannels * depth * p.taps());
        for (int i = 0; i < w.length && withIntegers; i++) {
            w[i] = Math.round(w[i]); // kept as bytes
        }
        float[] bias = random(seed + 2, outChannels);
        double[] expected = new double[p.batch() * p.outHeight() * p.outWidth() * outChannels];
        for (int i = 0; i < expected.length; i++) {
            int o = i % outChannels;
            int pixel = i / outChannels;
            double sum = bias[o];
            for (int t = 0; t < p.taps(); t++) {
                int row = p.row(pixel / p.outWidth() % p.outHeight(), t / p.kernelWidth());
                int column = p.column(pixel % p.outWidth(), t % p.kernelWidth());
                for (int d = 0; d < depth && p.inside(row, column); d++) {
                    int from = p.at(pixel / p.outWidth() / p.outHeight(), row, column, channels);
                    sum += (double) x[from + o / columns * depth + d] * w[(o * depth + d) * p.taps() + t];
                }
            }
            expected[i] = withEpilogue ? RowColumnEpilogue.of(sum, pixel, o) : sum;
        }
        for (Tiles tiles : PlainTiles.SOME) {
            PackedMatrix[] filters = PackedMatrix.ofGroups(tiles, w, groups, columns, depth, p.taps(), bias);
            float[] y = nans(2 + expected.length + 1);
            Convolution c = new Convolution(
                    tiles,
                    p.window(channels),
                    filters,
                    new Workspace(),
                    withEpilogue ? new RowColumnEpilogue(y) : null);
            c.prepare(workers);
            c.run(behindZeros(x, channels), 1 + channels, y, 2);
            assertClose(y, 2, expected, 1e-5);
            assertUntouched(y, 2, 2 + expected.length);
        }
    }

    /** On tiles of bytes, where there are, and exact on all. */
    @Property(tries = 300)
    void convolutionOfIntegers(
            @ForAll("pictures") Picture p,
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll @IntRange(min = 1, max = 14) int depth,
            @ForAll @IntRange(min = 1, max = 40) int columns,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll @IntRange(min = -255, max = 0) int least,
            @ForAll @IntRange(min = -200, max = 0) int leastWeight,
            @ForAll boolean withEpilogue,
            @ForAll long seed) {
        Random random = new Random(seed);
        int channels = groups * depth;
        int outChannels = groups * columns;
        float[] x = new float[p.batch() * p.height() * p.width() * channels];
        for (int i = 0; i < x.length; i++) {
            x[i] = least + random.nextInt(256);
        }
        float[] w = new float[outChannels * depth * p.taps()];
        for (int i = 0; i < w.length; i++) {
            w[i] = leastWeight + random.nextInt(256);
        }
        float[] bias = new float[outChannels];
        for (int j = 0; j < outChannels; j++) {
            bias[j] = random.nextInt(-1000, 1000);
        }
        for (Tiles tiles : PlainTiles.SOME) {
            float[] expected = convolution(p, tiles, x, w, bias, groups, depth, workers, withEpilogue, false);
            float[] actual = convolution(p, tiles, x, w, bias, groups, depth, workers, withEpilogue, true);
            assertThat(actual).isEqualTo(expected);
        }
    }

    /** Either with the filters as they are kept, or, what cannot be tiles of bytes, with computed ones. */
    private static float[] convolution(
            Picture p,
            Tiles tiles,
            float[] x,
            float[] w,
            float[] bias,
            int groups,
            int depth,
            int workers,
            boolean withEpilogue,
            boolean kept) {
        int columns = bias.length / groups;
        PackedMatrix[] filters = PackedMatrix.ofGroups(tiles, w, groups, columns, depth, p.taps(), bias);
        for (int g = 0; g < groups && !kept; g++) {
            PackedMatrix computed = PackedMatrix.room(tiles, columns, depth, p.taps());
            computed.refill(w, g * columns * depth * p.taps());
            System.arraycopy(bias, g * columns, computed.bias, 0, columns);
            filters[g] = computed;
        }
        int channels = groups * depth;
        float[] y = nans(2 + p.batch() * p.outHeight() * p.outWidth() * bias.length + 1);
        Convolution c = new Convolution(
                tiles, p.window(channels), filters, new Workspace(), withEpilogue ? new RowColumnEpilogue(y) : null);
        c.prepare(workers);
        c.run(behindZeros(x, channels), 1 + channels, y, 2);
        assertUntouched(y, 2, y.length - 1);
        return y;
    }

    @Property(tries = 300)
    void depthwise(
            @ForAll("pictures") Picture p,
            @ForAll @IntRange(min = 1, max = 37) int channels,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll Stored stored,
            @ForAll boolean withEpilogue,
            @ForAll long seed) {
        float[] x = random(seed, p.batch() * p.height() * p.width() * channels);
        float[] w = stored.of(random(seed + 1, channels * p.taps()));
        float[] bias = random(seed + 2, channels);
        double[] expected = new double[p.batch() * p.outHeight() * p.outWidth() * channels];
        for (int i = 0; i < expected.length; i++) {
            int c = i % channels;
            int pixel = i / channels;
            double sum = bias[c];
            for (int t = 0; t < p.taps(); t++) {
                int row = p.row(pixel / p.outWidth() % p.outHeight(), t / p.kernelWidth());
                int column = p.column(pixel % p.outWidth(), t % p.kernelWidth());
                if (p.inside(row, column)) {
                    int from = p.at(pixel / p.outWidth() / p.outHeight(), row, column, channels);
                    sum += (double) x[from + c] * w[c * p.taps() + t];
                }
            }
            expected[i] = withEpilogue ? RowColumnEpilogue.of(sum, pixel, c) : sum;
        }
        float[] y = nans(2 + expected.length + 1);
        PackedMatrix filters = PackedMatrix.ofChannels(w, channels, p.taps(), bias);
        stored.check(filters);
        DepthwiseConvolution d = new DepthwiseConvolution(
                p.window(channels), filters, new WidenedFilters(), withEpilogue ? new RowColumnEpilogue(y) : null);
        d.prepare(workers);
        d.run(behindZeros(x, channels), 1 + channels, 1, y, 2);
        assertClose(y, 2, expected, 1e-5 * stored.magnitude());
        assertUntouched(y, 2, 2 + expected.length);
    }

    /** The image is the result here, its windows are the pixels of the input. */
    @Property(tries = 300)
    void transposed(
            @ForAll("pictures") Picture p,
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll @IntRange(min = 1, max = 9) int depth,
            @ForAll @IntRange(min = 1, max = 20) int columns,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll Stored stored,
            @ForAll boolean withEpilogue,
            @ForAll long seed) {
        int inChannels = groups * depth;
        int channels = groups * columns;
        int pixels = p.batch() * p.outHeight() * p.outWidth();
        float[] x = Floats.fenced(seed, 1, pixels * inChannels);
        float[] w = stored.of(random(seed + 1, inChannels * columns * p.taps()));
        float[] bias = random(seed + 2, channels);
        double[] expected = new double[p.batch() * p.height() * p.width() * channels];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = bias[i % channels];
        }
        for (int pixel = 0; pixel < pixels; pixel++) {
            for (int t = 0; t < p.taps(); t++) {
                int row = p.row(pixel / p.outWidth() % p.outHeight(), t / p.kernelWidth());
                int column = p.column(pixel % p.outWidth(), t % p.kernelWidth());
                for (int c = 0; c < channels && p.inside(row, column); c++) {
                    int to = p.at(pixel / p.outWidth() / p.outHeight(), row, column, channels) + c;
                    for (int i = c / columns * depth; i < (c / columns + 1) * depth; i++) {
                        int weight = (i * columns + c % columns) * p.taps() + t;
                        expected[to] += (double) x[1 + pixel * inChannels + i] * w[weight];
                    }
                }
            }
        }
        for (int i = 0; i < expected.length && withEpilogue; i++) {
            expected[i] = RowColumnEpilogue.of(expected[i], i / channels, i % channels);
        }
        for (Tiles tiles : PlainTiles.SOME) {
            float[] y = nans(2 + expected.length + 1);
            PackedMatrix[] filters =
                    PackedMatrix.ofTransposed(tiles, w, groups, depth, columns, p.kernelHeight(), p.kernelWidth());
            Stream.of(filters).forEach(stored::check);
            TransposedConvolution t = new TransposedConvolution(
                    tiles, p.window(channels), filters, bias, withEpilogue ? new RowColumnEpilogue(y) : null);
            t.prepare(workers);
            t.run(x, 1, y, 2);
            assertClose(y, 2, expected, 1e-5 * stored.magnitude());
            assertUntouched(y, 2, 2 + expected.length);
        }
    }
}
