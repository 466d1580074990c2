package dev.lathe.passes.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QuantizedTensorTest {

    private static Tensor random(Random r, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) r.nextGaussian());
        }
        return t;
    }

    /** What the numbers of {@code q} stand for; {@code scaleOf} says which scale an element has. */
    private static double meanSquare(Tensor t, QuantizedTensor q, java.util.function.LongUnaryOperator scaleOf) {
        double sum = 0;
        for (long i = 0; i < t.size(); i++) {
            long s = scaleOf.applyAsLong(i);
            long zero = q.zeroPoint().map(z -> z.getLong(s)).orElse(0L);
            double back = (q.numbers().getLong(i) - zero) * (double) q.scale().getFloat(s);
            sum += (back - t.getFloat(i)) * (back - t.getFloat(i));
        }
        return sum / t.size();
    }

    @Test
    void eachChannelHasAScaleWhateverItsAxis() {
        for (int axis = 0; axis < 3; axis++) {
            Tensor t = random(new Random(axis), 3, 5, 7);
            QuantizedTensor q = QuantizedTensor.perChannel(t, axis, 8);
            long inner = axis == 0 ? 35 : axis == 1 ? 7 : 1;
            long channels = t.dim(axis);
            assertThat(q.scale().dims()).containsExactly(channels);
            assertThat(q.numbers().element()).isEqualTo(ElementType.I8);
            double error = meanSquare(t, q, i -> i / inner % channels);
            double largestStep = 0;
            for (int c = 0; c < channels; c++) {
                largestStep = Math.max(largestStep, q.scale().getFloat(c));
            }
            assertThat(error).isLessThan(largestStep * largestStep / 4);
        }
    }

    @Test
    void blocksHaveScalesAndZeroPointsAndTheLastMayBeShort() {
        Tensor t = random(new Random(7), 40, 3);
        for (int bits : new int[] {4, 8}) {
            QuantizedTensor q = QuantizedTensor.perBlock(t, 0, bits, 16);
            assertThat(q.scale().dims()).containsExactly(3, 3);
            double error = meanSquare(t, q, i -> i / 3 / 16 * 3 + i % 3);
            assertThat(error).isLessThan(bits == 8 ? 1e-4 : 2e-2);
            assertThat(q.sqnr()).isGreaterThan(bits == 8 ? 40 : 17);
        }
    }

    @Test
    void theSignalToNoiseRatioIsThatOfWhatIsStored() {
        Tensor t = random(new Random(3), 16, 4);
        QuantizedTensor q = QuantizedTensor.perChannel(t, 1, 4);
        double signal = 0;
        for (long i = 0; i < t.size(); i++) {
            signal += t.getDouble(i) * t.getDouble(i);
        }
        double noise = meanSquare(t, q, i -> i % 4) * t.size();
        assertThat(q.sqnr()).isCloseTo(10 * Math.log10(signal / noise), within(1e-3));
    }

    @Test
    void aRareLargeNumberIsCutOffWhereThatIsNearerOverall() {
        Tensor t = random(new Random(5), 4096, 1);
        t.setFloat(0, 20);
        QuantizedTensor q = QuantizedTensor.perChannel(t, 1, 4);
        assertThat(q.scale().getFloat(0)).isLessThan(20f / 7);
    }

    @Test
    void zerosEmptyAndUnusualNumbers() {
        QuantizedTensor zeros = QuantizedTensor.perChannel(Tensor.zeros(ElementType.F32, 4, 2), 1, 8);
        assertThat(zeros.sqnr()).isEqualTo(Double.POSITIVE_INFINITY);
        assertThat(zeros.numbers()).isEqualTo(Tensor.zeros(ElementType.I8, 4, 2));
        assertThat(QuantizedTensor.perChannel(Tensor.zeros(ElementType.F32, 0, 2), 1, 8)
                        .numbers()
                        .size())
                .isZero();
        assertThat(QuantizedTensor.perChannel(Tensor.zeros(ElementType.F32, 2, 0), 1, 8)
                        .scale()
                        .size())
                .isZero();
        Tensor odd = Tensor.of(new float[] {Float.NaN, 1, -1, Float.MIN_VALUE}, 4, 1);
        assertThat(QuantizedTensor.perChannel(odd, 1, 8).numbers().getLong(0)).isZero();
    }
}
