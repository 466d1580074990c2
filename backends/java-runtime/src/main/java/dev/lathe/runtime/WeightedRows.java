package dev.lathe.runtime;

import dev.lathe.ir.eval.ResizeEvaluation;
import java.util.Arrays;

/** Rows of doubles, each of which is a sum of other rows times weights, added in their order to 0. */
final class WeightedRows {
    private final int[] starts;
    private final int[] positions;
    private final double[] weights;
    private final int held;
    /** Among those that are held, the place of each row that is a term. */
    private final int[] places;

    /**
     * @param taps which rows make each row, and their weights
     * @param holds whether only so many rows are held as one row needs, row {@code i} in place {@code i % held}
     */
    WeightedRows(ResizeEvaluation.AxisTaps taps, boolean holds) {
        starts = taps.starts();
        positions = taps.positions();
        weights = taps.weights();
        held = holds ? most() : Integer.MAX_VALUE;
        places = Arrays.stream(positions).map(p -> p % held).toArray();
    }

    /** Within how many rows all those lie that make one row. */
    private int most() {
        int most = 1;
        for (int j = 0; j + 1 < starts.length; j++) {
            int least = Integer.MAX_VALUE;
            int greatest = 0;
            for (int k = starts[j]; k < starts[j + 1]; k++) {
                least = Math.min(least, positions[k]);
                greatest = Math.max(greatest, positions[k]);
            }
            most = Math.max(most, greatest - least + 1);
        }
        return most;
    }

    int held() {
        return held;
    }

    /** The first term of row {@code j}. */
    int begin(int j) {
        return starts[j];
    }

    /** The row that term {@code k} is. */
    int position(int k) {
        return positions[k];
    }

    /** Makes row {@code j}, of {@code n} elements, of rows that are held. */
    void row(int j, double[][] x, int n, double[] y) {
        int k = starts[j];
        int end = starts[j + 1];
        if (end - k >= 2) {
            two(x[places[k]], 0, weights[k], x[places[k + 1]], 0, weights[k + 1], n, y, 0);
            k += 2;
        } else {
            Arrays.fill(y, 0, n, 0);
        }
        for (; k < end; k++) {
            add(x[places[k]], 0, weights[k], n, y, 0);
        }
    }

    /** Makes all rows, which lie one behind the other as those do that they are made of. */
    void all(double[] x, int at, int n, double[] y, int to) {
        if (n == 1) {
            line(x, at, y, to);
            return;
        }
        for (int j = 0, row = to; j + 1 < starts.length; j++, row += n) {
            int k = starts[j];
            int end = starts[j + 1];
            if (end - k >= 2) {
                int first = at + positions[k] * n;
                two(x, first, weights[k], x, at + positions[k + 1] * n, weights[k + 1], n, y, row);
                k += 2;
            } else {
                Arrays.fill(y, row, row + n, 0);
            }
            for (; k < end; k++) {
                add(x, at + positions[k] * n, weights[k], n, y, row);
            }
        }
    }

    private static void two(
            double[] x,
            int first,
            double weight,
            double[] other,
            int second,
            double otherWeight,
            int n,
            double[] y,
            int to) {
        if (Machine.VECTOR) {
            VectorDoubleRows.two(x, first, weight, other, second, otherWeight, n, y, to);
            return;
        }
        for (int i = 0; i < n; i++) {
            y[to + i] = 0.0 + x[first + i] * weight + other[second + i] * otherWeight;
        }
    }

    private static void add(double[] x, int from, double weight, int n, double[] y, int to) {
        if (Machine.VECTOR) {
            VectorDoubleRows.add(x, from, weight, n, y, to);
            return;
        }
        for (int i = 0; i < n; i++) {
            y[to + i] += x[from + i] * weight;
        }
    }

    private void line(double[] x, int from, double[] y, int to) {
        int out = starts.length - 1;
        if (positions.length == 2 * out) { // linear interpolation, as it mostly is
            for (int j = 0, k = 0; j < out; j++, k += 2) {
                y[to + j] = 0.0 + x[from + positions[k]] * weights[k] + x[from + positions[k + 1]] * weights[k + 1];
            }
            return;
        }
        for (int j = 0; j < out; j++) {
            double sum = 0;
            for (int k = starts[j]; k < starts[j + 1]; k++) {
                sum += x[from + positions[k]] * weights[k];
            }
            y[to + j] = sum;
        }
    }
}
