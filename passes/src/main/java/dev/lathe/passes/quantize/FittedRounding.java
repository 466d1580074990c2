package dev.lathe.passes.quantize;

import dev.lathe.passes.statistics.Cholesky;
import dev.lathe.passes.statistics.Gram;
import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Rounds the weights of one group of a layer so that the layer's results change least on data. For the errors <i>e</i>
 * of one column of weights, the squares of what changes sum up to <i>eᵀHe</i>, where <i>H = XᵀX</i>.
 *
 * <p>All is computed in {@code double}. A result is never worse than rounding to the nearest.
 */
final class FittedRounding {
    private static final int MOST_SWEEPS = 20;
    /** Columns that are rounded together. */
    private static final int PANEL = 64;
    /** What a step must gain, as a share of the terms that it is the difference of. */
    private static final double LEAST_GAIN = 1e-9;

    private final Columns columns;
    private final int depth;
    private final double[] h;

    /** The weights of one group: {@code count} columns, each of {@code depth} weights. */
    interface Columns {
        int depth();

        int count();

        double weight(int i, int column);

        double scale(int i, int column);

        int zero(int i, int column);

        int low();

        int high();

        int number(int i, int column);

        void set(int i, int column, int number);
    }

    private FittedRounding(Columns columns, Gram.Matrix gram, int group) {
        this.columns = columns;
        this.depth = columns.depth();
        this.h = Arrays.copyOfRange(gram.sums(), group * depth * depth, (group + 1) * depth * depth);
    }

    /** Rounds {@code columns}, which are rounded to the nearest, anew; they stay as they are if data say nothing. */
    static void run(Rounding rounding, Columns columns, Gram.Matrix gram, int group) {
        FittedRounding f = new FittedRounding(columns, gram, group);
        switch (rounding) {
            case NEAREST -> {}
            case GPTQ -> f.feedback();
            case ADAROUND -> f.panels(Panel::descend);
        }
    }

    private void feedback() {
        double trace =
                IntStream.range(0, depth).mapToDouble(i -> h[i * depth + i]).sum();
        if (!(trace > 0 && trace <= Double.MAX_VALUE)) {
            return;
        }
        // What results depend on most is rounded first, and the others make up for it.
        int[] order = IntStream.range(0, depth)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -h[i * depth + i]))
                .mapToInt(i -> i)
                .toArray();
        Cholesky factor = Cholesky.of(depth, (i, j) -> h[order[i] * depth + order[j]]);
        panels(p -> p.feedback(order, factor.rows()));
    }

    private void panels(Consumer<Panel> work) {
        IntStream.range(0, Math.ceilDiv(columns.count(), PANEL))
                .parallel()
                .forEach(p -> work.accept(new Panel(p * PANEL, Math.min(columns.count(), (p + 1) * PANEL))));
    }

    /** Some of the columns, with what is read often in arrays: {@code i * width + c} for the weight {@code i}. */
    private final class Panel {
        private final int from;
        private final int width;
        private final double[] weights;
        private final double[] scales;
        private final int[] zeros;
        /** What rounding has changed so far. */
        private final double[] errors;

        Panel(int from, int to) {
            this.from = from;
            this.width = to - from;
            this.weights = new double[depth * width];
            this.scales = new double[depth * width];
            this.zeros = new int[depth * width];
            this.errors = new double[depth * width];
            for (int i = 0, at = 0; i < depth; i++) {
                for (int c = 0; c < width; c++, at++) {
                    weights[at] = columns.weight(i, from + c);
                    scales[at] = columns.scale(i, from + c);
                    zeros[at] = columns.zero(i, from + c);
                    errors[at] = weights[at] - value(at, columns.number(i, from + c));
                }
            }
        }

        double value(int at, int number) {
            return (number - zeros[at]) * scales[at];
        }

        int nearest(int at, double x) {
            return (int) Math.clamp(Math.rint(x / scales[at]) + zeros[at], columns.low(), columns.high());
        }

        /** <i>He</i> for each column. */
        double[] products(double[] e) {
            double[] all = new double[depth * width];
            for (int i = 0; i < depth; i++) {
                for (int j = 0; j < depth; j++) {
                    addScaled(h[i * depth + j], e, j * width, all, i * width);
                }
            }
            return all;
        }

        /** <i>eᵀHe</i> for each column. */
        double[] changes(double[] e) {
            double[] products = products(e);
            double[] all = new double[width];
            for (int i = 0, at = 0; i < depth; i++) {
                for (int c = 0; c < width; c++, at++) {
                    all[c] += e[at] * products[at];
                }
            }
            return all;
        }

        private void addScaled(double factor, double[] x, int xAt, double[] y, int yAt) {
            for (int c = 0; c < width; c++) {
                y[yAt + c] += factor * x[xAt + c];
            }
        }

        /**
         * With <i>H = RᵀR</i> the change of the results is <i>|Re|²</i>, whose entry <i>k</i> has only errors of the
         * weights up to <i>k</i>: one after the other, each weight makes its entry as small as it can.
         */
        void feedback(int[] order, double[][] factor) {
            double[] made = new double[depth * width];
            int[] numbers = new int[depth * width];
            double[] sum = new double[width];
            for (int k = 0; k < depth; k++) {
                double[] row = factor[k];
                Arrays.fill(sum, 0);
                for (int j = 0; j < k; j++) {
                    addScaled(row[j], made, order[j] * width, sum, 0);
                }
                for (int c = 0, at = order[k] * width; c < width; c++, at++) {
                    numbers[at] = nearest(at, weights[at] + sum[c] / row[k]);
                    made[at] = weights[at] - value(at, numbers[at]);
                }
            }
            double[] before = changes(errors);
            double[] after = changes(made);
            for (int c = 0; c < width; c++) {
                for (int i = 0; i < depth && after[c] < before[c]; i++) {
                    columns.set(i, from + c, numbers[i * width + c]);
                }
            }
        }

        void descend() {
            double[] products = products(errors);
            double[] e = new double[depth];
            double[] g = new double[depth]; // H e
            for (int c = 0; c < width; c++) {
                for (int i = 0; i < depth; i++) {
                    e[i] = errors[i * width + c];
                    g[i] = products[i * width + c];
                }
                descend(c, e, g);
            }
        }

        private void descend(int c, double[] e, double[] g) {
            boolean moved = true;
            for (int sweep = 0; moved && sweep < MOST_SWEEPS; sweep++) {
                moved = false;
                for (int i = 0; i < depth; i++) {
                    // A step against the error's sign gives the other of the two numbers beside the weight.
                    double scale = scales[i * width + c];
                    double step = e[i] > 0 ? -scale : scale;
                    if (Math.abs(e[i]) > scale
                            || !(step * (2 * g[i] + step * h[i * depth + i]) < -LEAST_GAIN * Math.abs(step * g[i]))) {
                        continue;
                    }
                    int n = columns.number(i, from + c) + (e[i] > 0 ? 1 : -1);
                    if (n >= columns.low() && n <= columns.high()) {
                        columns.set(i, from + c, n);
                        e[i] += step;
                        for (int j = 0, row = i * depth; j < depth; j++) {
                            g[j] += step * h[row + j];
                        }
                        moved = true;
                    }
                }
            }
        }
    }
}
