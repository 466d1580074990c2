package dev.lathe.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.runtime.machine.Assembler.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The tiles that run here, against their definitions, at every height and at the ends of arrays. */
class MachineTilesTest {
    private static final float[] NONE = {};
    private static final int[] DEPTHS = {0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 64};

    /** Those that this machine runs: of AVX2, too, where there is AVX-512, and as they are for Windows. */
    private static List<MachineTiles> tiles(TileCode.Kind kind) throws ExecutableMemory.RefusedException {
        Assumptions.assumeTrue(MachineCode.missing().isEmpty(), MachineCode.missing());
        List<MachineTiles> all = new ArrayList<>();
        for (Form form : Form.values()) {
            int width = 2 * form.lanes;
            MachineTiles tiles = switch (kind) {
                case FLOATS -> MachineCode.floats(width);
                case BYTES -> MachineCode.bytes(width);
                case HALVES -> MachineCode.halves(width);
            };
            if (tiles != null) {
                assertThat(tiles.width()).isEqualTo(width);
                all.add(tiles);
                if (!System.getProperty("os.name").startsWith("Windows")) {
                    all.add(WindowsCalls.of(kind, form));
                }
            }
        }
        Assumptions.assumeFalse(all.isEmpty(), "the processor has no such instructions: " + MachineCode.processor());
        return all;
    }

    @Test
    void sumsOfFloatsAreThoseOfFmaInOrder() throws ExecutableMemory.RefusedException {
        Random random = new Random(1);
        for (MachineTiles tiles : tiles(TileCode.Kind.FLOATS)) {
            int width = tiles.width();
            for (int rows = 1; rows <= tiles.maxRows(); rows++) {
                for (int depth : DEPTHS) {
                    int columns = 1 + random.nextInt(width);
                    for (int stored : new int[] {columns, width / 2, width}) {
                        int stride = depth + random.nextInt(3);
                        int cStride = stored + random.nextInt(3);
                        // Nothing lies behind the last element that a tile may touch.
                        float[] a = floats(random, 2 + (rows - 1) * stride + depth);
                        float[] b = floats(random, 3 + depth * width);
                        float[] init = floats(random, 1 + (stored <= width / 2 ? width / 2 : width));
                        float[] c = nans(5 + (rows - 1) * cStride + stored);
                        float[] expected = c.clone();
                        for (int r = 0; r < rows; r++) {
                            for (int j = 0; j < stored; j++) {
                                float sum = init[1 + j];
                                for (int i = 0; i < depth; i++) {
                                    sum = Math.fma(a[2 + r * stride + i], b[3 + i * width + j], sum);
                                }
                                expected[5 + r * cStride + j] = sum;
                            }
                        }
                        tiles.multiply(rows, a, 2, stride, depth, b, 3, init, 1, c, 5, cStride, stored);
                        assertBits(c, expected);
                        // The same rows, each where it is, the last element first or in between.
                        int[] order = shuffled(random, depth);
                        float[] moved = b.clone();
                        int[] starts = new int[7 + rows];
                        for (int i = 0; i < depth; i++) {
                            System.arraycopy(b, 3 + order[i] * width, moved, 3 + i * width, width);
                        }
                        for (int r = 0; r < rows; r++) {
                            starts[7 + r] = 2 + (rows - 1 - r) * stride;
                        }
                        for (int r = 0; r < rows; r++) {
                            for (int j = 0; j < stored; j++) {
                                float sum = init[1 + j];
                                for (int i = 0; i < depth; i++) {
                                    sum = Math.fma(a[starts[7 + r] + order[i]], moved[3 + i * width + j], sum);
                                }
                                expected[5 + r * cStride + j] = sum;
                            }
                        }
                        tiles.multiplyAlong(rows, a, starts, 7, order, moved, 3, init, 1, c, 5, cStride, stored);
                        assertBits(c, expected);
                    }
                }
            }
        }
    }

    @Test
    void severalTilesAddAndCutTheirSums() throws ExecutableMemory.RefusedException {
        Random random = new Random(4);
        for (MachineTiles kernel : tiles(TileCode.Kind.FLOATS)) {
            int width = kernel.width();
            for (int height = 1; height <= kernel.maxRows(); height++) {
                int rows = height;
                for (int depth : DEPTHS) {
                    int tiles = 1 + random.nextInt(4);
                    int all = tiles * rows;
                    int stored = 1 + random.nextInt(width);
                    int lines = 1 + random.nextInt(3);
                    int lineStride = depth + random.nextInt(5);
                    int stride = random.nextInt(depth + 3);
                    int reach = (all - 1) * stride + (lines - 1) * lineStride + depth;
                    int cStride = stored + random.nextInt(3);
                    boolean adds = kernel.hasEnds() && random.nextBoolean();
                    float least = kernel.hasEnds() && random.nextBoolean() ? 0 : Float.NEGATIVE_INFINITY;
                    float greatest = kernel.hasEnds() && random.nextBoolean() ? 0.5f : Float.POSITIVE_INFINITY;
                    float[] a = floats(random, 2 + reach);
                    float[] b = floats(random, 3 + lines * depth * width);
                    float[] init = floats(random, 1 + (stored <= width / 2 ? width / 2 : width));
                    init[1] = -0f;
                    float[] addend = floats(random, 4 + (all - 1) * cStride + stored);
                    float[] c = nans(5 + (all - 1) * cStride + stored);
                    float[] expected = c.clone();
                    for (int r = 0; r < all; r++) {
                        for (int j = 0; j < stored; j++) {
                            float sum = init[1 + j];
                            for (int i = 0; i < lines * depth; i++) {
                                int from = 2 + r * stride + i / depth * lineStride + i % depth;
                                sum = Math.fma(a[from], b[3 + i * width + j], sum);
                            }
                            sum = adds ? sum + addend[4 + r * cStride + j] : sum;
                            expected[5 + r * cStride + j] = Math.min(Math.max(sum, least), greatest);
                        }
                    }
                    kernel.multiplyTiles(
                            tiles,
                            rows,
                            a,
                            2,
                            stride,
                            depth,
                            lines,
                            lineStride,
                            b,
                            3,
                            init,
                            1,
                            c,
                            5,
                            cStride,
                            stored,
                            adds ? addend : null,
                            4,
                            cStride,
                            null,
                            init,
                            init,
                            0,
                            least,
                            greatest,
                            random.nextInt(),
                            1 << random.nextInt(3));
                    assertBits(c, expected);
                    float[] tooShort = Arrays.copyOf(addend, addend.length - 1);
                    refused(() -> kernel.multiplyTiles(
                            tiles, rows, a, 2, stride, depth, 1, 0, b, 3, init, 1, c, 5, cStride, stored, tooShort, 4,
                            cStride, null, init, init, 0, 0, 1, 0, 1));
                    int farther = lineStride + 1;
                    if (depth > 0 && lines > 1) {
                        refused(() -> kernel.multiplyTiles(
                                tiles,
                                rows,
                                a,
                                2,
                                stride,
                                depth,
                                lines,
                                farther,
                                b,
                                3,
                                init,
                                1,
                                c,
                                5,
                                cStride,
                                stored,
                                null,
                                0,
                                0,
                                null,
                                init,
                                init,
                                0,
                                Float.NEGATIVE_INFINITY,
                                Float.POSITIVE_INFINITY,
                                0,
                                1));
                    }
                    if (depth > 0) {
                        refused(() -> kernel.multiplyTiles(
                                tiles,
                                rows,
                                a,
                                2,
                                stride,
                                depth,
                                lines + 1,
                                0,
                                b,
                                3,
                                init,
                                1,
                                c,
                                5,
                                cStride,
                                stored,
                                null,
                                0,
                                0,
                                null,
                                init,
                                init,
                                0,
                                Float.NEGATIVE_INFINITY,
                                Float.POSITIVE_INFINITY,
                                0,
                                1));
                    }
                    refused(() -> kernel.multiplyTiles(
                            tiles + 1,
                            rows,
                            a,
                            2,
                            stride,
                            depth,
                            1,
                            0,
                            b,
                            3,
                            init,
                            1,
                            c,
                            5,
                            cStride,
                            stored,
                            null,
                            0,
                            0,
                            null,
                            init,
                            init,
                            0,
                            Float.NEGATIVE_INFINITY,
                            Float.POSITIVE_INFINITY,
                            0,
                            1));
                    refused(() -> kernel.multiplyTiles(
                            0,
                            rows,
                            a,
                            2,
                            stride,
                            depth,
                            1,
                            0,
                            b,
                            3,
                            init,
                            1,
                            c,
                            5,
                            cStride,
                            stored,
                            null,
                            0,
                            0,
                            null,
                            init,
                            init,
                            0,
                            Float.NEGATIVE_INFINITY,
                            Float.POSITIVE_INFINITY,
                            0,
                            1));
                }
            }
        }
    }

    @Test
    void sumsOfBytesAreExact() throws ExecutableMemory.RefusedException {
        Random random = new Random(2);
        for (MachineTiles tiles : tiles(TileCode.Kind.BYTES)) {
            int width = tiles.width();
            for (int rows = 1; rows <= tiles.maxRows(); rows++) {
                for (int quads : DEPTHS) {
                    int columns = 1 + random.nextInt(width);
                    for (int stored : new int[] {columns, width / 2, width}) {
                        int depth = 4 * quads;
                        int stride = depth + random.nextInt(3);
                        int cStride = stored + random.nextInt(3);
                        byte[] a = bytes(random, 2 + (rows - 1) * stride + depth);
                        byte[] b = bytes(random, 3 + depth * width);
                        int[] init = ints(random, 1 + width);
                        int[] starts = ints(random, 4 + rows);
                        float[] c = nans(5 + (rows - 1) * cStride + stored);
                        float[] expected = c.clone();
                        for (int r = 0; r < rows; r++) {
                            for (int j = 0; j < stored; j++) {
                                int sum = init[1 + j] + starts[4 + r];
                                for (int i = 0; i < depth; i++) {
                                    int w = b[3 + i / 4 * 4 * width + 4 * j + i % 4];
                                    sum += (a[2 + r * stride + i] & 255) * w;
                                }
                                expected[5 + r * cStride + j] = sum;
                            }
                        }
                        tiles.multiplyBytes(
                                rows,
                                a,
                                2,
                                stride,
                                quads,
                                b,
                                3,
                                init,
                                1,
                                starts,
                                4,
                                c,
                                5,
                                cStride,
                                stored,
                                null,
                                0,
                                0,
                                null,
                                NONE,
                                NONE,
                                0,
                                Float.NEGATIVE_INFINITY,
                                Float.POSITIVE_INFINITY);
                        assertBits(c, expected);
                    }
                }
            }
        }
    }

    /** What {@code vdpbf16ps} rounds between is not what anything else does: small integers are exact in any case. */
    @Test
    void sumsOfBrainFloatsAreExactWhereNothingIsRounded() throws ExecutableMemory.RefusedException {
        Random random = new Random(3);
        for (MachineTiles kernel : tiles(TileCode.Kind.HALVES)) {
            int width = kernel.width();
            for (int height = 1; height <= kernel.maxRows(); height++) {
                int rows = height;
                for (int pairs : DEPTHS) {
                    int tiles = 1 + random.nextInt(3);
                    int all = tiles * rows;
                    int columns = 1 + random.nextInt(width);
                    int depth = 2 * pairs;
                    short[] a = halves(random, 2 + all * depth);
                    short[] halves = halves(random, depth * width);
                    int[] b = new int[3 + pairs * width];
                    for (int i = 0; i < depth * width; i++) {
                        int bits = halves[i] & 0xffff;
                        b[3 + i / width / 2 * width + i % width] |= i / width % 2 == 0 ? bits : bits << 16;
                    }
                    float[] init = new float[width];
                    float[] addend = ints(random, 4 + all * columns, 50);
                    boolean adds = random.nextBoolean();
                    float least = random.nextBoolean() ? 0 : Float.NEGATIVE_INFINITY;
                    float greatest = random.nextBoolean() ? 500 : Float.POSITIVE_INFINITY;
                    float[] c = nans(5 + (all - 1) * width + columns);
                    float[] expected = c.clone();
                    for (int r = 0; r < all; r++) {
                        for (int j = 0; j < columns; j++) {
                            float sum = init[j];
                            for (int i = 0; i < depth; i++) {
                                sum += value(a[2 + r * depth + i]) * value(halves[i * width + j]);
                            }
                            sum = adds ? sum + addend[4 + r * columns + j] : sum;
                            expected[5 + r * width + j] = Math.min(Math.max(sum, least), greatest);
                        }
                    }
                    kernel.multiplyHalves(
                            tiles,
                            rows,
                            a,
                            2,
                            depth,
                            pairs,
                            b,
                            3,
                            init,
                            0,
                            c,
                            5,
                            width,
                            columns,
                            adds ? addend : null,
                            4,
                            columns,
                            null,
                            init,
                            init,
                            0,
                            least,
                            greatest,
                            random.nextInt(),
                            1 << random.nextInt(3));
                    assertBits(c, expected);
                    refused(() -> kernel.multiplyHalves(
                            tiles + 1, rows, a, 2, depth, pairs, b, 3, init, 0, c, 5, width, columns, null, 0, 0, null,
                            init, init, 0, least, greatest, 0, 1));
                    refused(() -> kernel.multiplyHalves(
                            tiles, rows, a, 2, depth, pairs, b, 4, init, 0, c, 5, width, columns, null, 0, 0, null,
                            init, init, 0, least, greatest, 0, 1));
                }
            }
        }
    }

    @Test
    void whatReachesOverAnEndIsRefused() throws ExecutableMemory.RefusedException {
        for (MachineTiles tiles : tiles(TileCode.Kind.FLOATS)) {
            int width = tiles.width();
            float[] a = new float[2 * 8];
            float[] b = new float[8 * width];
            float[] init = new float[width];
            float[] c = new float[2 * width];
            tiles.multiply(2, a, 0, 8, 8, b, 0, init, 0, c, 0, width, width);
            refused(() -> tiles.multiply(2, a, 1, 8, 8, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiply(2, a, 0, 9, 8, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiply(2, a, 8, -8, 8, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiply(2, a, -1, 8, 8, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiply(2, a, 0, 8, 8, b, 1, init, 0, c, 0, width, width));
            refused(() -> tiles.multiply(1, a, 0, 8, 9, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiply(2, a, 0, 8, -1, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiply(2, a, 0, 8, 8, b, 0, init, 1, c, 0, width, width));
            refused(() -> tiles.multiply(2, a, 0, 8, 8, b, 0, init, 0, c, 1, width, width));
            refused(() -> tiles.multiply(2, a, 0, 8, 8, b, 0, init, 0, c, 0, width + 1, width));
            refused(() -> tiles.multiply(2, a, 0, 8, 8, b, 0, init, 0, c, 0, width, width + 1));
            refused(() -> tiles.multiply(2, a, 0, 8, 8, b, 0, init, 0, c, 0, width, 0));
            int[] path = {0, 1, 2, 3, 4, 5, 6, 7};
            int[] starts = {8, 0};
            tiles.multiplyAlong(2, a, starts, 0, path, b, 0, init, 0, c, 0, width, width);
            refused(() -> tiles.multiplyAlong(2, a, starts, 1, path, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiplyAlong(2, a, new int[] {9, 0}, 0, path, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiplyAlong(2, a, new int[] {8, -1}, 0, path, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiplyAlong(1, a, starts, 1, new int[] {16}, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiplyAlong(1, a, starts, 1, new int[9], b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiply(0, a, 0, 8, 8, b, 0, init, 0, c, 0, width, width));
            refused(() -> tiles.multiply(tiles.maxRows() + 1, a, 0, 0, 8, b, 0, init, 0, c, 0, 0, width));
        }
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfAny(IndexOutOfBoundsException.class, IllegalArgumentException.class);
    }

    private static int[] shuffled(Random random, int n) {
        List<Integer> all = new ArrayList<>(IntStream.range(0, n).boxed().toList());
        Collections.shuffle(all, random);
        return all.stream().mapToInt(Integer::intValue).toArray();
    }

    private static float[] floats(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static float[] nans(int n) {
        float[] x = new float[n];
        Arrays.fill(x, Float.NaN);
        return x;
    }

    private static byte[] bytes(Random random, int n) {
        byte[] x = new byte[n];
        random.nextBytes(x);
        return x;
    }

    private static int[] ints(Random random, int n) {
        return random.ints(n, -1000, 1000).toArray();
    }

    private static float[] ints(Random random, int n, int limit) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextInt(-limit, limit + 1);
        }
        return x;
    }

    private static short[] halves(Random random, int n) {
        short[] x = new short[n];
        for (int i = 0; i < n; i++) {
            x[i] = (short) (Float.floatToRawIntBits(random.nextInt(-100, 101)) >> 16);
        }
        return x;
    }

    private static float value(short half) {
        return Float.intBitsToFloat(half << 16);
    }

    private static void assertBits(float[] actual, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToRawIntBits(actual[i]) != Float.floatToRawIntBits(expected[i])) {
                assertThat(actual).isEqualTo(expected);
                throw new AssertionError("element " + i + ": " + actual[i] + " and " + expected[i]);
            }
        }
    }
}
