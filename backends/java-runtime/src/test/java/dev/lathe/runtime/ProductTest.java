package dev.lathe.runtime;

import static dev.lathe.runtime.Floats.assertClose;
import static dev.lathe.runtime.Floats.assertUntouched;
import static dev.lathe.runtime.Floats.fenced;
import static dev.lathe.runtime.Floats.nans;
import static dev.lathe.runtime.Floats.random;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** {@link Gemm} and {@link BatchedProduct} for tiles of several sizes. */
class ProductTest {

    @Property(tries = 200)
    void productWithConstantColumns(
            @ForAll @IntRange(max = 40) int rows,
            @ForAll @IntRange(max = 40) int depth,
            @ForAll @IntRange(max = 70) int columns,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll boolean withBias,
            @ForAll boolean withEpilogue,
            @ForAll long seed) {
        float[] a = fenced(seed, 3, rows * depth);
        float[] b = random(seed + 1, depth * columns);
        float[] bias = withBias ? random(seed + 2, columns) : new float[0];
        double[] expected = new double[rows * columns];
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < columns; j++) {
                double sum = withBias ? bias[j] : 0;
                for (int i = 0; i < depth; i++) {
                    sum += (double) a[3 + r * depth + i] * b[i * columns + j];
                }
                expected[r * columns + j] = withEpilogue ? RowColumnEpilogue.of(sum, r, j) : sum;
            }
        }
        for (Tiles tiles : PlainTiles.SOME) {
            float[] c = nans(2 + rows * columns + 1);
            PackedMatrix packed = PackedMatrix.ofMatrix(tiles, b, depth, columns, bias);
            Gemm gemm = new Gemm(tiles, packed, withEpilogue ? new RowColumnEpilogue(c) : null);
            gemm.prepare(rows, workers);
            gemm.run(a, 3, c, 2);
            assertClose(c, 2, expected, 1e-5);
            assertUntouched(c, 2, 2 + rows * columns);
        }
    }

    /** Columns of small integers are kept as bytes, and the products of integers with them are exact. */
    @Property(tries = 200)
    void productWithColumnsOfIntegers(
            @ForAll @IntRange(max = 30) int rows,
            @ForAll @IntRange(min = 1, max = 300) int depth,
            @ForAll @IntRange(min = 1, max = 70) int columns,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll @IntRange(min = -200, max = 200) int least,
            @ForAll @IntRange(max = 255) int range,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[] a = nans(3 + rows * depth + 1);
        for (int i = 0; i < rows * depth; i++) {
            a[3 + i] = random.nextInt(-100, 101);
        }
        float[] b = new float[depth * columns];
        for (int i = 0; i < b.length; i++) {
            b[i] = least + i % columns + random.nextInt(range + 1);
        }
        double[] expected = new double[rows * columns];
        for (int r = 0; r < rows; r++) {
            for (int j = 0; j < columns; j++) {
                for (int i = 0; i < depth; i++) {
                    expected[r * columns + j] += (double) a[3 + r * depth + i] * b[i * columns + j];
                }
            }
        }
        for (Tiles tiles : PlainTiles.SOME) {
            float[] c = nans(2 + rows * columns + 1);
            PackedMatrix packed = PackedMatrix.ofMatrix(tiles, b, depth, columns, new float[0]);
            assertThat(packed.isWidened()).isTrue();
            Gemm gemm = new Gemm(tiles, packed, null);
            gemm.prepare(rows, workers);
            gemm.run(a, 3, c, 2);
            assertClose(c, 2, expected, 0);
            assertUntouched(c, 2, 2 + rows * columns);
        }
    }

    /** Codes with a scale and a zero point for each block of rows, the last of which may be short. */
    @Property(tries = 200)
    void productWithBlocksOfCodes(
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @IntRange(min = 1, max = 300) int depth,
            @ForAll @IntRange(min = 1, max = 40) int block,
            @ForAll @IntRange(min = 1, max = 70) int columns,
            @ForAll @IntRange(min = 1, max = 8) int bits,
            @ForAll @IntRange(max = 2) int zeroForm,
            @ForAll long seed) {
        Random random = new Random(seed);
        int blocks = Math.ceilDiv(depth, block);
        Tensor codes = Tensor.zeros(ElementType.U8, depth, columns);
        for (int i = 0; i < codes.size(); i++) {
            codes.setLong(i, random.nextInt(1 << bits));
        }
        Tensor scales = Tensor.of(random(seed, blocks * columns), blocks, columns);
        Tensor zeros = switch (zeroForm) {
            case 0 -> null;
            case 1 -> Tensor.scalar(ElementType.U8, 1 << (bits - 1));
            default -> {
                Tensor each = Tensor.zeros(ElementType.U8, blocks, columns);
                for (int i = 0; i < each.size(); i++) {
                    each.setLong(i, random.nextInt(1 << bits));
                }
                yield each;
            }
        };
        float[] floats = new float[depth * columns];
        for (int i = 0; i < floats.length; i++) {
            int factor = i / columns / block * columns + i % columns;
            float zero = zeros == null ? 0 : zeros.getFloat(zeros.size() == 1 ? 0 : factor);
            floats[i] = (codes.getFloat(i) - zero) * scales.getFloat(factor);
        }
        Dequantized weights = new Dequantized(codes, scales, zeros, 0, block);
        for (Tiles tiles : PlainTiles.SOME) {
            PackedMatrix packed = PackedMatrix.ofMatrix(tiles, weights, depth, columns, new float[0]);
            if (depth <= block || block >= 8) {
                long bytes = (long) depth * packed.panels() * (bits <= 4 ? (packed.width + 1) / 2 : packed.width);
                long factors = 4L * blocks * packed.panels() * packed.width;
                assertThat(packed.bytes()).isBetween(bytes, bytes + 2 * factors);
            }
            float[] a = fenced(seed, 1, rows * depth);
            float[] c = nans(rows * columns);
            Gemm gemm = new Gemm(tiles, packed, null);
            gemm.prepare(rows, 1);
            gemm.run(a, 1, c, 0);
            float[] expected = new float[rows * columns];
            Gemm whole = new Gemm(tiles, PackedMatrix.ofFloats(tiles, floats, depth, columns, new float[0]), null);
            whole.prepare(rows, 1);
            whole.run(a, 1, expected, 0);
            assertClose(c, 0, doubles(expected), rows == 1 ? 1e-4 : 0);
        }
    }

    private static double[] doubles(float[] x) {
        return IntStream.range(0, x.length).mapToDouble(i -> x[i]).toArray();
    }

    /** What floats of 16 bits hold is kept as such. */
    @Property(tries = 100)
    void productWithHalves(
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @IntRange(min = 1, max = 300) int depth,
            @ForAll @IntRange(min = 1, max = 70) int columns,
            @ForAll boolean brain,
            @ForAll long seed) {
        float[] b = random(seed, depth * columns);
        for (int i = 0; i < b.length; i++) {
            b[i] = brain
                    ? Float.intBitsToFloat(Float.floatToRawIntBits(b[i]) & 0xffff0000)
                    : Float.float16ToFloat(Float.floatToFloat16(b[i]));
        }
        if (!brain) {
            b[0] = 1 + 0x1p-10f; // which no brain float is
        }
        float[] a = fenced(seed, 1, rows * depth);
        for (Tiles tiles : PlainTiles.SOME) {
            PackedMatrix packed = PackedMatrix.ofMatrix(tiles, b, depth, columns, new float[0]);
            long rowsKept = brain ? depth + depth % 2 : depth;
            assertThat(packed.bytes()).isEqualTo(2 * rowsKept * packed.panels() * packed.width);
            float[] c = nans(rows * columns);
            Gemm gemm = new Gemm(tiles, packed, null);
            gemm.prepare(rows, 1);
            gemm.run(a, 1, c, 0);
            float[] expected = new float[rows * columns];
            Gemm whole = new Gemm(tiles, PackedMatrix.ofFloats(tiles, b, depth, columns, new float[0]), null);
            whole.prepare(rows, 1);
            whole.run(a, 1, expected, 0);
            assertClose(c, 0, doubles(expected), rows == 1 ? 1e-4 : 0);
        }
    }

    @Example
    void whatFewerBitsTellIsKeptInThem() {
        float fraction = 1 / 3f;
        for (Tiles tiles : PlainTiles.SOME) {
            assertThat(bits(tiles, 0, 255, 255, 254)).isEqualTo(8);
            assertThat(bits(tiles, 0, 255, -1, 254)).isEqualTo(4);
            assertThat(bits(tiles, 1 << 22, 3, (1 << 22) + 1, 4)).isEqualTo(4);
            assertThat(bits(tiles, 0, 15, 7, 3)).isEqualTo(4);
            assertThat(bits(tiles, -8, 7, 0, 3)).isEqualTo(4);
            assertThat(bits(tiles, 0, 0, 256, fraction)).isEqualTo(32);
            assertThat(bits(tiles, 0, 0, 256, 0)).isEqualTo(16);
            assertThat(bits(tiles, 0.5f, 0, 0, 0)).isEqualTo(16);
            assertThat(bits(tiles, 0.5f, fraction, 0, 0)).isEqualTo(32);
            assertThat(bits(tiles, -0f, 0, 0, 0)).isEqualTo(16);
            assertThat(bits(tiles, -0f, 0, 0, fraction)).isEqualTo(32);
            assertThat(bits(tiles, Float.NaN, 0, 0, 0)).isEqualTo(16);
            assertThat(bits(tiles, Float.POSITIVE_INFINITY, 0, 0, fraction)).isEqualTo(32);
        }
    }

    /** How many bits each element is kept in, of a matrix whose rows are these two again and again. */
    private static long bits(Tiles tiles, float... elements) {
        int rows = 400;
        float[] all = new float[2 * rows];
        for (int i = 0; i < all.length; i++) {
            all[i] = elements[i % elements.length];
        }
        PackedMatrix m = PackedMatrix.ofMatrix(tiles, all, rows, 2, new float[0]);
        for (int bits : new int[] {4, 8, 16, 32}) {
            long own = (long) rows * (bits == 4 ? (m.width + 1) / 2 : bits * m.width / 8);
            if (m.bytes() >= own && m.bytes() <= own + 8L * m.width) {
                return bits;
            }
        }
        throw new AssertionError(m.bytes() + " bytes");
    }

    @Property(tries = 40)
    void manyRowsAreSplitAmongWorkers(
            @ForAll @IntRange(min = 200, max = 900) int rows,
            @ForAll @IntRange(min = 1, max = 40) int columns,
            @ForAll long seed) {
        productWithConstantColumns(rows, 3, columns, 2, true, true, seed);
    }

    @Property(tries = 250)
    void batchesBroadcast(
            @ForAll @IntRange(max = 3) int outer,
            @ForAll @IntRange(max = 3) int inner,
            @ForAll @IntRange(max = 15) int broadcast,
            @ForAll @IntRange(max = 9) int rows,
            @ForAll @IntRange(max = 9) int depth,
            @ForAll @IntRange(max = 40) int columns,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll boolean withEpilogue,
            @ForAll long seed) {
        int[] dims = {outer, inner};
        int[] aDims = {(broadcast & 1) != 0 ? 1 : outer, (broadcast & 2) != 0 ? 1 : inner};
        int[] bDims = {(broadcast & 4) != 0 ? 1 : outer, (broadcast & 8) != 0 ? 1 : inner};
        float[] a = fenced(seed, 1, aDims[0] * aDims[1] * rows * depth);
        float[] b = fenced(seed + 1, 2, bDims[0] * bDims[1] * depth * columns);
        double[] expected = new double[outer * inner * rows * columns];
        for (int n = 0; n < outer * inner; n++) {
            int matrixOfA = at(aDims, n / inner, n % inner);
            int matrixOfB = at(bDims, n / inner, n % inner);
            for (int r = 0; r < rows; r++) {
                for (int j = 0; j < columns; j++) {
                    double sum = 0;
                    for (int i = 0; i < depth; i++) {
                        sum += (double) a[1 + (matrixOfA * rows + r) * depth + i]
                                * b[2 + (matrixOfB * depth + i) * columns + j];
                    }
                    int row = n * rows + r;
                    expected[row * columns + j] = withEpilogue ? RowColumnEpilogue.of(sum, row, j) : sum;
                }
            }
        }
        for (Tiles tiles : PlainTiles.SOME) {
            float[] c = nans(3 + expected.length + 1);
            BatchedProduct product = new BatchedProduct(tiles, withEpilogue ? new RowColumnEpilogue(c) : null);
            product.prepare(rows, depth, columns, dims, aDims, bDims, workers);
            product.run(a, 1, b, 2, c, 3);
            assertClose(c, 3, expected, 1e-5);
            assertUntouched(c, 3, 3 + expected.length);
        }
    }

    private static int at(int[] dims, int i, int j) {
        return (dims[0] == 1 ? 0 : i) * dims[1] + (dims[1] == 1 ? 0 : j);
    }

    /** Integers wrap; sums of small whole doubles are exact. */
    @Property(tries = 200)
    void productsOfNumbers(
            @ForAll @IntRange(max = 20) int rows,
            @ForAll @IntRange(max = 40) int depth,
            @ForAll @IntRange(max = 70) int columns,
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll boolean shared,
            @ForAll @IntRange(max = 2) int kind,
            @ForAll long seed) {
        ElementType type =
                List.of(ElementType.F64, ElementType.I32, ElementType.I64).get(kind);
        Random random = new Random(seed);
        Tensor a = Tensor.zeros(type, 1 + (long) batch * rows * depth);
        Tensor b = Tensor.zeros(type, 2 + (long) (shared ? 1 : batch) * depth * columns);
        for (Tensor t : List.of(a, b)) {
            for (long i = 0; i < t.size(); i++) {
                t.setLong(i, type == ElementType.F64 ? random.nextInt(-1000, 1000) : random.nextLong());
            }
        }
        Tensor expected = Tensor.zeros(type, 3 + (long) batch * rows * columns + 1);
        Tensor c = Tensor.zeros(type, expected.size());
        for (int e = 0; e < batch * rows * columns; e++) {
            int image = e / columns / Math.max(1, rows);
            long sum = 0;
            for (int i = 0; i < depth; i++) {
                long right = 2 + ((long) (shared ? 0 : image) * depth + i) * columns + e % columns;
                sum += a.getLong(1 + (long) (e / columns) * depth + i) * b.getLong(right);
            }
            expected.setLong(3 + e, sum);
        }
        NumberProduct product = new NumberProduct(type);
        product.prepare(rows, depth, columns, new int[] {batch}, new int[] {batch}, new int[] {shared ? 1 : batch}, 2);
        product.run(array(a), 1, array(b), 2, array(c), 3);
        assertThat(array(c)).isEqualTo(array(expected));
    }

    private static Object array(Tensor t) {
        return Objects.requireNonNull(t.array());
    }
}
