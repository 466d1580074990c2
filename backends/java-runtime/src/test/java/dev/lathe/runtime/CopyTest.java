package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.op.InvalidOpException;
import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** {@link StridedCopy}, {@link TableCopy} and {@link GatherSlices}. */
class CopyTest {
    private static final List<Class<?>> KINDS =
            List.of(float.class, double.class, long.class, int.class, short.class, byte.class);

    @Provide
    static Arbitrary<int[]> dims() {
        return Arbitraries.integers()
                .between(0, 6)
                .withDistribution(net.jqwik.api.RandomDistribution.uniform())
                .array(int[].class)
                .ofMinSize(0)
                .ofMaxSize(5);
    }

    private static int product(int[] dims) {
        return Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    }

    private static int[] strides(int[] dims) {
        int[] strides = new int[dims.length];
        for (int i = dims.length - 1, s = 1; i >= 0; s *= Math.max(1, dims[i--])) {
            strides[i] = s;
        }
        return strides;
    }

    private static Object numbers(Class<?> kind, int n) {
        Object array = Array.newInstance(kind, n);
        for (int i = 0; i < n; i++) {
            switch (array) {
                case float[] x -> x[i] = i;
                case double[] x -> x[i] = i;
                case long[] x -> x[i] = i;
                case int[] x -> x[i] = i;
                case short[] x -> x[i] = (short) i;
                default -> ((byte[]) array)[i] = (byte) i;
            }
        }
        return array;
    }

    /**
     * Transposes, broadcasts and reversals of a dense source, into the part of a target that is wider by one in each
     * axis.
     */
    @Property(tries = 600)
    void stridedCopies(
            @ForAll("dims") int[] dims,
            @ForAll @IntRange(max = 5) int kind,
            @ForAll @IntRange(min = 1, max = 2) int workers,
            @ForAll long seed) {
        Random random = new Random(seed);
        int rank = dims.length;
        int[] dense = strides(dims);
        int[] from = new int[rank];
        int start = 1;
        List<Integer> axes = new java.util.ArrayList<>();
        for (int i = 0; i < rank; i++) {
            axes.add(random.nextInt(axes.size() + 1), i);
        }
        int[] sourceDims = new int[rank];
        for (int i = 0; i < rank; i++) {
            sourceDims[i] = dims[axes.get(i)];
        }
        int[] sourceStrides = strides(sourceDims);
        for (int i = 0; i < rank; i++) {
            int axis = axes.get(i);
            int way = random.nextInt(4);
            from[axis] = way == 0 ? 0 : way == 1 ? -sourceStrides[i] : sourceStrides[i];
            start += way == 1 ? Math.max(0, dims[axis] - 1) * sourceStrides[i] : 0;
        }
        boolean gaps = random.nextBoolean();
        int[] to = dense;
        int targetSize = product(dims);
        if (gaps) {
            int[] wide = Arrays.stream(dims).map(d -> d + 1).toArray();
            to = strides(wide);
            targetSize = product(wide);
        }
        Class<?> type = KINDS.get(kind);
        Object source = numbers(type, product(dims) + 2);
        Object target = numbers(type, targetSize + 3);
        Object expected = numbers(type, targetSize + 3);
        for (int e = 0; e < product(dims); e++) {
            int s = start;
            int t = 2;
            for (int i = rank - 1, rest = e; i >= 0; rest /= dims[i--]) {
                s += rest % dims[i] * from[i];
                t += rest % dims[i] * to[i];
            }
            Array.set(expected, t, Array.get(source, s));
        }
        StridedCopy copy = new StridedCopy();
        copy.prepare(dims, from, to, workers);
        copy.run(source, start, target, 2);
        assertThat(target).isEqualTo(expected);
    }

    @Example
    void largeTransposesAreSplitAmongWorkers() {
        int rows = 300;
        int columns = 210;
        float[] x = Floats.random(1, rows * columns);
        float[] y = new float[rows * columns];
        StridedCopy copy = new StridedCopy();
        copy.prepare(new int[] {columns, rows}, new int[] {1, columns}, new int[] {rows, 1}, 2);
        copy.run(x, 0, y, 0);
        for (int i = 0; i < y.length; i++) {
            assertThat(y[i]).isEqualTo(x[i % rows * columns + i / rows]);
        }
    }

    @Property(tries = 60)
    void largeTransposesOfAllTypes(
            @ForAll @IntRange(max = 5) int kind,
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(min = 1, max = 70) int columns,
            @ForAll @IntRange(min = 1, max = 3) int inner,
            @ForAll @IntRange(max = 9) int gap) {
        Class<?> type = KINDS.get(kind);
        int toStep = rows + gap;
        Object x = numbers(type, 1 + rows * inner * columns);
        Object y = numbers(type, 2 + columns * inner * toStep);
        Object expected = numbers(type, 2 + columns * inner * toStep);
        for (int e = 0; e < rows * inner * columns; e++) {
            int from = 1 + e;
            int to = 2 + (e % columns * inner + e / columns % inner) * toStep + e / columns / inner;
            Array.set(expected, to, Array.get(x, from));
        }
        StridedCopy copy = new StridedCopy();
        copy.prepare(
                new int[] {columns, inner, rows},
                new int[] {1, columns, inner * columns},
                new int[] {inner * toStep, toStep, 1},
                2);
        copy.run(x, 1, y, 2);
        assertThat(y).isEqualTo(expected);
    }

    /** Rows with a piece of each that moves as a whole, between others that are filled. */
    @Example
    void paddedRowsAreCopiedInPieces() {
        float[] x = Floats.random(1, 3 * 20);
        int[] rows = {-1, 0, 1, 2, -1};
        int[] columns = new int[26];
        Arrays.setAll(columns, j -> j < 2 || j >= 22 ? -1 : j - 2);
        float[] y = new float[5 * 26];
        TableCopy copy = new TableCopy(new float[] {7});
        copy.prepare(new int[] {3, 20}, new int[][] {rows, columns}, 1);
        copy.run(x, 0, y, 0);
        for (int i = 0; i < y.length; i++) {
            int row = rows[i / 26];
            int column = columns[i % 26];
            assertThat(y[i]).isEqualTo(row < 0 || column < 0 ? 7 : x[row * 20 + column]);
        }
    }

    @Property(tries = 400)
    void tableCopies(
            @ForAll("dims") int[] dims,
            @ForAll @IntRange(max = 5) int kind,
            @ForAll @IntRange(min = 1, max = 2) int workers,
            @ForAll long seed) {
        Random random = new Random(seed);
        int rank = dims.length;
        int[][] tables = new int[rank][];
        int[] outDims = new int[rank];
        for (int i = 0; i < rank; i++) {
            boolean identity = random.nextInt(3) == 0;
            outDims[i] = identity ? dims[i] : random.nextInt(8);
            tables[i] = new int[outDims[i]];
            for (int j = 0; j < outDims[i]; j++) {
                tables[i][j] = identity ? j : random.nextInt(dims[i] + 1) - 1;
            }
        }
        Class<?> type = KINDS.get(kind);
        Object x = numbers(type, product(dims) + 1);
        int[] strides = strides(dims);
        Object expected = numbers(type, 2 + product(outDims) + 1);
        Object y = numbers(type, 2 + product(outDims) + 1);
        Object fill = numbers(type, 1);
        for (int e = 0; e < product(outDims); e++) {
            int from = 1;
            boolean outside = false;
            for (int i = rank - 1, rest = e; i >= 0; rest /= outDims[i--]) {
                int index = tables[i][rest % outDims[i]];
                outside |= index < 0;
                from += index * strides[i];
            }
            Array.set(expected, 2 + e, outside ? Array.get(fill, 0) : Array.get(x, from));
        }
        TableCopy copy = new TableCopy(fill);
        copy.prepare(dims, tables, workers);
        copy.run(x, 1, y, 2);
        assertThat(y).isEqualTo(expected);
    }

    /** Longer, shorter and backward, so that vectors do and do not do; of some tables an element has no source. */
    @Property(tries = 200)
    void tablesOfLongRows(
            @ForAll @IntRange(min = 1, max = 70) int from,
            @ForAll @IntRange(min = 1, max = 150) int to,
            @ForAll boolean backward,
            @ForAll boolean filled) {
        float[] x = Floats.random(from + to, 1 + 3 * from);
        int[] columns = new int[to];
        Arrays.setAll(columns, j -> (backward ? to - 1 - j : j) * from / to);
        if (filled) {
            columns[to / 2] = -1;
        }
        float[] y = new float[2 + 3 * to + 1];
        float[] expected = y.clone();
        for (int i = 0; i < 3 * to; i++) {
            int column = columns[i % to];
            expected[2 + i] = column < 0 ? 7 : x[1 + i / to * from + column];
        }
        TableCopy copy = new TableCopy(new float[] {7});
        copy.prepare(new int[] {3, from}, new int[][] {{0, 1, 2}, columns}, 2);
        copy.run(x, 1, y, 2);
        assertThat(y).isEqualTo(expected);
    }

    @Property(tries = 300)
    void gathersSlices(
            @ForAll @IntRange(max = 4) int outer,
            @ForAll @IntRange(min = 1, max = 6) int count,
            @ForAll @IntRange(max = 5) int inner,
            @ForAll @IntRange(max = 7) int indices,
            @ForAll @IntRange(max = 5) int kind,
            @ForAll long seed) {
        long[] index = new Random(seed).longs(1 + indices, -count, count).toArray();
        Object source = numbers(KINDS.get(kind), 1 + outer * count * inner);
        Object target = Array.newInstance(KINDS.get(kind), 2 + outer * indices * inner);
        Object expected = Array.newInstance(KINDS.get(kind), 2 + outer * indices * inner);
        for (int e = 0; e < outer * indices * inner; e++) {
            int slice = (int) index[1 + e / inner % indices];
            int from = (e / inner / indices * count + Math.floorMod(slice, count)) * inner + e % inner;
            Array.set(expected, 2 + e, Array.get(source, 1 + from));
        }
        GatherSlices gather = new GatherSlices();
        gather.prepare(outer, count, inner, indices);
        gather.run(source, 1, index, 1, target, 2);
        assertThat(target).isEqualTo(expected);
    }

    @Example
    void anIndexOutsideOfItsAxisIsAnError() {
        GatherSlices gather = new GatherSlices();
        gather.prepare(1, 3, 2, 1);
        for (long bad : new long[] {3, -4, 1L << 32, Long.MIN_VALUE}) {
            assertThatThrownBy(() -> gather.run(new float[6], 0, new long[] {bad}, 0, new float[2], 0))
                    .isInstanceOf(InvalidOpException.class)
                    .hasMessage("index " + bad + " is outside of an axis of 3 elements");
        }
    }

    /** Rows that become longer or up to half as long, of which some are filled and some follow each other twice. */
    @Property(tries = 300)
    void stretchedRows(
            @ForAll @IntRange(min = 16, max = 90) int from,
            @ForAll @IntRange(min = 1, max = 150) int to,
            @ForAll @IntRange(min = 1, max = 2) int workers,
            @ForAll long seed) {
        Random random = new Random(seed);
        int images = 1 + random.nextInt(3);
        int[] columns = new int[to];
        Arrays.setAll(columns, i -> (int) ((long) i * from / to));
        int[] lines = new int[1 + random.nextInt(40)];
        Arrays.setAll(lines, i -> random.nextInt(9) == 0 ? -1 : i / 2 % 5);
        int[] order = new int[images];
        Arrays.setAll(order, i -> random.nextInt(images + 1) - 1);
        float[] x = (float[]) numbers(float.class, images * 5 * from + 1);
        float[] y = new float[images * lines.length * to + 3];
        float[] expected = y.clone();
        for (int e = 0; e < images * lines.length * to; e++) {
            int image = order[e / to / lines.length];
            int line = lines[e / to % lines.length];
            expected[2 + e] = image < 0 || line < 0 ? 7 : x[1 + (image * 5 + line) * from + columns[e % to]];
        }
        TableCopy copy = new TableCopy(new float[] {7});
        copy.prepare(new int[] {images, 5, from}, new int[][] {order, lines, columns}, workers);
        copy.run(x, 1, y, 2);
        assertThat(y).isEqualTo(expected);
    }

    /** Two or three rows as columns. */
    @Property(tries = 200)
    void joinedRows(@ForAll @IntRange(min = 2, max = 3) int rows, @ForAll @IntRange(min = 1, max = 100) int n) {
        float[] x = (float[]) numbers(float.class, rows * n + 1);
        float[] y = new float[rows * n + 2];
        float[] expected = y.clone();
        for (int i = 0; i < rows * n; i++) {
            expected[2 + i] = x[1 + i % rows * n + i / rows];
        }
        StridedCopy copy = new StridedCopy();
        copy.prepare(new int[] {n, rows}, new int[] {1, n}, new int[] {rows, 1}, 1);
        copy.run(x, 1, y, 2);
        assertThat(y).isEqualTo(expected);
    }
}
