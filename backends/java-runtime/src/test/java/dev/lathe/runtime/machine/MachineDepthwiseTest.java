package dev.lathe.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Convolution of channels with filters of their own, against its definition, at the ends of arrays. */
class MachineDepthwiseTest {
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    private static List<MachineDepthwise> kernels() throws ExecutableMemory.RefusedException {
        Assumptions.assumeTrue(MachineCode.missing().isEmpty(), MachineCode.missing());
        MachineDepthwise own = MachineCode.depthwise();
        List<MachineDepthwise> all = new ArrayList<>();
        if (own != null) {
            all.add(own);
            if (!System.getProperty("os.name").startsWith("Windows")) {
                all.add(WindowsCalls.depthwise());
            }
        }
        Assumptions.assumeFalse(all.isEmpty(), "the processor has no such instructions: " + MachineCode.processor());
        return all;
    }

    @Test
    void sumsAreThoseOfFmaInOrder() throws ExecutableMemory.RefusedException {
        Random random = new Random(1);
        for (MachineDepthwise kernel : kernels()) {
            for (int pixels = 1; pixels <= 19; pixels++) {
                for (int channels : new int[] {1, 15, 16, 17, 31, 32, 33, 64, 65, 1 + random.nextInt(100)}) {
                    int taps = random.nextInt(10);
                    int step = random.nextInt(2 * channels);
                    int[] places = random.ints(taps, 1, 50).toArray();
                    int last = Arrays.stream(places).max().orElse(0);
                    // Nothing lies behind the last element that it may touch.
                    float[] x = floats(random, last + (pixels - 1) * step + channels);
                    float[] filter = floats(random, 3 + taps * channels);
                    float[] start = floats(random, channels);
                    float[] y = new float[2 + pixels * channels];
                    for (float[] bounds : new float[][] {{-INFINITY, INFINITY}, {0, INFINITY}, {-0.5f, 0.25f}}) {
                        PixelRuns runs = new PixelRuns(channels, step);
                        runs.add(pixels, -1, places, 3, 1);
                        kernel.multiply(runs, x, 1, filter, start, y, 1, null, start, bounds[0], bounds[1]);
                        for (int p = 0; p < pixels; p++) {
                            for (int c = 0; c < channels; c++) {
                                float sum = start[c];
                                for (int t = 0; t < taps; t++) {
                                    sum = Math.fma(x[places[t] + p * step + c], filter[3 + t * channels + c], sum);
                                }
                                float expected = Math.min(Math.max(sum, bounds[0]), bounds[1]);
                                assertThat(Float.floatToRawIntBits(y[2 + p * channels + c]))
                                        .as("pixel %d, channel %d", p, c)
                                        .isEqualTo(Float.floatToRawIntBits(expected));
                            }
                        }
                    }
                }
            }
        }
    }

    @Test
    void boundsKeepNaNAndMakeZerosPositive() throws ExecutableMemory.RefusedException {
        for (MachineDepthwise kernel : kernels()) {
            float[] start = {Float.NaN, -0f, 0f, -1, 7, -INFINITY, INFINITY};
            float[] y = new float[start.length];
            PixelRuns runs = new PixelRuns(start.length, 0);
            runs.add(1, 0, new int[0], 0, 0);
            kernel.multiply(runs, y, 0, start, start, y, 0, null, start, 0, 6);
            assertThat(y).isEqualTo(new float[] {Float.NaN, 0, 0, 0, 6, 0, 6});
            assertThat(Float.floatToRawIntBits(y[1])).isZero();
            kernel.multiply(runs, y, 0, start, start, y, 0, null, start, -1, 6);
            assertThat(Float.floatToRawIntBits(y[1])).isEqualTo(Float.floatToRawIntBits(-0f));
        }
    }

    @Test
    void poolsAreSumsAndMaxima() throws ExecutableMemory.RefusedException {
        Random random = new Random(2);
        for (MachineDepthwise kernel : kernels()) {
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
            java.util.function.BinaryOperator<Float> function) {
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

    @Test
    void whatReachesOverAnEndIsRefused() throws ExecutableMemory.RefusedException {
        for (MachineDepthwise kernel : kernels()) {
            float[] x = new float[30];
            float[] filter = new float[20];
            float[] start = new float[10];
            float[] y = new float[20];
            int[] places = {0, 10};
            run(kernel, 2, x, 10, places, filter, 0, 10, start, y, 0);
            refused(() -> run(kernel, 3, x, 10, places, filter, 0, 10, start, y, 0));
            refused(() -> run(kernel, 2, x, 11, places, filter, 0, 10, start, y, 0));
            refused(() -> run(kernel, 2, x, -1, places, filter, 0, 10, start, y, 0));
            refused(() -> run(kernel, 2, x, 10, new int[] {0, 11}, filter, 0, 10, start, y, 0));
            refused(() -> run(kernel, 2, x, 10, new int[] {-1, 10}, filter, 0, 10, start, y, 0));
            refused(() -> run(kernel, 2, x, 10, new int[] {0, 10, 10}, filter, 0, 10, start, y, 0));
            refused(() -> run(kernel, 2, x, 10, places, filter, 1, 10, start, y, 0));
            refused(() -> run(kernel, 2, x, 10, places, filter, 0, 11, start, y, 0));
            refused(() -> run(kernel, 2, x, 10, places, filter, 0, 10, new float[9], y, 0));
            refused(() -> run(kernel, 2, x, 10, places, filter, 0, 10, start, y, 1));
            refused(() -> run(kernel, 0, x, 10, places, filter, 0, 10, start, y, 0));
            refused(() -> run(kernel, 2, x, 10, places, filter, 0, 0, start, y, 0));
            PixelRuns runs = new PixelRuns(10, 10);
            runs.addAtBorder(2, 0, new int[] {-10, 0, 10}, new int[] {2, 3, 3}, 0, 0);
            refused(() -> kernel.multiply(runs, x, 0, filter, start, y, 0, null, start, 0, 1)); // three taps of two
            float[] longer = new float[30];
            kernel.multiply(runs, x, 0, longer, start, y, 0, null, start, 0, 1);
            refused(() -> kernel.multiply(runs, x, 1, longer, start, y, 0, null, start, 0, 1));
            refused(() -> kernel.multiply(runs, x, -1, longer, start, y, 0, null, start, 0, 1));
            refused(() -> new PixelRuns(10, 10).addAtBorder(9, 0, places, new int[2], 0, 0));
        }
    }

    @Test
    void pixelsAtBordersSeeSomeTaps() throws ExecutableMemory.RefusedException {
        Random random = new Random(3);
        for (MachineDepthwise kernel : kernels()) {
            for (int channels : new int[] {1, 15, 16, 17, 31, 32, 33, 64, 65, 100}) {
                int step = random.nextInt(2 * channels);
                PixelRuns runs = new PixelRuns(channels, step);
                float[] x = floats(random, 100 + 20 * channels);
                float[] start = floats(random, channels);
                float[] filter = floats(random, 12 * channels);
                float[] expected = new float[60 * channels];
                for (int pixel = 0; pixel + PixelRuns.BORDER_PIXELS < 60; ) {
                    int pixels = 1 + random.nextInt(PixelRuns.BORDER_PIXELS);
                    int[] taps = random.ints(random.nextInt(10), -20, 80).toArray();
                    int[] seen = random.ints(taps.length, 0, 1 << pixels).toArray();
                    int first = random.nextInt(3) * channels;
                    boolean all = random.nextInt(3) == 0;
                    for (int t = 0; t < taps.length; t++) {
                        taps[t] = all || taps[t] < 0 && seen[t] % 2 != 0 ? Math.abs(taps[t]) : taps[t];
                        seen[t] = taps[t] >= 0 ? seen[t] : taps[t] + step >= 0 ? seen[t] & ~1 : 0;
                    }
                    if (all) {
                        runs.add(pixels, 3, taps, first, pixel * channels);
                    } else {
                        runs.addAtBorder(pixels, 3, taps, seen, first, pixel * channels);
                    }
                    for (int i = 0; i < pixels * channels; i++) {
                        float sum = start[i % channels];
                        for (int t = 0; t < taps.length; t++) {
                            if (all || (seen[t] >> i / channels & 1) != 0) {
                                float factor = filter[first + t * channels + i % channels];
                                sum = Math.fma(x[3 + taps[t] + i / channels * step + i % channels], factor, sum);
                            }
                        }
                        expected[pixel * channels + i] = Math.max(sum, 0);
                    }
                    pixel += pixels;
                }
                float[] y = new float[expected.length];
                kernel.multiply(runs, x, 0, filter, start, y, 0, null, start, 0, INFINITY);
                assertThat(y).as("%d channels", channels).isEqualTo(expected);
            }
        }
    }

    private static void run(
            MachineDepthwise kernel,
            int pixels,
            float[] x,
            int step,
            int[] places,
            float[] filter,
            int filterAt,
            int channels,
            float[] start,
            float[] y,
            int yAt) {
        PixelRuns runs = new PixelRuns(channels, step);
        runs.add(pixels, 0, places, filterAt, 0);
        kernel.multiply(runs, x, 0, filter, start, y, yAt, null, start, -INFINITY, INFINITY);
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
