package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;

/** Arrays of floats for tests, and how to compare them with what plain double arithmetic gives. */
final class Floats {
    private Floats() {}

    /** Uniform in {@code [-1, 1)}. */
    static float[] random(long seed, int n) {
        Random random = new Random(seed);
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextFloat() * 2 - 1;
        }
        return x;
    }

    /** As {@link #random}, with {@code before} NaNs in front and one behind: no kernel may read these. */
    static float[] fenced(long seed, int before, int n) {
        float[] x = new float[before + n + 1];
        java.util.Arrays.fill(x, Float.NaN);
        System.arraycopy(random(seed, n), 0, x, before, n);
        return x;
    }

    /**
     * Elements of {@code actual} from {@code at} on are those of {@code expected}, each up to {@code tolerance},
     * relative where it is greater than 1.
     */
    static void assertClose(float[] actual, int at, double[] expected, double tolerance) {
        for (int i = 0; i < expected.length; i++) {
            assertClose(actual[at + i], expected[i], tolerance * Math.max(1, Math.abs(expected[i])), i);
        }
    }

    static void assertClose(double actual, double expected, double tolerance, Object where) {
        boolean close = Math.abs(actual - expected) <= tolerance
                || actual == expected
                || Double.isNaN(actual) && Double.isNaN(expected);
        if (!close) {
            assertThat(actual).as("element %s", where).isEqualTo(expected);
        }
    }

    /** The kernels write nowhere else: what lies outside of {@code [from, to)} is as {@link #fenced} made it. */
    static void assertUntouched(float[] x, int from, int to) {
        for (int i = 0; i < x.length; i++) {
            if ((i < from || i >= to) && !Float.isNaN(x[i])) {
                throw new AssertionError("element " + i + " was overwritten with " + x[i]);
            }
        }
    }

    static float[] nans(int n) {
        float[] x = new float[n];
        java.util.Arrays.fill(x, Float.NaN);
        return x;
    }
}
