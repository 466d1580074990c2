package dev.lathe.runtime;

import static dev.lathe.runtime.Floats.nans;
import static dev.lathe.runtime.Floats.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Filters that stay codes with scales give the bits that they give as floats, and take less memory. */
class DequantizedFiltersTest {
    @Provide
    static Arbitrary<Picture> pictures() {
        return Picture.any();
    }

    /** Codes of so many bits, with a scale and perhaps a zero point for each index of an axis. */
    private static Dequantized codes(Random random, int bits, boolean zeros, int axis, long... dims) {
        Tensor x = Tensor.zeros(ElementType.U8, dims);
        for (long i = 0; i < x.size(); i++) {
            x.setLong(i, i < 2 ? i * ((1 << bits) - 1) : random.nextInt(1 << bits));
        }
        Tensor scales = Tensor.zeros(ElementType.F32, dims[axis]);
        Tensor zero = Tensor.zeros(ElementType.U8, dims[axis]);
        for (long i = 0; i < dims[axis]; i++) {
            // An odd number of 24 bits: no half holds a product with it, but for 0.
            scales.setFloat(i, (random.nextInt(1 << 23) * 2 + (1 << 24) + 1) * 0x1p-30f);
            zero.setLong(i, random.nextInt(1 << bits));
        }
        return new Dequantized(x, scales, zeros ? zero : null, axis, 0);
    }

    @Property(tries = 300)
    void depthwise(
            @ForAll("pictures") Picture p,
            @ForAll @IntRange(min = 1, max = 70) int channels,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll boolean nibbles,
            @ForAll boolean zeros,
            @ForAll long seed) {
        Dequantized w = codes(new Random(seed), nibbles ? 4 : 8, zeros, 0, channels, 1, p.taps());
        float[] bias = random(seed + 2, channels);
        PackedMatrix codes = PackedMatrix.ofChannels(w, channels, p.taps(), bias);
        assertThat(codes.isWidened()).isTrue();
        assertThat(codes.bytes())
                .isLessThanOrEqualTo((long) p.taps() * (nibbles ? (channels + 1) / 2 : channels) + 8L * channels);
        float[] x = new float[channels + p.batch() * p.height() * p.width() * channels];
        System.arraycopy(random(seed, x.length - channels), 0, x, channels, x.length - channels);
        float[] narrow = nans(p.batch() * p.outHeight() * p.outWidth() * channels);
        float[] wide = narrow.clone();
        WidenedFilters room = new WidenedFilters();
        depthwise(p, channels, codes, room, workers, x, narrow);
        depthwise(p, channels, PackedMatrix.ofChannels(w.floats(), channels, p.taps(), bias), room, workers, x, wide);
        assertThat(Arrays.equals(narrow, wide)).isTrue();
    }

    private static void depthwise(
            Picture p, int channels, PackedMatrix filters, WidenedFilters room, int workers, float[] x, float[] y) {
        DepthwiseConvolution d = new DepthwiseConvolution(p.window(channels), filters, room, null);
        d.prepare(workers);
        d.run(x, channels, 0, y, 0);
    }

    @Property(tries = 300)
    void transposed(
            @ForAll("pictures") Picture p,
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll @IntRange(min = 1, max = 9) int depth,
            @ForAll @IntRange(min = 1, max = 20) int columns,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll boolean nibbles,
            @ForAll boolean zeros,
            @ForAll @IntRange(max = 1) int axis,
            @ForAll long seed) {
        Dequantized w = codes(
                new Random(seed),
                nibbles ? 4 : 8,
                zeros,
                axis,
                (long) groups * depth,
                columns,
                p.kernelHeight(),
                p.kernelWidth());
        float[] x = random(seed + 1, p.batch() * p.outHeight() * p.outWidth() * groups * depth);
        float[] bias = random(seed + 2, groups * columns);
        for (Tiles tiles : PlainTiles.SOME) {
            PackedMatrix[] codes =
                    PackedMatrix.ofTransposed(tiles, w, groups, depth, columns, p.kernelHeight(), p.kernelWidth());
            // Scales along the depth are as many as the codes.
            assertThat(codes).allMatch(m -> m.isWidened() || axis == 0);
            float[] narrow = nans(p.batch() * p.height() * p.width() * groups * columns);
            float[] wide = narrow.clone();
            transposed(tiles, p, groups * columns, codes, bias, workers, x, narrow);
            PackedMatrix[] floats = PackedMatrix.ofTransposed(
                    tiles, w.floats(), groups, depth, columns, p.kernelHeight(), p.kernelWidth());
            transposed(tiles, p, groups * columns, floats, bias, workers, x, wide);
            assertThat(Arrays.equals(narrow, wide)).isTrue();
        }
    }

    private static void transposed(
            Tiles tiles,
            Picture p,
            int channels,
            PackedMatrix[] filters,
            float[] bias,
            int workers,
            float[] x,
            float[] y) {
        TransposedConvolution t = new TransposedConvolution(tiles, p.window(channels), filters, bias, null);
        t.prepare(workers);
        t.run(x, 0, y, 0);
    }
}
