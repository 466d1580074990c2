package dev.lathe.runtime;

import static dev.lathe.runtime.Floats.assertUntouched;
import static dev.lathe.runtime.Floats.nans;
import static dev.lathe.runtime.Floats.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.runtime.machine.TapLine;
import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A product and a convolution that take turns, against one after the other: bits are equal. */
class ExpandedConvolutionTest {
    @Provide
    static Arbitrary<Picture> pictures() {
        return Picture.any();
    }

    @Property(tries = 400)
    void turnsChangeNoBit(
            @ForAll("pictures") Picture p,
            @ForAll @IntRange(min = 1, max = 9) int depth,
            @ForAll @IntRange(min = 1, max = 37) int channels,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll @IntRange(min = 0, max = 3000) int ringBytes,
            @ForAll boolean withEpilogue,
            @ForAll long seed) {
        float[] x = random(seed, p.batch() * p.height() * p.width() * depth);
        int size = p.batch() * p.outHeight() * p.outWidth() * channels;
        float[] expected = run(p, depth, channels, x, seed, 1, Long.MAX_VALUE, 0, withEpilogue);
        float[] actual = run(p, depth, channels, x, seed, workers, 0, ringBytes, withEpilogue);
        assertThat(Arrays.copyOfRange(actual, 2, 2 + size)).isEqualTo(Arrays.copyOfRange(expected, 2, 2 + size));
        assertUntouched(actual, 2, 2 + size);
    }

    private static float[] run(
            Picture p,
            int depth,
            int channels,
            float[] x,
            long seed,
            int workers,
            long farBytes,
            int ringBytes,
            boolean withEpilogue) {
        float[] y = nans(2 + p.batch() * p.outHeight() * p.outWidth() * channels + 1);
        int zeros = channels;
        float[] image = nans(1 + zeros + p.batch() * p.height() * p.width() * channels + 1);
        Arrays.fill(image, 1, 1 + zeros, 0);
        ExpandedConvolution e = kernel(p.window(channels), depth, seed, farBytes, ringBytes, withEpilogue ? y : null);
        e.prepare(workers);
        e.run(x, 0, image, 1 + zeros, 1, y, 2);
        assertUntouched(image, 1, image.length - 1);
        return y;
    }

    private static ExpandedConvolution kernel(
            SlidingWindow window, int depth, long seed, long farBytes, int ringBytes, float @Nullable [] epilogueOf) {
        int channels = window.channels;
        Tiles tiles = Machine.tiles();
        float[] matrix = random(seed + 1, depth * channels);
        float[] filters = random(seed + 2, window.taps() * channels);
        return new ExpandedConvolution(
                window,
                new Gemm(tiles, PackedMatrix.ofMatrix(tiles, matrix, depth, channels, random(seed, channels)), null),
                new DepthwiseConvolution(
                        window,
                        PackedMatrix.ofChannels(filters, channels, window.taps(), random(seed + 3, channels)),
                        new WidenedFilters(),
                        epilogueOf == null ? null : new RowColumnEpilogue(epilogueOf)),
                farBytes,
                ringBytes);
    }

    @Test
    void whatIsFarTakesTurns() {
        SlidingWindow window = new SlidingWindow(3, 3, 2, 2, 1, 1);
        window.prepare(2, 40, 40, 32, 1, 1, 20, 20);
        long bytes = 2L * 40 * 40 * 32 * Float.BYTES;
        boolean can = Machine.depthwise(TapLine.of(3, 2, 1)) != null;
        for (int workers = 1; workers <= 3; workers++) {
            ExpandedConvolution far = kernel(window, 8, 1, bytes - 1, 1 << 16, null);
            far.prepare(workers);
            assertThat(far.takesTurns()).isEqualTo(can);
            ExpandedConvolution near = kernel(window, 8, 1, bytes, 1 << 16, null);
            near.prepare(workers);
            assertThat(near.takesTurns()).isFalse();
            // An epilogue that the code in registers does not do.
            ExpandedConvolution other = kernel(window, 8, 1, bytes - 1, 1 << 16, new float[1]);
            other.prepare(workers);
            assertThat(other.takesTurns()).isFalse();
        }
    }
}
