package dev.lathe.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Products of one row with a matrix, against sums in double precision. */
class MachineRowProductsTest {
    private static final float UNTOUCHED = 12345;

    private static List<MachineRowProducts> kernels() throws ExecutableMemory.RefusedException {
        MachineRowProducts own = MachineCode.rowProducts();
        Assumptions.assumeTrue(own != null, "this processor has no AVX-512, or code is not allowed");
        List<MachineRowProducts> all = new ArrayList<>();
        all.add(own);
        if (!System.getProperty("os.name").startsWith("Windows")) {
            all.add(WindowsCalls.rowProducts());
        }
        return all;
    }

    private static float[] floats(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextFloat(-1, 1);
        }
        return x;
    }

    @Test
    void productsOfARow() throws ExecutableMemory.RefusedException {
        Random random = new Random(5);
        for (MachineRowProducts kernel : kernels()) {
            for (int round = 0; round < 400; round++) {
                int n = random.nextInt(round % 50 == 0 ? 9000 : 200);
                int rows = random.nextInt(round % 50 == 0 ? 40 : 12);
                int stride = n + random.nextInt(3);
                int at = random.nextInt(3);
                float[] b = floats(random, at + Math.max(0, (rows - 1) * stride + n));
                float[] row = floats(random, 1 + n);
                float[] column = floats(random, 2 + rows);
                float[] dots = filled(rows + 2);
                float[] sums = filled(n + 2);
                kernel.dots(row, 1, b, at, stride, rows, n, dots, 1);
                kernel.sums(column, 2, b, at, stride, rows, n, sums, 1);
                double[] expected = new double[n];
                for (int r = 0; r < rows; r++) {
                    double dot = 0;
                    for (int i = 0; i < n; i++) {
                        float x = b[at + r * stride + i];
                        dot += (double) row[1 + i] * x;
                        expected[i] += (double) column[2 + r] * x;
                    }
                    assertThat(dots[1 + r]).isCloseTo((float) dot, within(1e-4f));
                }
                for (int i = 0; i < n; i++) {
                    assertThat(sums[1 + i]).isCloseTo((float) expected[i], within(1e-5f));
                }
                assertThat(new float[] {dots[0], dots[rows + 1], sums[0], sums[n + 1]})
                        .containsOnly(UNTOUCHED);
            }
        }
    }

    private static float[] filled(int n) {
        float[] x = new float[n];
        Arrays.fill(x, UNTOUCHED);
        return x;
    }

    @Test
    void whatReachesOverAnEndIsRefused() throws ExecutableMemory.RefusedException {
        for (MachineRowProducts kernel : kernels()) {
            float[] row = new float[20];
            float[] b = new float[2 * 21 + 20];
            float[] y = new float[3];
            kernel.dots(row, 0, b, 0, 21, 3, 20, y, 0);
            kernel.sums(y, 0, b, 0, 21, 3, 20, row, 0);
            refused(() -> kernel.dots(row, 1, b, 0, 21, 3, 20, y, 0));
            refused(() -> kernel.dots(row, 0, b, 1, 21, 3, 20, y, 0));
            refused(() -> kernel.dots(row, 0, b, -1, 21, 3, 20, y, 0));
            refused(() -> kernel.dots(row, 0, b, 0, 22, 3, 20, y, 0));
            refused(() -> kernel.dots(row, 0, b, 0, -1, 3, 20, y, 0));
            refused(() -> kernel.dots(row, 0, b, 0, 21, -1, 20, y, 0));
            refused(() -> kernel.dots(row, 0, b, 0, 21, 3, -1, y, 0));
            refused(() -> kernel.dots(row, 0, b, 0, 21, 3, 20, y, 1));
            refused(() -> kernel.sums(y, 1, b, 0, 21, 3, 20, row, 0));
            refused(() -> kernel.sums(y, 0, b, 1, 21, 3, 20, row, 0));
            refused(() -> kernel.sums(y, 0, b, 0, 21, 3, 20, row, 1));
        }
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
