package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Rows of all lengths, with masks and without, beside doubles; nothing around them changes. */
class SoftmaxTest {
    private static final float UNTOUCHED = 77;

    private final Softmax softmax = new Softmax();

    private static double[] expected(float[] x, int at, int n, float factor, float @Nullable [] mask, int maskAt) {
        double[] y = new double[n];
        double most = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            y[i] = (double) factor * x[at + i] + (mask == null ? 0 : mask[maskAt + i]);
            most = Math.max(most, y[i]);
        }
        double sum = 0;
        for (int i = 0; i < n; i++) {
            y[i] = Math.exp(y[i] - most);
            sum += y[i];
        }
        for (int i = 0; i < n; i++) {
            y[i] /= sum;
        }
        return y;
    }

    private static float[] random(Random random, int n, float size) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = size * (float) random.nextGaussian();
        }
        return x;
    }

    @Test
    void rowsAreSharesOfExponentials() {
        Random random = new Random(1);
        for (int n = 1; n <= 150; n++) {
            int rows = 1 + random.nextInt(4);
            float factor = random.nextBoolean() ? 0.125f : -2;
            float[] x = random(random, 3 + rows * n, 10);
            // All far below zero: what is behind a row must not be its greatest element.
            for (int i = 0; i < n && n % 3 == 0; i++) {
                x[3 + i] -= 90 / factor;
            }
            float[] mask = n % 2 == 0 ? null : random(random, 5 + rows * n, 3);
            if (mask != null && n > 1) {
                mask[5] = Float.NEGATIVE_INFINITY;
            }
            float[] y = new float[2 + rows * n + 20];
            Arrays.fill(y, UNTOUCHED);
            softmax.rows(rows, n, x, 3, factor, mask, 5, n, 1, y, 2);
            for (int r = 0; r < rows; r++) {
                double[] row = expected(x, 3 + r * n, n, factor, mask, 5 + r * n);
                for (int i = 0; i < n; i++) {
                    assertThat((double) y[2 + r * n + i]).as("%d of %d", i, n).isCloseTo(row[i], within(2e-5));
                }
            }
            assertThat(y[0]).isEqualTo(UNTOUCHED);
            assertThat(y[1]).isEqualTo(UNTOUCHED);
            for (int i = 2 + rows * n; i < y.length; i++) {
                assertThat(y[i]).isEqualTo(UNTOUCHED);
            }
            // In its own place it is the same.
            float[] own = x.clone();
            softmax.rows(rows, n, own, 3, factor, mask, 5, n, 1, own, 3);
            assertThat(Arrays.copyOfRange(own, 3, 3 + rows * n)).isEqualTo(Arrays.copyOfRange(y, 2, 2 + rows * n));
        }
    }

    @Test
    void oneMaskForARow() {
        float[] x = {1, 2, 3};
        float[] y = new float[3];
        softmax.rows(1, 3, x, 0, 1, new float[] {50}, 0, 1, 0, y, 0);
        double[] row = expected(x, 0, 3, 1, null, 0);
        for (int i = 0; i < 3; i++) {
            assertThat((double) y[i]).isCloseTo(row[i], within(1e-6));
        }
    }

    @Test
    void whatIsNoNumberSpreads() {
        for (int n : new int[] {3, 16, 40}) {
            for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                for (int place : new int[] {0, n - 1}) {
                    float[] x = new float[n];
                    x[place] = wrong;
                    softmax.rows(1, n, x, 0, 1, null, 0, 0, 0, x, 0);
                    for (float y : x) {
                        assertThat(y).isNaN();
                    }
                }
            }
            float[] x = new float[n];
            Arrays.fill(x, Float.NEGATIVE_INFINITY);
            softmax.rows(1, n, x, 0, 1, null, 0, 0, 0, x, 0);
            assertThat(x[0]).isNaN();
        }
    }
}
