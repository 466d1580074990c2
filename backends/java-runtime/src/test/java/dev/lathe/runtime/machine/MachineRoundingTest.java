package dev.lathe.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Brain floats are the nearest ones to floats, wherever rows begin and end. */
class MachineRoundingTest {
    private static final short UNTOUCHED = 12345;

    private @Nullable MachineRounding rounding;

    @BeforeEach
    void find() {
        rounding = MachineCode.rounding();
        Assumptions.assumeTrue(rounding != null, "the processor has no such instructions: " + MachineCode.processor());
    }

    private void round(int rows, float[] x, int xAt, int xStride, int n, short[] y, int yAt, int yStride) {
        if (rounding != null) {
            rounding.round(rows, x, xAt, xStride, n, y, yAt, yStride);
        }
    }

    private static float value(int half) {
        return Float.intBitsToFloat(half << 16);
    }

    @Test
    void eachIsTheNearest() {
        Random random = new Random(1);
        float[] x = new float[4000];
        for (int i = 0; i < x.length; i++) {
            // Normal numbers of all sizes that do not become infinite, each third one half way between two.
            int bits = random.nextInt(0x0080_0000, 0x7f00_0000);
            x[i] = Float.intBitsToFloat((i % 3 == 0 ? bits & 0xffff_0000 | 0x8000 : bits) | random.nextInt(2) << 31);
        }
        short[] y = new short[x.length];
        round(1, x, 0, 0, x.length, y, 0, 0);
        for (int i = 0; i < x.length; i++) {
            int down = Float.floatToRawIntBits(x[i]) >>> 16;
            BigDecimal exact = new BigDecimal(x[i]);
            int compared = exact.subtract(new BigDecimal(value(down)))
                    .abs()
                    .compareTo(exact.subtract(new BigDecimal(value(down + 1))).abs());
            int nearest = compared < 0 || compared == 0 && down % 2 == 0 ? down : down + 1;
            assertThat(y[i] & 0xffff).as("%s", x[i]).isEqualTo(nearest & 0xffff);
        }
    }

    @Test
    void valuesThatAreNoNumbersStayThese() {
        float[] x = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f, 1e-40f, -1e-40f, 3.4e38f};
        short[] y = new short[x.length];
        round(1, x, 0, 0, x.length, y, 0, 0);
        assertThat(value(y[0])).isNaN();
        float[] rest = {0, 0, 0, 0, 0, 0, 0};
        for (int i = 1; i < x.length; i++) {
            rest[i - 1] = value(y[i]);
        }
        assertThat(rest)
                .containsExactly(
                        Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0f, -0f, 0f, -0f, Float.POSITIVE_INFINITY);
    }

    @Test
    void rowsBeginAndEndAnywhere() {
        Random random = new Random(2);
        for (int n = 1; n <= 70; n++) {
            int rows = 1 + random.nextInt(4);
            int xStride = n + random.nextInt(3);
            int yStride = (n + 1) / 2 * 2 + random.nextInt(3);
            float[] x = new float[3 + (rows - 1) * xStride + n];
            for (int i = 0; i < x.length; i++) {
                x[i] = random.nextInt(-100, 101);
            }
            short[] y = new short[5 + (rows - 1) * yStride + (n + 1) / 2 * 2 + 1];
            Arrays.fill(y, UNTOUCHED);
            short[] expected = y.clone();
            for (int r = 0; r < rows; r++) {
                expected[5 + r * yStride + (n + 1) / 2 * 2 - 1] = 0;
                for (int i = 0; i < n; i++) {
                    expected[5 + r * yStride + i] = (short) (Float.floatToRawIntBits(x[3 + r * xStride + i]) >>> 16);
                }
            }
            round(rows, x, 3, xStride, n, y, 5, yStride);
            assertThat(y).as("%d elements", n).isEqualTo(expected);
        }
    }

    @Test
    void whatReachesOverAnEndIsRefused() {
        float[] x = new float[8];
        short[] y = new short[8];
        round(2, x, 0, 5, 3, y, 0, 4);
        assertThatThrownBy(() -> round(2, x, 1, 5, 3, y, 0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> round(2, x, 0, 5, 3, y, 1, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> round(2, x, 0, -1, 3, y, 0, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> round(2, x, 0, 5, 3, y, -1, 4)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
