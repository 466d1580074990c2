package dev.lathe.runtime;

import static dev.lathe.runtime.Floats.assertUntouched;
import static dev.lathe.runtime.Floats.nans;
import static dev.lathe.runtime.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** {@link WinogradConvolution} against direct convolution in doubles. */
class WinogradTest {
    /** Images of 0 to 17 pixels a side, also of one row, with windows of 3 × 3 and up to 5 pixels around. */
    @Provide
    static Arbitrary<Picture> pictures() {
        Arbitrary<Integer> side = Arbitraries.integers().between(0, 17);
        Arbitrary<Integer> pad = Arbitraries.integers().between(0, 5);
        return Combinators.combine(Arbitraries.integers().between(0, 3), side, side, pad, pad, pad, pad)
                .as((n, h, w, top, left, bottom, right) ->
                        new Picture(n, h, w, 3, 3, 1, 1, 1, 1, top, left, bottom, right));
    }

    private static double[] expected(Picture p, int depth, int columns, float[] x, float[] w, float[] bias) {
        double[] expected = new double[p.batch() * p.outHeight() * p.outWidth() * columns];
        for (int i = 0; i < expected.length; i++) {
            int o = i % columns;
            int pixel = i / columns;
            double sum = bias[o];
            for (int t = 0; t < 9; t++) {
                int row = p.row(pixel / p.outWidth() % p.outHeight(), t / 3);
                int column = p.column(pixel % p.outWidth(), t % 3);
                for (int d = 0; d < depth && p.inside(row, column); d++) {
                    int from = p.at(pixel / p.outWidth() / p.outHeight(), row, column, depth);
                    sum += (double) x[from + d] * w[(o * depth + d) * 9 + t];
                }
            }
            expected[i] = sum;
        }
        return expected;
    }

    private static float[] fenced(float[] x) {
        float[] all = nans(x.length + 2);
        System.arraycopy(x, 0, all, 1, x.length);
        return all;
    }

    private static WinogradFilters filters(Tiles tiles, float[] w, int columns, int depth, float[] bias) {
        return new WinogradFilters(PackedMatrix.ofGroups(tiles, w, 1, columns, depth, 9, bias));
    }

    /** The rounding of F(4 × 4) is several times that of a direct sum; relative to the terms, not to the result. */
    private static void assertNear(float[] y, int at, double[] expected, double terms) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], y[at + i], 3e-6 * terms + 1e-6 * Math.abs(expected[i]), "at " + i);
        }
    }

    @Property(tries = 200)
    void convolution(
            @ForAll("pictures") Picture p,
            @ForAll @IntRange(min = 1, max = 37) int depth,
            @ForAll @IntRange(min = 1, max = 37) int columns,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll boolean small,
            @ForAll boolean withEpilogue,
            @ForAll long seed) {
        float[] x = random(seed, p.batch() * p.height() * p.width() * depth);
        float[] w = random(seed + 1, columns * depth * 9);
        float[] bias = random(seed + 2, columns);
        double[] expected = expected(p, depth, columns, x, w, bias);
        for (int i = 0; i < expected.length && withEpilogue; i++) {
            expected[i] = RowColumnEpilogue.of(expected[i], i / columns, i % columns);
        }
        for (Tiles tiles : PlainTiles.SOME) {
            float[] y = nans(2 + expected.length + 1);
            WinogradConvolution c = new WinogradConvolution(
                    tiles,
                    p.window(depth),
                    filters(tiles, w, columns, depth, bias),
                    new Workspace(),
                    withEpilogue ? new RowColumnEpilogue(y) : null);
            c.prepareWith(workers, small ? 2 : 4);
            c.run(fenced(x), 1, y, 2);
            assertNear(y, 2, expected, 2 * (10 + depth));
            assertUntouched(y, 2, 2 + expected.length);
        }
    }

    /** Where all numbers are integers, sums are exact up to the last that floats hold, whatever the tiles. */
    @Property(tries = 100)
    void integers(
            @ForAll("pictures") Picture p,
            @ForAll @IntRange(min = 1, max = 57) int depth,
            @ForAll @IntRange(min = 1, max = 37) int columns,
            @ForAll boolean small,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[] x = integers(random, p.batch() * p.height() * p.width() * depth);
        float[] w = integers(random, columns * depth * 9);
        double[] expected = expected(p, depth, columns, x, w, new float[columns]);
        for (Tiles tiles : PlainTiles.SOME) {
            float[] y = new float[expected.length];
            WinogradConvolution c = new WinogradConvolution(
                    tiles,
                    p.window(depth),
                    filters(tiles, w, columns, depth, new float[columns]),
                    new Workspace(),
                    null);
            c.prepareWith(1, small ? 2 : 4);
            c.run(x, 0, y, 0);
            for (int i = 0; i < y.length; i++) {
                assertEquals(expected[i], y[i], "at " + i);
            }
        }
    }

    private static float[] integers(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextInt(-127, 128);
        }
        return x;
    }

    /** Neither threads nor further calls change a bit, and the twins agree in each. */
    @Property(tries = 50)
    void bits(
            @ForAll("pictures") Picture p,
            @ForAll @IntRange(min = 1, max = 37) int depth,
            @ForAll boolean small,
            @ForAll long seed) {
        int columns = 70;
        float[] x = random(seed, p.batch() * p.height() * p.width() * depth);
        float[] w = random(seed + 1, columns * depth * 9);
        Tiles tiles = new PlainTiles(32, 6);
        WinogradFilters filters = filters(tiles, w, columns, depth, random(seed + 2, columns));
        WinogradConvolution c = new WinogradConvolution(tiles, p.window(depth), filters, new Workspace(), null);
        float[][] all = new float[3][p.batch() * p.outHeight() * p.outWidth() * columns];
        for (int i = 0; i < all.length; i++) {
            c.prepareWith(i + 1, small ? 2 : 4);
            c.run(x, 0, all[i], 0);
        }
        assertArrayEquals(all[0], all[1]);
        assertArrayEquals(all[0], all[2]);
    }

    @Property(tries = 100)
    void twins(
            @ForAll @IntRange(min = 1, max = 70) int channels,
            @ForAll @IntRange(min = 1, max = 4) int rows,
            @ForAll @IntRange(min = 1, max = 4) int pixels,
            @ForAll boolean small,
            @ForAll long seed) {
        int m = small ? 2 : 4;
        int all = (m + 2) * (m + 2);
        float[] x = random(seed, all * channels);
        float[][] points = new float[2][all * channels];
        float[][] results = new float[2][m * m * channels];
        WinogradTransforms[] twins = {new ScalarWinograd(), WinogradTransforms.best()};
        for (int i = 0; i < 2; i++) {
            float[] room = new float[twins[i].room()];
            twins[i].input(m, x, 0, (m + 2) * channels, channels, points[i], 0, channels, room);
            boolean finite = twins[i].output(
                    m,
                    x,
                    0,
                    channels,
                    channels,
                    x,
                    0,
                    results[i],
                    0,
                    m * channels,
                    channels,
                    Math.min(m, rows),
                    Math.min(m, pixels),
                    room);
            assertTrue(finite);
        }
        assertArrayEquals(points[0], points[1]);
        assertArrayEquals(results[0], results[1]);
    }

    /** An infinity reaches the pixels whose windows see it, and no others. */
    @Test
    void infinity() {
        Picture p = new Picture(1, 12, 12, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1);
        float[] x = random(1, 12 * 12 * 16);
        x[(5 * 12 + 6) * 16] = Float.POSITIVE_INFINITY;
        float[] w = random(2, 16 * 16 * 9);
        float[] bias = random(3, 16);
        Tiles tiles = new PlainTiles(8, 4);
        for (int m : new int[] {2, 4}) {
            float[] y = new float[12 * 12 * 16];
            WinogradConvolution c = new WinogradConvolution(
                    tiles, p.window(16), filters(tiles, w, 16, 16, bias), new Workspace(), null);
            c.prepareWith(2, m);
            c.run(x, 0, y, 0);
            for (int i = 0; i < y.length; i++) {
                boolean sees = Math.abs(i / 16 / 12 - 5) <= 1 && Math.abs(i / 16 % 12 - 6) <= 1;
                assertEquals(!sees, Float.isFinite(y[i]), "at " + i);
            }
        }
    }

    /** Large images go the new way; those with few squares for many filters, or none that is whole, do not. */
    @Test
    void choice() {
        assertEquals(4, choice(56, 64));
        assertEquals(4, choice(14, 256));
        assertEquals(2, choice(7, 512));
        assertEquals(0, choice(4, 512));
        assertEquals(0, choice(1, 64));
        assertEquals(0, choice(0, 64));
    }

    private static int choice(int side, int channels) {
        Tiles tiles = new PlainTiles(32, 12);
        Picture p = new Picture(1, side, side, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1);
        float[] w = new float[channels * channels * 9];
        Arrays.fill(w, 0.1f);
        return WinogradCost.of(p.window(channels), filters(tiles, w, channels, channels, new float[channels]))
                .best();
    }
}
