package dev.lathe.backend.device;

import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.WinogradFilters;
import java.util.Optional;

/**
 * Weights in the order in which a kernel reads them: panels of {@link #WIDTH} columns, filled up with zeros, and of a
 * panel one row after the other.
 */
public sealed interface Panels {
    /** The columns of a panel: two vectors of 16 floats. */
    int WIDTH = 32;

    /** The floats, given the tensor that {@link #weight} is. */
    float[] arrange(Tensor t);

    Weight weight();

    /** How many panels hold so many columns. */
    static long count(long columns) {
        return Math.ceilDiv(columns, (long) WIDTH);
    }

    /** One element for each column, as a row of each panel; {@code groups} of columns begin with a panel each. */
    record Row(Weight weight, long groups) implements Panels {
        @Override
        public float[] arrange(Tensor t) {
            int columns = Math.toIntExact(t.size() / groups);
            int padded = Math.toIntExact(count(columns) * WIDTH);
            float[] all = new float[Math.multiplyExact(Math.toIntExact(groups), padded)];
            for (int g = 0; g < groups; g++) {
                for (int c = 0; c < columns; c++) {
                    all[g * padded + c] = t.getFloat((long) g * columns + c);
                }
            }
            return all;
        }
    }

    /** A matrix {@code [depth, columns…]}. */
    record Matrix(Weight weight) implements Panels {
        @Override
        public float[] arrange(Tensor t) {
            long columns = t.size() / Math.max(1, t.dim(0));
            return Panels.arrange(1, 1, t.dim(0), columns, (g, tap, d, c) -> t.getFloat(d * columns + c));
        }
    }

    /**
     * Filters {@code [columns, depth, taps…]}, of which each of {@code groups} has its share of the columns: for each
     * group and panel the rows of the first tap, then those of the next.
     */
    record Filters(Weight weight, long groups) implements Panels {
        @Override
        public float[] arrange(Tensor t) {
            long columns = t.dim(0) / groups;
            long depth = t.dim(1);
            long taps = t.size() == 0 ? 0 : t.size() / t.dim(0) / depth;
            return Panels.arrange(
                    groups,
                    taps,
                    depth,
                    columns,
                    (g, tap, d, c) -> t.getFloat(((g * columns + c) * depth + d) * taps + tap));
        }
    }

    /** Filters {@code [depth, columns, taps…]}, arranged as {@link Filters} of one group. */
    record Transposed(Weight weight) implements Panels {
        @Override
        public float[] arrange(Tensor t) {
            long depth = t.dim(0);
            long columns = t.dim(1);
            long taps = t.size() == 0 ? 0 : t.size() / depth / columns;
            return Panels.arrange(
                    1, taps, depth, columns, (g, tap, d, c) -> t.getFloat((d * columns + c) * taps + tap));
        }
    }

    /**
     * Filters {@code [depth, columns, height, width]} of a transposed convolution, as those of convolutions with stride
     * 1, one for each line of the window: what falls on {@code stride} neighbouring pixels of the result is a row of
     * {@code stride * columns} sums over {@link #reach} neighbouring pixels of the operand, the last of which is the
     * one at the same place. Arranged as {@link Filters} of one group, with zeros where a pixel does not reach.
     *
     * @param width of the window
     * @param stride of the window along a line
     * @param dilation of the window along a line
     */
    record Subpixel(Weight weight, long width, long stride, long dilation) implements Panels {
        /** How many pixels of a line of the operand fall on one of the result, at most. */
        public long reach() {
            return Math.ceilDiv((width - 1) * dilation + 1, stride);
        }

        @Override
        public float[] arrange(Tensor t) {
            long depth = t.dim(0);
            long columns = t.dim(1);
            long height = t.size() == 0 ? 0 : t.size() / depth / columns / width;
            long reach = reach();
            return Panels.arrange(1, height * reach, depth, stride * columns, (g, tap, d, c) -> {
                long away = (reach - 1 - tap % reach) * stride + c / columns;
                long at = away / dilation;
                return away % dilation == 0 && at < width
                        ? t.getFloat(((d * columns + c % columns) * height + tap / reach) * width + at)
                        : 0;
            });
        }
    }

    /** A row once for each of some pixels, as a row of each panel. */
    record Repeated(Weight weight, long times) implements Panels {
        @Override
        public float[] arrange(Tensor t) {
            long columns = t.size();
            return Panels.arrange(1, 1, 1, times * columns, (g, tap, d, c) -> t.getFloat(c % columns));
        }
    }

    /** Filters {@code [channels, 1, taps…]} of a depthwise convolution, as {@code [taps, channels]} in panels. */
    record Depthwise(Weight weight) implements Panels {
        @Override
        public float[] arrange(Tensor t) {
            long channels = t.dim(0);
            long taps = channels == 0 ? 0 : t.size() / channels;
            return Panels.arrange(1, 1, taps, channels, (g, tap, d, c) -> t.getFloat(c * taps + d));
        }
    }

    /**
     * Filters {@code [columns, depth, 3, 3]} at the points of Winograd's F(m × m, 3 × 3), arranged as {@link Filters}
     * of one group with a tap for each point.
     */
    record Winograd(Weight weight, int m) implements Panels {
        @Override
        public float[] arrange(Tensor t) {
            double[][] g = WinogradFilters.matrix(m);
            int side = g.length;
            long depth = t.dim(1);
            return Panels.arrange(
                    1,
                    (long) side * side,
                    depth,
                    t.dim(0),
                    (_, point, d, c) -> at(t, (c * depth + d) * 9, g[(int) point / side], g[(int) point % side]));
        }

        private static float at(Tensor t, long from, double[] row, double[] column) {
            double sum = 0;
            for (int x = 0; x < 3; x++) {
                double half = 0;
                for (int y = 0; y < 3; y++) {
                    half += row[y] * t.getFloat(from + 3L * y + x);
                }
                sum += half * column[x];
            }
            return (float) sum;
        }
    }

    /** An element of a matrix for each group and tap. */
    @FunctionalInterface
    interface Elements {
        float at(long group, long tap, long row, long column);
    }

    private static float[] arrange(long groups, long taps, long depth, long columns, Elements from) {
        long panels = count(columns);
        float[] all = new float
                [Math.toIntExact(Math.multiplyExact(Math.multiplyExact(groups * panels, WIDTH * taps), depth))];
        int at = 0;
        for (long g = 0; g < groups; g++) {
            for (long p = 0; p < panels; p++) {
                long first = p * WIDTH;
                int width = (int) Math.min(WIDTH, columns - first);
                for (long tap = 0; tap < taps; tap++) {
                    for (long d = 0; d < depth; d++, at += WIDTH) {
                        for (int c = 0; c < width; c++) {
                            all[at + c] = from.at(g, tap, d, first + c);
                        }
                    }
                }
            }
        }
        return all;
    }

    /**
     * Panels as bytes, of their numbers, which are integers of a byte with a sign: of each {@code depth} rows four form
     * one, in which those of a column are one after the other, filled up with zeros.
     */
    static byte[] bytes(float[] panels, long depth) {
        if (depth == 0) {
            return new byte[0];
        }
        int rows = Math.toIntExact(depth);
        int blocks = panels.length / WIDTH / rows;
        int words = Math.ceilDiv(rows, 4);
        byte[] all = new byte[Math.multiplyExact(Math.multiplyExact(blocks, words), 4 * WIDTH)];
        for (int row = 0; row < blocks * rows; row++) {
            int inBlock = row % rows;
            int to = ((row / rows * words + inBlock / 4) * WIDTH) * 4 + inBlock % 4;
            for (int c = 0; c < WIDTH; c++) {
                all[to + 4 * c] = (byte) panels[row * WIDTH + c];
            }
        }
        return all;
    }

    /** Zeros for a kernel that wants a row and has none. */
    record Zeros(long size) implements Panels {
        @Override
        public float[] arrange(Tensor t) {
            throw new IllegalStateException("zeros are made of no weight");
        }

        @Override
        public Weight weight() {
            throw new IllegalStateException("zeros are no weight");
        }
    }

    /** The row that a sum starts from. */
    static Panels start(Optional<Weight> bias, long groups, long columns) {
        return bias.<Panels>map(b -> new Row(b, groups)).orElseGet(() -> new Zeros(groups * count(columns) * WIDTH));
    }
}
