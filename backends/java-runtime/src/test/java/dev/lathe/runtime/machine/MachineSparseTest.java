package dev.lathe.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.runtime.machine.Assembler.Form;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What products without zeros are made of, against its definition, at the ends of arrays. */
class MachineSparseTest {
    private static final int GROUP = MachineSparse.GROUP;

    private static List<MachineSparse> kernels() throws ExecutableMemory.RefusedException {
        Assumptions.assumeTrue(MachineCode.missing().isEmpty(), MachineCode.missing());
        List<MachineSparse> all = new ArrayList<>();
        for (Form form : Form.values()) {
            MachineSparse own = MachineCode.sparse(form.lanes);
            if (own != null) {
                all.add(own);
                if (!System.getProperty("os.name").startsWith("Windows")) {
                    all.add(WindowsCalls.sparse(form));
                }
            }
        }
        assertThat(all).isNotEmpty();
        return all;
    }

    private static int[] bits(float[] x) {
        int[] bits = new int[x.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(x[i]));
        return bits;
    }

    @Test
    void rowsAreTurnedOverToTheLastElement() throws ExecutableMemory.RefusedException {
        Random random = new Random(1);
        for (MachineSparse kernel : kernels()) {
            for (int rows = kernel.lanes(); rows <= 3 * kernel.lanes() + 1; rows++) {
                for (int length = 4; length < 14; length++) {
                    for (boolean isNarrow : new boolean[] {false, true}) {
                        int fromStride = isNarrow ? length : length + 100 + random.nextInt(3);
                        int toStride = rows + (isNarrow ? 100 : 0) + random.nextInt(3);
                        // Nothing lies behind the last element that it may touch.
                        float[] from = floats(random, 3 + (rows - 1) * fromStride + length);
                        float[] to = new float[5 + (length - 1) * toStride + rows];
                        Arrays.fill(to, Float.NaN);
                        kernel.turn(rows, heap(from), 3, fromStride, length, heap(to), 5, toStride);
                        for (int i = 5; i < to.length; i++) {
                            int row = (i - 5) % toStride;
                            float expected = row < rows ? from[3 + row * fromStride + (i - 5) / toStride] : Float.NaN;
                            assertThat(Float.valueOf(to[i])).isEqualTo(Float.valueOf(expected));
                        }
                        assertThat(Arrays.copyOf(to, 5)).containsOnly(Float.NaN);
                        float[] again = new float[to.length];
                        Arrays.fill(again, Float.NaN);
                        kernel.turn(rows, from, 3, fromStride, length, again, 5, toStride);
                        assertThat(again).isEqualTo(to);
                        int[] bits = new int[to.length];
                        Arrays.fill(bits, Float.floatToRawIntBits(Float.NaN));
                        kernel.turn(rows, bits(from), 3, fromStride, length, bits, 5, toStride);
                        assertThat(bits).isEqualTo(bits(to));
                    }
                }
            }
        }
    }

    @Test
    void panelsAreMultipliedByRowsAsTheyLie() throws ExecutableMemory.RefusedException {
        Random random = new Random(3);
        for (MachineSparse sparse : kernels()) {
            MachinePanels kernel = sparse.panels();
            int width = kernel.width();
            for (int rows = 1; rows <= kernel.maxRows(); rows++) {
                for (int round = 0; round < 6; round++) {
                    int height = rows;
                    int depth = 1 + random.nextInt(9);
                    int[][] listed = new int[1 + random.nextInt(4)][];
                    Arrays.setAll(
                            listed,
                            p -> random.ints(random.nextInt(7), 0, depth).toArray());
                    listed[0] = new int[] {depth - 1};
                    int steps = Arrays.stream(listed).mapToInt(x -> x.length).sum();
                    float[] elements = floats(random, steps * width);
                    MachinePanels.Panels panels = new MachinePanels.Panels(width, elements, listed);
                    int first = random.nextInt(listed.length);
                    int count = 1 + random.nextInt(listed.length - first);
                    int stride = depth + random.nextInt(3);
                    int outStride = count * width + random.nextInt(3);
                    // Nothing lies behind the last element that may be touched.
                    float[] a = floats(random, 2 + (rows - 1) * stride + depth);
                    float[] init = floats(random, 1 + count * width);
                    float[] c = new float[3 + (rows - 1) * outStride + count * width];
                    Arrays.fill(c, Float.NaN);
                    float[] expected = c.clone();
                    int at = 0;
                    for (int p = 0; p < first; p++) {
                        at += listed[p].length * width;
                    }
                    for (int p = first; p < first + count; p++) {
                        for (int r = 0; r < rows; r++) {
                            for (int j = 0; j < width; j++) {
                                float sum = init[1 + (p - first) * width + j];
                                for (int i = 0; i < listed[p].length; i++) {
                                    sum = Math.fma(a[2 + r * stride + listed[p][i]], elements[at + i * width + j], sum);
                                }
                                expected[3 + r * outStride + (p - first) * width + j] = sum;
                            }
                        }
                        at += listed[p].length * width;
                    }
                    kernel.multiply(rows, a, 2, stride, panels, first, count, init, 1, c, 3, outStride);
                    assertThat(bits(c)).isEqualTo(bits(expected));
                    refused(() ->
                            kernel.multiply(height, a, 3, stride, panels, first, count, init, 1, c, 3, outStride));
                    refused(() ->
                            kernel.multiply(height, a, 2, stride, panels, first, count, init, 2, c, 3, outStride));
                    refused(() ->
                            kernel.multiply(height, a, 2, stride, panels, first, count, init, 1, c, 4, outStride));
                    refused(() ->
                            kernel.multiply(height, a, -1, stride, panels, first, count, init, 1, c, 3, outStride));
                    refused(() -> kernel.multiply(
                            height, a, 2, stride, panels, first, listed.length + 1, init, 1, c, 3, outStride));
                    refused(() -> kernel.multiply(height, a, 2, stride, panels, first, 0, init, 1, c, 3, outStride));
                    refused(() ->
                            kernel.multiply(kernel.maxRows() + 1, a, 0, 0, panels, first, count, init, 1, c, 0, 0));
                }
            }
            refused(() -> new MachinePanels.Panels(width, new float[width], new int[][] {{-1}}));
            refused(() -> new MachinePanels.Panels(width, new float[width], new int[][] {{0, 1}}));
        }
    }

    @Test
    void sumsAreThoseOfFmaInOrder() throws ExecutableMemory.RefusedException {
        Random random = new Random(2);
        for (MachineSparse kernel : kernels()) {
            int rows = kernel.rows();
            for (int round = 0; round < 60; round++) {
                int groups = 1 + random.nextInt(3);
                int parts = 1 + random.nextInt(3);
                int depth = 1 + random.nextInt(20);
                int[] ends = new int[groups * parts];
                int size = 0;
                for (int i = 0; i < ends.length; i++) {
                    size += GROUP * random.nextInt(9);
                    ends[i] = size;
                }
                float[] values = floats(random, size);
                char[] places = new char[size];
                for (int i = 0; i < size; i++) {
                    places[i] = (char) random.nextInt(depth);
                }
                char[] order = new char[GROUP * ends.length];
                for (int i = 0; i < order.length; i++) {
                    // Each column of a part once, backwards.
                    order[i] = (char) (groups * GROUP - 1 - i % (groups * GROUP));
                }
                MachineSparse.Columns columns = new MachineSparse.Columns(places, values, ends, order, groups);
                for (int vectors = 1; vectors <= rows / kernel.lanes(); vectors++) {
                    int at = random.nextInt(3);
                    int stride = kernel.stride(vectors);
                    float[] left = floats(random, at + (depth - 1) * stride + vectors * kernel.lanes());
                    float[] starts = floats(random, 2 + groups * GROUP);
                    float[] sums = new float[groups * GROUP * stride];
                    kernel.fill(vectors, heap(sums), starts, 2, groups * GROUP);
                    float[] expected = sums.clone();
                    for (int i = 0; i < sums.length; i++) {
                        boolean isThere = i % stride < vectors * kernel.lanes();
                        assertThat(sums[i]).isEqualTo(isThere ? starts[2 + i / stride] : 0);
                    }
                    int part = random.nextInt(parts);
                    for (int g = part * groups; g < (part + 1) * groups; g++) {
                        for (int i = g == 0 ? 0 : ends[g - 1]; i < ends[g]; i++) {
                            for (int r = 0; r < vectors * kernel.lanes(); r++) {
                                int sum = order[g * GROUP + i % GROUP] * stride + r;
                                float x = left[at + places[i] * stride + r];
                                expected[sum] = Math.fma(values[i], x, expected[sum]);
                            }
                        }
                    }
                    // Of a part without elements nothing is read.
                    MemorySegment memory = MachineSparse.room(4L * left.length);
                    MemorySegment.copy(left, 0, memory, ValueLayout.JAVA_FLOAT, 0, left.length);
                    kernel.add(columns, part, vectors, memory, 4L * at, heap(sums));
                    for (int i = 0; i < sums.length; i++) {
                        assertThat(Float.floatToRawIntBits(sums[i])).isEqualTo(Float.floatToRawIntBits(expected[i]));
                    }
                }
            }
        }
    }

    @Test
    void whatReachesOverAnEndIsRefused() throws ExecutableMemory.RefusedException {
        for (MachineSparse kernel : kernels()) {
            int rows = kernel.rows();
            int all = rows / kernel.lanes();
            char[] places = {0, 0, 0, 1};
            char[] order = {0, 1, 0, 0};
            MachineSparse.Columns c = new MachineSparse.Columns(places, new float[4], new int[] {4}, order, 1);
            MemorySegment two = heap(new float[2 * rows]);
            MemorySegment less = heap(new float[2 * rows - 1]);
            kernel.add(c, 0, all, two, 0, two);
            refused(() -> kernel.add(c, 0, all, less, 0, two));
            refused(() -> kernel.add(c, 0, all, two, 4, two));
            refused(() -> kernel.add(c, 0, all, two, -4, two));
            refused(() -> kernel.add(c, 0, all, two, 0, less));
            refused(() -> kernel.add(c, 1, all, two, 0, two));
            refused(() -> kernel.add(c, 0, all + 1, two, 0, two));
            refused(() -> kernel.add(c, 0, 0, two, 0, two));
            refused(() -> kernel.fill(all, two, new float[3], 0, 3));
            refused(() -> kernel.fill(all, two, new float[2], 1, 2));
            refused(() -> kernel.fill(all, two, new float[2], 0, 0));
            refused(() -> kernel.fill(0, two, new float[2], 0, 2));
            refused(() -> kernel.fill(all + 1, two, new float[2], 0, 2));
            refused(() -> kernel.stride(all + 1));
            int n = kernel.lanes();
            MemorySegment square = heap(new float[4 * n]);
            kernel.turn(n, square, 0, 4, 4, square, 0, n);
            refused(() -> kernel.turn(n - 1, square, 0, 4, 4, square, 0, n));
            refused(() -> kernel.turn(n, square, 0, 4, 3, square, 0, n));
            refused(() -> kernel.turn(n, square, 1, 4, 4, square, 0, n));
            refused(() -> kernel.turn(n, square, 0, 5, 4, square, 0, n));
            refused(() -> kernel.turn(n, square, 0, -1, 4, square, 0, n));
            refused(() -> kernel.turn(n, square, 0, 4, 4, square, 1, n));
            refused(() -> kernel.turn(n, square, 0, 4, 4, square, 0, n + 1));
            refused(() -> kernel.turn(n, square, 0, 4, 4, square, 0, -1));
        }
        float[] values = new float[4];
        char[] four = new char[4];
        refused(() -> new MachineSparse.Columns(four, values, new int[] {3}, four, 1));
        refused(() -> new MachineSparse.Columns(four, values, new int[] {8}, four, 1));
        refused(() -> new MachineSparse.Columns(four, values, new int[] {8, 4}, new char[8], 1));
        refused(() -> new MachineSparse.Columns(four, values, new int[] {4, 4}, new char[8], 3));
        refused(() -> new MachineSparse.Columns(new char[3], values, new int[] {4}, four, 1));
        refused(() -> new MachineSparse.Columns(four, values, new int[] {4}, new char[3], 1));
        refused(() -> new MachineSparse.Columns(four, values, new int[] {4}, four, 0));
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfAny(IndexOutOfBoundsException.class, IllegalArgumentException.class);
    }

    private static MemorySegment heap(float[] x) {
        return MemorySegment.ofArray(x);
    }

    private static float[] floats(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }
}
