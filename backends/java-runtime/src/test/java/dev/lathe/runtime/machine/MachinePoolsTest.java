package dev.lathe.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BinaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Pools against their definition, at the ends of arrays. */
class MachinePoolsTest {
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    private static List<MachinePools> kernels() throws ExecutableMemory.RefusedException {
        Assumptions.assumeTrue(MachineCode.missing().isEmpty(), MachineCode.missing());
        MachinePools own = MachineCode.pools();
        List<MachinePools> all = new ArrayList<>();
        if (own != null) {
            all.add(own);
            if (!System.getProperty("os.name").startsWith("Windows")) {
                all.add(WindowsCalls.pools());
            }
        }
        Assumptions.assumeFalse(all.isEmpty(), "the processor has no such instructions: " + MachineCode.processor());
        return all;
    }

    @Test
    void poolsAreSumsAndMaxima() throws ExecutableMemory.RefusedException {
        Random random = new Random(2);
        for (MachinePools kernel : kernels()) {
            for (int pixels = 1; pixels <= 19; pixels++) {
                for (int channels : new int[] {1, 16, 31, 32, 33, 65, 1 + random.nextInt(100)}) {
                    int taps = 1 + random.nextInt(9);
                    int step = random.nextInt(2 * channels);
                    int[] places = random.ints(taps, 0, 50).toArray();
                    int last = Arrays.stream(places).max().orElseThrow();
                    float[] x = floats(random, last + (pixels - 1) * step + channels);
                    for (int i = random.nextInt(5); i < x.length; i += 5) {
                        x[i] = random.nextBoolean() ? -0f : 0f;
                    }
                    float[] y = new float[1 + pixels * channels];
                    float[] zeros = filled(channels, -0f);
                    float[] least = filled(channels, -INFINITY);
                    short[] found = {1};
                    kernel.add(pixels, x, step, places, taps, channels, zeros, y, 1, channels);
                    assertPooled(y, x, pixels, step, places, channels, -0f, Float::sum);
                    kernel.max(pixels, x, step, places, taps, channels, least, y, 1, channels, found);
                    assertThat(found[0]).isZero();
                    assertPooled(y, x, pixels, step, places, channels, -INFINITY, Math::max);
                    int pixel = random.nextInt(pixels);
                    x[places[random.nextInt(taps)] + pixel * step + random.nextInt(channels)] = Float.NaN;
                    kernel.max(pixels, x, step, places, taps, channels, least, y, 1, channels, found);
                    assertThat(found[0]).isNotZero();
                }
            }
            float[] x = new float[20];
            refused(() -> kernel.add(2, x, 10, new int[] {1}, 1, 10, x, new float[20], 0, 10));
            refused(() -> kernel.add(2, x, 10, new int[] {0}, 1, 10, x, new float[20], 1, 10));
            refused(() -> kernel.max(2, x, 10, new int[] {0}, 1, 10, new float[9], new float[20], 0, 10, new short[1]));
            refused(() -> kernel.max(2, x, 10, new int[] {0}, 1, 10, x, new float[20], 0, 10, new short[0]));
            refused(() -> kernel.add(2, x, 10, new int[] {0}, 1, 10, x, new float[20], 0, 9));
            refused(() -> kernel.add(2, x, 10, new int[] {0}, 1, 10, x, new float[20], 0, 11));
        }
    }

    private static float[] filled(int n, float value) {
        float[] x = new float[n];
        Arrays.fill(x, value);
        return x;
    }

    private static void assertPooled(
            float[] y,
            float[] x,
            int pixels,
            int step,
            int[] places,
            int channels,
            float start,
            BinaryOperator<Float> function) {
        for (int p = 0; p < pixels; p++) {
            for (int c = 0; c < channels; c++) {
                float expected = start;
                for (int place : places) {
                    expected = function.apply(expected, x[place + p * step + c]);
                }
                assertThat(Float.floatToRawIntBits(y[1 + p * channels + c]))
                        .as("pixel %d, channel %d", p, c)
                        .isEqualTo(Float.floatToRawIntBits(expected));
            }
        }
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static float[] floats(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}
