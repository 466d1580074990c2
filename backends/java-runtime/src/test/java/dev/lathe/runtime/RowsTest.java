package dev.lathe.runtime;

import static dev.lathe.runtime.Floats.assertClose;
import static dev.lathe.runtime.Floats.assertUntouched;
import static dev.lathe.runtime.Floats.fenced;
import static dev.lathe.runtime.Floats.nans;
import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** {@link ReductionRows}, {@link SoftmaxRows} and {@link LayerNormRows}. */
class RowsTest {

    private static double reduce(ReductionRows.Function function, float[] x, int at, int count, int step) {
        double r = switch (function) {
            case SUM, MEAN -> 0;
            case MIN -> Double.POSITIVE_INFINITY;
            case MAX -> Double.NEGATIVE_INFINITY;
            case PROD -> 1;
        };
        for (int i = 0; i < count; i++) {
            double v = x[at + i * step];
            r = switch (function) {
                case SUM, MEAN -> r + v;
                case MIN -> Math.min(r, v);
                case MAX -> Math.max(r, v);
                case PROD -> r * v;
            };
        }
        return function == ReductionRows.Function.MEAN ? r / count : r;
    }

    @Property(tries = 400)
    void reductions(
            @ForAll ReductionRows.Function function,
            @ForAll @IntRange(max = 5) int outer,
            @ForAll @IntRange(max = 60) int count,
            @ForAll @IntRange(max = 40) int inner,
            @ForAll boolean contiguous,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll @IntRange(min = -1, max = 300) int nanAt,
            @ForAll long seed) {
        int step = contiguous ? 1 : inner;
        float[] x = fenced(seed, 1, outer * count * step);
        if (nanAt >= 0 && nanAt < outer * count * step) {
            x[1 + nanAt] = Float.NaN;
        }
        double[] expected = new double[outer * step];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = reduce(function, x, 1 + i / step * count * step + i % step, count, step);
        }
        ReductionRows reduction = new ReductionRows(function);
        reduction.prepare(outer, count, step, workers);
        float[] y = nans(2 + expected.length + 1);
        reduction.to(0, y, 2).run(x, 1);
        assertClose(y, 2, expected, 1e-5);
        assertUntouched(y, 2, 2 + expected.length);
    }

    /** Rows that have parts, as long as these or not. */
    @Property(tries = 20)
    void longRowsHaveTheSameResultWithAnyWorkers(
            @ForAll ReductionRows.Function function,
            @ForAll @IntRange(min = 1, max = 3) int outer,
            @ForAll @IntRange(min = 32768, max = 70000) int count,
            @ForAll long seed) {
        float[] x = fenced(seed, 1, outer * count);
        double[] expected = new double[outer];
        for (int i = 0; i < outer; i++) {
            expected[i] = reduce(function, x, 1 + i * count, count, 1);
        }
        float[] first = new float[0];
        for (int workers = 1; workers <= 3; workers++) {
            ReductionRows reduction = new ReductionRows(function);
            reduction.prepare(outer, count, 1, workers);
            float[] y = nans(2 + outer + 1);
            reduction.to(0, y, 2).run(x, 1);
            assertClose(y, 2, expected, 1e-2);
            assertUntouched(y, 2, 2 + outer);
            first = workers == 1 ? y : first;
            assertThat(y).isEqualTo(first);
        }
    }

    /** What one kernel computes by several functions is what each computes alone. */
    @Property(tries = 100)
    void severalFunctionsOfOneOperand(
            @ForAll @IntRange(min = 1, max = 3) int outer,
            @ForAll @IntRange(max = 40000) int count,
            @ForAll @IntRange(min = 1, max = 2) int inner,
            @ForAll long seed) {
        ReductionRows.Function[] functions = ReductionRows.Function.values();
        float[] x = fenced(seed, 1, outer * count * inner);
        float[][] y = new float[functions.length][outer * inner];
        ReductionRows all = new ReductionRows(functions);
        all.prepare(outer, count, inner, 2);
        for (int i = 0; i < functions.length; i++) {
            all.to(i, y[i], 0);
        }
        all.run(x, 1);
        for (int i = 0; i < functions.length; i++) {
            ReductionRows one = new ReductionRows(functions[i]);
            one.prepare(outer, count, inner, 1);
            float[] expected = new float[outer * inner];
            one.to(0, expected, 0).run(x, 1);
            assertThat(y[i]).isEqualTo(expected);
        }
    }

    @Example
    void longSumsKeepTheirPrecision() {
        int n = 1 << 20;
        float[] x = new float[n];
        java.util.Arrays.fill(x, 0.1f);
        float[] y = new float[1];
        ReductionRows reduction = new ReductionRows(ReductionRows.Function.SUM);
        reduction.prepare(1, n, 1, 1);
        reduction.to(0, y, 0).run(x, 0);
        assertThat((double) y[0]).isCloseTo(0.1f * (double) n, org.assertj.core.api.Assertions.withinPercentage(0.1));
    }

    @Property(tries = 200)
    void softmax(
            @ForAll @IntRange(max = 6) int rows,
            @ForAll @IntRange(max = 90) int length,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll @IntRange(max = 3) int spread,
            @ForAll boolean masked,
            @ForAll long seed) {
        float[] x = fenced(seed, 2, rows * length);
        for (int i = 2; i < 2 + rows * length; i++) {
            x[i] *= (float) Math.pow(10, spread);
            if (masked && i % 3 == 0) {
                x[i] = Float.NEGATIVE_INFINITY;
            }
        }
        double[] expected = new double[rows * length];
        for (int r = 0; r < rows; r++) {
            double max = reduce(ReductionRows.Function.MAX, x, 2 + r * length, length, 1);
            double sum = 0;
            for (int i = r * length; i < (r + 1) * length; i++) {
                expected[i] = Math.exp(x[2 + i] - max);
                sum += expected[i];
            }
            for (int i = r * length; i < (r + 1) * length; i++) {
                expected[i] /= sum;
            }
        }
        SoftmaxRows softmax = new SoftmaxRows();
        softmax.prepare(rows, length, workers);
        float[] y = nans(1 + expected.length + 1);
        softmax.run(x, 2, y, 1);
        assertClose(y, 1, expected, 1e-6);
        assertUntouched(y, 1, 1 + expected.length);
        softmax.run(x, 2, x, 2);
        assertClose(x, 2, expected, 1e-6);
    }

    @Property(tries = 200)
    void layerNorm(
            @ForAll @IntRange(max = 6) int rows,
            @ForAll @IntRange(max = 90) int length,
            @ForAll @IntRange(min = 1, max = 3) int workers,
            @ForAll @IntRange(max = 100) int offset,
            @ForAll boolean plain,
            @ForAll long seed) {
        float[] x = fenced(seed, 2, rows * length);
        for (int i = 0; i < x.length; i++) {
            x[i] += offset;
        }
        LayerNormRows norm = new LayerNormRows(1e-5);
        norm.prepare(rows, length, workers);
        float[] scale = plain ? norm.ones() : fenced(seed + 1, 3, length);
        float[] bias = plain ? norm.zeros() : fenced(seed + 2, 4, length);
        int scaleAt = plain ? 0 : 3;
        int biasAt = plain ? 0 : 4;
        double[] expected = new double[rows * length];
        double tolerance = 1e-5;
        for (int r = 0; r < rows; r++) {
            int at = 2 + r * length;
            double mean = reduce(ReductionRows.Function.MEAN, x, at, length, 1);
            double variance = 1e-5;
            for (int i = 0; i < length; i++) {
                variance += (x[at + i] - mean) * (x[at + i] - mean) / length;
            }
            for (int i = 0; i < length; i++) {
                expected[r * length + i] =
                        (x[at + i] - mean) / Math.sqrt(variance) * scale[scaleAt + i] + bias[biasAt + i];
            }
            // The mean is rounded to a float.
            tolerance = Math.max(tolerance, (1 + offset) * 5e-7 / Math.sqrt(variance));
        }
        float[] y = nans(1 + expected.length + 1);
        norm.with(scale, scaleAt, bias, biasAt).run(x, 2, y, 1);
        assertClose(y, 1, expected, tolerance);
        assertUntouched(y, 1, 1 + expected.length);
    }
}
