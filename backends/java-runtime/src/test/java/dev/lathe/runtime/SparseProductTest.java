package dev.lathe.runtime;

import static dev.lathe.runtime.Floats.assertUntouched;
import static dev.lathe.runtime.Floats.fenced;
import static dev.lathe.runtime.Floats.nans;
import static dev.lathe.runtime.Floats.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.runtime.machine.MachineCode;
import dev.lathe.runtime.machine.MachineSparse;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** Products with matrices that are kept without their zeros, beside those with all elements: the same bits. */
class SparseProductTest {
    /** Rows and columns of a block of zeros. */
    enum Structure {
        ELEMENTS(1, 1),
        BLOCKS(1, 32),
        SMALL_BLOCKS(1, 8),
        ROWS(1, Integer.MAX_VALUE),
        COLUMNS(Integer.MAX_VALUE, 1);

        final int rows;
        final int columns;

        Structure(int rows, int columns) {
            this.rows = rows;
            this.columns = columns;
        }
    }

    /** A random matrix of which about so many percent are not zero; some zeros are negative. */
    static float[] matrix(Structure structure, int percent, int rows, int columns, long seed) {
        Random random = new Random(seed);
        float[] m = random(seed, rows * columns);
        boolean[][] kept = new boolean[rows][columns];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                boolean isFirst = r % structure.rows == 0 && c % structure.columns == 0;
                kept[r][c] = isFirst
                        ? random.nextInt(100) < percent
                        : kept[r - r % structure.rows][c - c % structure.columns];
                if (!kept[r][c]) {
                    m[r * columns + c] = random.nextBoolean() ? 0f : -0f;
                }
            }
        }
        return m;
    }

    /** A matrix in every form that this machine has, and the chosen one. */
    private static List<PackedMatrix> forms(PackedMatrix dense) {
        List<PackedMatrix> forms = new ArrayList<>();
        forms.add(dense.as(new SparsePanels(dense, SparsePanels.listed(dense))));
        kernels().forEach(kernel -> forms.add(dense.as(new SparseColumns(dense, kernel))));
        forms.add(dense.skippingZeros());
        return forms;
    }

    /** The loops of this machine: in machine code, and those that other machines have in their place. */
    private static List<ColumnKernel> kernels() {
        List<ColumnKernel> all = new ArrayList<>();
        ColumnKernel.best().ifPresent(all::add);
        if (Machine.VECTOR && VectorColumns.AVAILABLE) {
            all.add(new VectorColumnLoops());
        }
        for (int lanes : new int[] {8, 16}) {
            MachineSparse machine = MachineCode.sparse(lanes);
            if (machine != null) {
                all.add(new MachineColumns(machine));
            }
        }
        return all;
    }

    private static float[] product(
            Tiles tiles, PackedMatrix b, float[] a, int rows, int columns, int workers, boolean withEpilogue) {
        float[] c = nans(2 + rows * columns + 1);
        Pointwise epilogue = withEpilogue ? new RowColumnEpilogue(c) : null;
        SparseGemm sparse = SparseGemm.of(tiles, b, epilogue);
        if (sparse == null) {
            Gemm gemm = new Gemm(tiles, b, epilogue);
            gemm.prepare(rows, workers);
            gemm.run(a, 3, c, 2);
        } else {
            // Also with so few rows that the dense form would run.
            sparse.prepare(rows, workers);
            sparse.run(a, 3, c, 2);
        }
        assertUntouched(c, 2, 2 + rows * columns);
        return c;
    }

    /** Equal, but for the sign of zeros. */
    private static void assertSame(float[] actual, float[] expected) {
        for (int i = 0; i < expected.length; i++) {
            boolean same = actual[i] == expected[i] || Float.isNaN(actual[i]) && Float.isNaN(expected[i]);
            if (!same) {
                assertThat(actual[i]).as("element %d", i).isEqualTo(expected[i]);
            }
        }
    }

    @Property(tries = 250)
    void zerosThatAreSkippedChangeNothing(
            @ForAll Structure structure,
            @ForAll @IntRange(max = 100) int percent,
            @ForAll @IntRange(max = 90) int rows,
            @ForAll @IntRange(max = 90) int depth,
            @ForAll @IntRange(max = 150) int columns,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll boolean withEpilogue,
            @ForAll long seed) {
        check(structure, percent, rows, depth, columns, workers, withEpilogue, seed);
    }

    /** Several blocks of the depth, several chunks of columns. */
    @Property(tries = 8)
    void largeMatricesAreCutIntoParts(
            @ForAll Structure structure,
            @ForAll @IntRange(max = 40) int percent,
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(min = 600, max = 900) int depth,
            @ForAll @IntRange(min = 250, max = 600) int columns,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll long seed) {
        check(structure, percent, rows, depth, columns, workers, true, seed);
    }

    private static void check(
            Structure structure,
            int percent,
            int rows,
            int depth,
            int columns,
            int workers,
            boolean withEpilogue,
            long seed) {
        float[] a = fenced(seed, 3, rows * depth);
        float[] b = matrix(structure, percent, depth, columns, seed + 1);
        float[] bias = seed % 2 == 0 ? new float[0] : random(seed + 2, columns);
        for (Tiles tiles : List.of(new ExactTiles(32, 6), new ExactTiles(3, 5), new ScalarTiles())) {
            PackedMatrix dense = PackedMatrix.ofFloats(tiles, b, depth, columns, bias);
            float[] expected = product(tiles, dense, a, rows, columns, 1, withEpilogue);
            for (PackedMatrix form : forms(dense)) {
                assertSame(product(tiles, form, a, rows, columns, workers, withEpilogue), expected);
                assertSame(product(tiles, form.dense(), a, rows, columns, workers, withEpilogue), expected);
            }
        }
    }

    /** Infinity times zero is NaN, with the zeros and without. */
    @Property(tries = 30)
    void whatIsNotFiniteMeetsTheZeros(
            @ForAll @IntRange(min = 40, max = 90) int rows,
            @ForAll @IntRange(max = 2) int kind,
            @ForAll Structure structure,
            @ForAll long seed) {
        int depth = 64;
        int columns = 96;
        float[] a = fenced(seed, 3, rows * depth);
        a[3 + new Random(seed).nextInt(rows * depth)] =
                kind == 0 ? Float.NaN : kind == 1 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
        float[] b = matrix(structure, 10, depth, columns, seed);
        Tiles tiles = new ScalarTiles();
        PackedMatrix dense = PackedMatrix.ofFloats(tiles, b, depth, columns, new float[0]);
        float[] expected = product(tiles, dense, a, rows, columns, 1, true);
        for (PackedMatrix form : forms(dense)) {
            float[] c = nans(2 + rows * columns + 1);
            Gemm gemm = new Gemm(tiles, form, new RowColumnEpilogue(c));
            for (int workers = 1; workers < 3; workers++) {
                gemm.prepare(rows, workers);
                for (int call = 0; call < 2; call++) {
                    gemm.run(a, 3, c, 2);
                    assertSame(c, expected);
                }
            }
            // And then a call without.
            float[] finite = fenced(seed + 1, 3, rows * depth);
            gemm.run(finite, 3, c, 2);
            assertSame(c, product(tiles, dense, finite, rows, columns, 1, true));
        }
    }

    @Example
    void theFormFollowsFromTheZeros() {
        Tiles tiles = new ExactTiles(32, 12);
        boolean hasColumns = ColumnKernel.best().isPresent();
        assertThat(form(tiles, Structure.ELEMENTS, 100)).isNull();
        assertThat(form(tiles, Structure.ELEMENTS, 60)).isNull();
        assertThat(form(tiles, Structure.ELEMENTS, 5)).isEqualTo(hasColumns ? SparseColumns.class : null);
        assertThat(form(tiles, Structure.BLOCKS, 90)).isNull();
        assertThat(form(tiles, Structure.BLOCKS, 50)).isEqualTo(SparsePanels.class);
        assertThat(form(tiles, Structure.ROWS, 30)).isEqualTo(SparsePanels.class);
        assertThat(form(tiles, Structure.ELEMENTS, 0)).isEqualTo(SparsePanels.class);
    }

    private static @Nullable Class<?> form(Tiles tiles, Structure structure, int percent) {
        float[] b = matrix(structure, percent, 384, 768, 5);
        SparseForm form = PackedMatrix.ofMatrix(tiles, b, 384, 768, new float[0])
                .skippingZeros()
                .sparse();
        return form == null ? null : form.getClass();
    }

    /** {@link Tiles} of any size that round after each step, as vectors do. */
    private record ExactTiles(int width, int maxRows) implements Tiles {
        @Override
        public void multiply(
                int rows,
                float[] a,
                int aAt,
                int aStride,
                int depth,
                float[] b,
                int bAt,
                float[] init,
                int initAt,
                float[] c,
                int cAt,
                int cStride,
                int columns) {
            for (int r = 0; r < rows; r++) {
                for (int j = 0; j < columns; j++) {
                    float sum = init[initAt + j];
                    for (int i = 0; i < depth; i++) {
                        sum = Math.fma(a[aAt + r * aStride + i], b[bAt + i * width + j], sum);
                    }
                    c[cAt + r * cStride + j] = sum;
                }
            }
        }

        @Override
        public void multiplyAlong(
                int rows,
                float[] a,
                int[] starts,
                int startAt,
                int[] path,
                float[] b,
                int bAt,
                float[] init,
                int initAt,
                float[] c,
                int cAt,
                int cStride,
                int columns) {
            for (int r = 0; r < rows; r++) {
                for (int j = 0; j < columns; j++) {
                    float sum = init[initAt + j];
                    for (int i = 0; i < path.length; i++) {
                        sum = Math.fma(a[starts[startAt + r] + path[i]], b[bAt + i * width + j], sum);
                    }
                    c[cAt + r * cStride + j] = sum;
                }
            }
        }
    }
}
