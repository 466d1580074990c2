package dev.lathe.passes.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.ir.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistogramTest {

    private static float[] gaussian(long seed, int count, float deviation) {
        Random r = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = deviation * (float) r.nextGaussian();
        }
        return values;
    }

    @Test
    void evenNumbersKeepTheirWholeBounds() {
        float[] values = new float[1001];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 1000f - 0.25f;
        }
        Histogram h = new Histogram();
        h.add(Tensor.of(values, values.length));
        Bounds range = h.leastSquares();
        assertThat(range.low()).isCloseTo(-0.25f, within(0.01f));
        assertThat(range.high()).isCloseTo(0.75f, within(0.01f));
    }

    @Test
    void aRareLargeNumberIsCutOff() {
        Histogram h = new Histogram();
        h.add(Tensor.of(gaussian(1, 200_000, 1), 200_000));
        h.add(Tensor.of(new float[] {40}, 1));
        assertThat(h.leastSquares().high()).isLessThan(35);
    }

    @Test
    void aLargeNumberThatIsNotRareIsKept() {
        Histogram h = new Histogram();
        for (int i = 0; i < 20; i++) {
            h.add(Tensor.of(gaussian(i, 100, 1), 100));
            h.add(Tensor.of(new float[] {40, 40, 40}, 3));
        }
        assertThat(h.leastSquares().high()).isGreaterThan(38);
    }

    @Test
    void theOrderOfWhatComesChangesLittle() {
        Histogram growing = new Histogram();
        Histogram shrinking = new Histogram();
        for (int i = 0; i < 8; i++) {
            growing.add(Tensor.of(gaussian(i, 5000, 1 << i), 5000));
            shrinking.add(Tensor.of(gaussian(7 - i, 5000, 1 << (7 - i)), 5000));
        }
        assertThat(growing.leastSquares().high())
                .isCloseTo(shrinking.leastSquares().high(), within(20f));
    }

    @Test
    void nothingZerosAndInfinities() {
        Histogram h = new Histogram();
        assertThat(h.leastSquares()).isEqualTo(new Bounds(0, 0));
        h.add(Tensor.of(new float[3], 3));
        assertThat(h.leastSquares()).isEqualTo(new Bounds(0, 0));
        h.add(Tensor.of(new float[] {Float.NaN, Float.POSITIVE_INFINITY, 2}, 3));
        assertThat(h.leastSquares().high()).isCloseTo(2, within(0.1f));
    }
}
