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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolution of channels with filters of their own, against its definition, at the ends of arrays. */
class MachineDepthwiseTest {
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    private static List<MachineDepthwise> kernels(TapLine line) throws ExecutableMemory.RefusedException {
        Assumptions.assumeTrue(MachineCode.missing().isEmpty(), MachineCode.missing());
        MachineDepthwise own = MachineCode.depthwise(line);
        List<MachineDepthwise> all = new ArrayList<>();
        if (own != null) {
            all.add(own);
            if (!System.getProperty("os.name").startsWith("Windows")) {
                all.add(WindowsCalls.depthwise(line));
            }
        }
        Assumptions.assumeFalse(all.isEmpty(), "the processor has no such instructions: " + MachineCode.processor());
        return all;
    }

    /** Of one tap and of several, with columns that no pixel sees, and as many of each as fit. */
    static TapLine[] lines() {
        return new TapLine[] {
            TapLine.ONE,
            TapLine.of(2, 1, 1),
            TapLine.of(3, 1, 1),
            TapLine.of(3, 2, 1),
            TapLine.of(2, 3, 1),
            TapLine.of(3, 1, 4),
            TapLine.of(5, 1, 1),
            TapLine.of(5, 2, 1),
            TapLine.of(7, 1, 1),
            TapLine.of(9, 1, 2)
        };
    }

    @Test
    void aLineIsARowOfTheKernelIfItFits() {
        assertThat(TapLine.of(9, 1, 2)).isEqualTo(new TapLine(9, 1, 2));
        assertThat(TapLine.of(10, 1, 1)).isEqualTo(TapLine.ONE);
        assertThat(TapLine.of(3, 1, Integer.MAX_VALUE)).isEqualTo(TapLine.ONE);
        assertThat(TapLine.of(3, Integer.MAX_VALUE, 1)).isEqualTo(TapLine.ONE);
        assertThat(TapLine.of(1, 2, 3)).isEqualTo(TapLine.ONE);
        assertThatThrownBy(() -> new TapLine(10, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TapLine(3, 0, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @MethodSource("lines")
    void sumsAreThoseOfFmaInOrder(TapLine line) throws ExecutableMemory.RefusedException {
        Random random = new Random(1);
        for (MachineDepthwise kernel : kernels(line)) {
            for (int pixels = 1; pixels <= 19; pixels++) {
                for (int channels : new int[] {1, 15, 16, 17, 31, 32, 33, 64, 65, 1 + random.nextInt(100)}) {
                    int lines = random.nextInt(10);
                    int taps = lines * line.taps();
                    int step = random.nextInt(2 * channels);
                    int[] places = random.ints(lines, 1, 50).toArray();
                    int last = Arrays.stream(places).max().orElse(0);
                    // Nothing lies behind the last element that it may touch.
                    float[] x = floats(random, last + (line.columns(pixels) - 1) * step + channels);
                    float[] filter = floats(random, 3 + taps * channels);
                    float[] start = floats(random, channels);
                    float[] y = new float[2 + pixels * channels];
                    for (float[] bounds : new float[][] {{-INFINITY, INFINITY}, {0, INFINITY}, {-0.5f, 0.25f}}) {
                        PixelRuns runs = new PixelRuns(line, channels, step);
                        runs.add(pixels, -1, places, 3, 1);
                        int channel = random.nextInt(channels + 1);
                        kernel.multiply(runs, 0, channel, x, 1, filter, start, y, 1, null, start, bounds[0], bounds[1]);
                        int rest = channels - channel;
                        kernel.multiply(
                                runs, channel, rest, x, 1, filter, start, y, 1, null, start, bounds[0], bounds[1]);
                        for (int p = 0; p < pixels; p++) {
                            for (int c = 0; c < channels; c++) {
                                float sum = start[c];
                                for (int t = 0; t < taps; t++) {
                                    int column = p * line.stride() + t % line.taps() * line.dilation();
                                    int place = places[t / line.taps()] + column * step + c;
                                    sum = Math.fma(x[place], filter[3 + t * channels + c], sum);
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
        for (MachineDepthwise kernel : kernels(TapLine.ONE)) {
            float[] start = {Float.NaN, -0f, 0f, -1, 7, -INFINITY, INFINITY};
            float[] y = new float[start.length];
            PixelRuns runs = new PixelRuns(TapLine.ONE, start.length, 0);
            runs.add(1, 0, new int[0], 0, 0);
            kernel.multiply(runs, 0, start.length, y, 0, start, start, y, 0, null, start, 0, 6);
            assertThat(y).isEqualTo(new float[] {Float.NaN, 0, 0, 0, 6, 0, 6});
            assertThat(Float.floatToRawIntBits(y[1])).isZero();
            kernel.multiply(runs, 0, start.length, y, 0, start, start, y, 0, null, start, -1, 6);
            assertThat(Float.floatToRawIntBits(y[1])).isEqualTo(Float.floatToRawIntBits(-0f));
        }
    }

    @Test
    void whatReachesOverAnEndIsRefused() throws ExecutableMemory.RefusedException {
        for (MachineDepthwise kernel : kernels(TapLine.ONE)) {
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
            PixelRuns runs = new PixelRuns(TapLine.ONE, 10, 10);
            runs.addAtBorder(2, 0, new int[] {-10, 0, 10}, new int[] {2, 3, 3}, 0, 0);
            refused(() ->
                    kernel.multiply(runs, 0, 10, x, 0, filter, start, y, 0, null, start, 0, 1)); // three taps of two
            float[] longer = new float[30];
            kernel.multiply(runs, 0, 10, x, 0, longer, start, y, 0, null, start, 0, 1);
            refused(() -> kernel.multiply(runs, 0, 10, x, 1, longer, start, y, 0, null, start, 0, 1));
            refused(() -> kernel.multiply(runs, 0, 10, x, -1, longer, start, y, 0, null, start, 0, 1));
            refused(() -> new PixelRuns(TapLine.ONE, 10, 10).addAtBorder(9, 0, places, new int[2], 0, 0));
        }
        TapLine line = TapLine.of(3, 1, 1);
        for (MachineDepthwise kernel : kernels(line)) {
            float[] x = new float[40];
            float[] filter = new float[30];
            float[] y = new float[20];
            PixelRuns runs = new PixelRuns(line, 10, 10);
            runs.add(2, 0, new int[] {0}, 0, 0);
            kernel.multiply(runs, 0, 10, x, 0, filter, x, y, 0, null, x, 0, 1);
            refused(() -> kernel.multiply(runs, 0, 10, x, 1, filter, x, y, 0, null, x, 0, 1));
            refused(() -> kernel.multiply(runs, 0, 10, x, 0, new float[29], x, y, 0, null, x, 0, 1));
            refused(() -> kernel.multiply(runs, 1, 10, x, 0, filter, x, y, 0, null, x, 0, 1));
            refused(() -> kernel.multiply(runs, -1, 5, x, 0, filter, x, y, 0, null, x, 0, 1));
            PixelRuns other = new PixelRuns(TapLine.ONE, 10, 10);
            assertThatThrownBy(() -> kernel.multiply(other, 0, 10, x, 0, filter, x, y, 0, null, x, 0, 1))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("lines")
    void pixelsAtBordersSeeSomeColumns(TapLine line) throws ExecutableMemory.RefusedException {
        Random random = new Random(3);
        for (MachineDepthwise kernel : kernels(line)) {
            for (int channels : new int[] {1, 15, 16, 17, 31, 32, 33, 64, 65, 100}) {
                int step = random.nextInt(2 * channels);
                PixelRuns runs = new PixelRuns(line, channels, step);
                float[] x = floats(random, 100 + 60 * channels);
                float[] start = floats(random, channels);
                float[] filter = floats(random, (2 + 9 * line.taps()) * channels);
                float[] expected = new float[60 * channels];
                for (int pixel = 0; pixel + line.pixels() < 60; ) {
                    int pixels = 1 + random.nextInt(line.pixels());
                    int columns = line.columns(pixels);
                    int[] lines = random.ints(random.nextInt(10), -20, 80).toArray();
                    int[] seen = random.ints(lines.length, 0, 1 << columns).toArray();
                    int first = random.nextInt(3) * channels;
                    boolean all = random.nextInt(3) == 0;
                    for (int l = 0; l < lines.length; l++) {
                        lines[l] = all ? Math.abs(lines[l]) : lines[l];
                        for (int c = 0; c < columns && lines[l] + c * step < -3; c++) {
                            seen[l] &= ~(1 << c); // before the array
                        }
                    }
                    if (all) {
                        runs.add(pixels, 3, lines, first, pixel * channels);
                    } else {
                        runs.addAtBorder(pixels, 3, lines, seen, first, pixel * channels);
                    }
                    for (int i = 0; i < pixels * channels; i++) {
                        float sum = start[i % channels];
                        for (int t = 0; t < lines.length * line.taps(); t++) {
                            int column = i / channels * line.stride() + t % line.taps() * line.dilation();
                            if (all || (seen[t / line.taps()] >> column & 1) != 0) {
                                float factor = filter[first + t * channels + i % channels];
                                int place = 3 + lines[t / line.taps()] + column * step + i % channels;
                                sum = Math.fma(x[place], factor, sum);
                            }
                        }
                        expected[pixel * channels + i] = Math.max(sum, 0);
                    }
                    pixel += pixels;
                }
                float[] y = new float[expected.length];
                kernel.multiply(runs, 0, channels, x, 0, filter, start, y, 0, null, start, 0, INFINITY);
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
        PixelRuns runs = new PixelRuns(TapLine.ONE, channels, step);
        runs.add(pixels, 0, places, filterAt, 0);
        kernel.multiply(runs, 0, channels, x, 0, filter, start, y, yAt, null, start, -INFINITY, INFINITY);
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
