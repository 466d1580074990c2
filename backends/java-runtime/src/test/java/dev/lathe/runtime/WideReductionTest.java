package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.ReductionRows.Function;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of doubles, halves and integers against loops over them. */
class WideReductionTest {
    private static final int ROWS = 3;

    private final Random random = new Random(5);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 31, 32, 33, 1023, 1024, 1025, 5001})
    void rowsOfDoubles(int n) {
        double[] x = random.doubles((long) ROWS * n, -1, 1).toArray();
        double[] sum = new double[ROWS];
        double[] max = new double[ROWS];
        double[] min = new double[ROWS];
        run(Function.SUM, ElementType.F64, n, x, sum);
        run(Function.MAX, ElementType.F64, n, x, max);
        run(Function.MIN, ElementType.F64, n, x, min);
        for (int i = 0; i < ROWS; i++) {
            double[] row = Arrays.copyOfRange(x, i * n, (i + 1) * n);
            assertThat(sum[i]).isCloseTo(DoubleStream.of(row).sum(), within(1e-12));
            assertThat(max[i]).isEqualTo(DoubleStream.of(row).max().orElse(Double.NEGATIVE_INFINITY));
            assertThat(min[i]).isEqualTo(DoubleStream.of(row).min().orElse(Double.POSITIVE_INFINITY));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 33, 64, 1025, 3000})
    void aNumberThatIsNoneStaysSoWhereverItIs(int n) {
        for (int at : new int[] {0, n / 2, n - 1}) {
            double[] x = new double[ROWS * n];
            x[n + at] = Double.NaN;
            short[] halves = new short[ROWS * n];
            halves[n + at] = Float.floatToFloat16(Float.NaN);
            for (Function f : Function.values()) {
                double[] wide = new double[ROWS];
                run(f, ElementType.F64, n, x, wide);
                short[] narrow = new short[ROWS];
                run(f, ElementType.F16, n, halves, narrow);
                assertThat(wide).as("%s %s", f, at).containsExactly(0, Double.NaN, 0);
                assertThat(Float.float16ToFloat(narrow[1])).isNaN();
                assertThat(Float.float16ToFloat(narrow[2])).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 33, 1024, 1025, 4100})
    void rowsOfHalves(int n) {
        short[] x = new short[ROWS * n];
        for (int i = 0; i < x.length; i++) {
            x[i] = Float.floatToFloat16(random.nextFloat() - 0.5f);
        }
        short[] sum = new short[ROWS];
        short[] max = new short[ROWS];
        run(Function.SUM, ElementType.F16, n, x, sum);
        run(Function.MAX, ElementType.F16, n, x, max);
        for (int i = 0; i < ROWS; i++) {
            int row = i;
            double[] v = IntStream.range(0, n)
                    .mapToDouble(k -> Float.float16ToFloat(x[row * n + k]))
                    .toArray();
            double exact = DoubleStream.of(v).sum();
            assertThat((double) Float.float16ToFloat(sum[i])).isCloseTo(exact, within(Math.abs(exact) * 0x1p-10));
            assertThat((double) Float.float16ToFloat(max[i]))
                    .isEqualTo(DoubleStream.of(v).max().orElse(Double.NEGATIVE_INFINITY));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 33, 1024, 1025, 4100})
    void rowsOfIntegers(int n) {
        int[] x = random.ints((long) ROWS * n).toArray();
        int[] max = new int[ROWS];
        int[] min = new int[ROWS];
        int[] unsigned = new int[ROWS];
        run(Function.MAX, ElementType.I32, n, x, max);
        run(Function.MIN, ElementType.I32, n, x, min);
        run(Function.MAX, ElementType.U32, n, x, unsigned);
        byte[] bytes = new byte[ROWS * n];
        random.nextBytes(bytes);
        byte[] least = new byte[ROWS];
        run(Function.MIN, ElementType.U8, n, bytes, least);
        for (int i = 0; i < ROWS; i++) {
            int row = i;
            int[] v = Arrays.copyOfRange(x, i * n, (i + 1) * n);
            assertThat(max[i]).isEqualTo(IntStream.of(v).max().orElse(Integer.MIN_VALUE));
            assertThat(min[i]).isEqualTo(IntStream.of(v).min().orElse(Integer.MAX_VALUE));
            assertThat(Integer.toUnsignedLong(unsigned[i]))
                    .isEqualTo(IntStream.of(v)
                            .mapToLong(Integer::toUnsignedLong)
                            .max()
                            .orElse(0));
            assertThat(least[i] & 0xff)
                    .isEqualTo(IntStream.range(0, n)
                            .map(k -> bytes[row * n + k] & 0xff)
                            .min()
                            .orElse(255));
        }
    }

    private static void run(Function f, ElementType type, int n, Object x, Object y) {
        WideReduction reduction = new WideReduction(f, type);
        reduction.prepare(ROWS, n, 1, 2);
        reduction.to(y, 0).run(x, 0);
    }
}
