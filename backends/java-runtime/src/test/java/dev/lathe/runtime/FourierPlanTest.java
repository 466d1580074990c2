package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fast transforms give the sums of the definition, for sizes of all kinds of factors. */
class FourierPlanTest {
    /** All small sizes; primes that are small, the first large one and beyond, and products of them; powers. */
    static IntStream sizes() {
        return IntStream.concat(
                IntStream.rangeClosed(1, 64), IntStream.of(94, 106, 97, 128, 200, 243, 343, 360, 509, 512, 1009, 1018));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void isTheDefinition(int n) {
        FourierPlan plan = new FourierPlan(n);
        Random random = new Random(n);
        double[][] s = Scratch.doubles(4, plan.room());
        double[] x = new double[2 * n];
        for (int repeat = 0; repeat < 2; repeat++) { // with what the first one left behind
            for (int j = 0; j < n; j++) {
                s[0][j] = x[2 * j] = random.nextGaussian();
                s[1][j] = x[2 * j + 1] = random.nextGaussian();
            }
            boolean isBehind = plan.transform(s[0], s[1], s[2], s[3]);
            double[] re = s[isBehind ? 2 : 0];
            double[] im = s[isBehind ? 3 : 1];
            for (int k = 0; k < n; k++) {
                double sumR = 0;
                double sumI = 0;
                for (int j = 0; j < n; j++) {
                    double angle = -2 * Math.PI * ((long) j * k % n) / n;
                    sumR += x[2 * j] * Math.cos(angle) - x[2 * j + 1] * Math.sin(angle);
                    sumI += x[2 * j] * Math.sin(angle) + x[2 * j + 1] * Math.cos(angle);
                }
                assertThat(re[k]).as("real part of %d", k).isEqualTo(sumR, within(1e-11));
                assertThat(im[k]).as("imaginary part of %d", k).isEqualTo(sumI, within(1e-11));
            }
        }
    }
}
