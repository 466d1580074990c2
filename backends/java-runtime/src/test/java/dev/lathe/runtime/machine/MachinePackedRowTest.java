package dev.lathe.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.runtime.machine.Assembler.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Products of one row with packed panels, against their definition. */
class MachinePackedRowTest {
    private static final float UNTOUCHED = 12345;

    private static List<MachinePackedRow> kernels() throws ExecutableMemory.RefusedException {
        List<MachinePackedRow> all = new ArrayList<>();
        for (Form form : Form.values()) {
            MachinePackedRow own = MachineCode.packedRow(2 * form.lanes);
            if (own != null) {
                all.add(own);
                if (!System.getProperty("os.name").startsWith("Windows")) {
                    all.add(WindowsCalls.packedRow(form));
                }
            }
        }
        Assumptions.assumeTrue(!all.isEmpty(), "this processor has no AVX2, or code is not allowed");
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
    void sumsAreThoseOfFmaInOrder() throws ExecutableMemory.RefusedException {
        Random random = new Random(6);
        for (MachinePackedRow kernel : kernels()) {
            int width = kernel.width();
            for (int round = 0; round < 200; round++) {
                int panels = random.nextInt(14);
                // The deepest is too much for one call.
                int depth = round == 0 ? 7000 : random.nextInt(40);
                float[] a = floats(random, 2 + depth);
                float[] b = floats(random, 3 + panels * width * depth);
                float[] init = floats(random, 1 + panels * width);
                float[] c = new float[2 + panels * width + 1];
                Arrays.fill(c, UNTOUCHED);
                kernel.multiply(a, 2, depth, b, 3, panels, init, 1, c, 2);
                float[] expected = new float[c.length];
                Arrays.fill(expected, UNTOUCHED);
                for (int column = 0; column < panels * width; column++) {
                    float sum = init[1 + column];
                    int at = 3 + column / width * width * depth + column % width;
                    for (int i = 0; i < depth; i++) {
                        sum = Math.fma(a[2 + i], b[at + i * width], sum);
                    }
                    expected[2 + column] = sum;
                }
                assertThat(c).isEqualTo(expected);
            }
        }
    }

    @Test
    void whatReachesOverAnEndIsRefused() throws ExecutableMemory.RefusedException {
        for (MachinePackedRow kernel : kernels()) {
            int columns = 3 * kernel.width();
            float[] a = new float[5];
            float[] b = new float[5 * columns];
            float[] c = new float[columns];
            kernel.multiply(a, 0, 5, b, 0, 3, c, 0, c, 0);
            refused(() -> kernel.multiply(a, 1, 5, b, 0, 3, c, 0, c, 0));
            refused(() -> kernel.multiply(a, 0, 6, b, 0, 3, c, 0, c, 0));
            refused(() -> kernel.multiply(a, 0, -1, b, 0, 3, c, 0, c, 0));
            refused(() -> kernel.multiply(a, 0, 5, b, 1, 3, c, 0, c, 0));
            refused(() -> kernel.multiply(a, 0, 5, b, -1, 3, c, 0, c, 0));
            refused(() -> kernel.multiply(a, 0, 5, b, 0, 4, c, 0, c, 0));
            refused(() -> kernel.multiply(a, 0, 5, b, 0, -1, c, 0, c, 0));
            refused(() -> kernel.multiply(a, 0, 5, b, 0, 3, c, 1, c, 0));
            refused(() -> kernel.multiply(a, 0, 5, b, 0, 3, c, 0, c, 1));
        }
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
