package dev.lathe.passes.statistics;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Statistic;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * How the numbers go together that a product or a convolution multiplies by weights and sums up: <i>XᵀX</i>, where the
 * rows of <i>X</i> are what is multiplied by one column of the weights. It tells what a change of weights changes of
 * results, without the data: for a change <i>d</i> of a column, the squares of all changes sum up to <i>dᵀXᵀXd</i>.
 * Ops that share an operand share its matrix.
 *
 * @param value the first operand, of floats; they are multiplied as floats of 32 bits
 * @param depth how many numbers are summed up for one result, at least 1
 * @param patches how a convolution reads {@code value}; empty for a product, which reads its last axis
 */
public record Gram(Value value, int depth, Optional<Patches> patches) implements Statistic<Gram.Matrix> {

    /** Rows that are added up of one call, at most; of more, some are drawn. */
    private static final int ROWS = 512;

    /** How a convolution reads its operand. */
    public record Patches(Window window, List<Long> kernel, int groups, ChannelLayout layout) {
        public Patches {
            kernel = List.copyOf(kernel);
        }
    }

    /**
     * The matrix, for each group of a convolution, or the only one. Rows and columns are in the order of the weights:
     * for a filter by channel, then by place.
     *
     * @param groups how many groups there are
     * @param depth how many numbers are summed up for one result
     * @param rows how many rows <i>X</i> has: of a call with very many, some are drawn
     * @param sums {@code groups} × {@code depth} × {@code depth} numbers
     */
    public record Matrix(int groups, int depth, long rows, double[] sums) {
        /** The sum of the products of the numbers {@code i} and {@code j} of {@code group}. */
        public double at(int group, int i, int j) {
            return sums[(group * depth + i) * depth + j];
        }
    }

    /** The statistic for an op with weights of known depth, if it is a product or a convolution of floats. */
    public static Optional<Gram> of(Op op) {
        return switch (op) {
            case MatMul m
            when isFloat(m.x())
                    && m.x().tensorType().rank() >= 2
                    && m.y().tensorType().rank() == 2
                    && m.y().tensorType().dim(0).lowerBound() >= 1
                    && m.y().tensorType().dim(0).isConstant() ->
                Optional.of(new Gram(
                        m.x(), Math.toIntExact(m.y().tensorType().dim(0).constant()), Optional.empty()));
            case Conv c
            when isFloat(c.x())
                    && c.weights().tensorType().shape().without(0).elements().isConstant()
                    && c.weights().tensorType().shape().without(0).elements().constant() >= 1 ->
                Optional.of(new Gram(
                        c.x(),
                        Math.toIntExact(c.weights()
                                .tensorType()
                                .shape()
                                .without(0)
                                .elements()
                                .constant()),
                        Optional.of(new Patches(c.window(), c.kernel(), Math.toIntExact(c.groups()), c.layout()))));
            default -> Optional.empty();
        };
    }

    private static boolean isFloat(Value v) {
        return v.tensorType().element().isFloat();
    }

    @Override
    public List<Value> observed(Builder b) {
        return List.of(value);
    }

    private int groups() {
        return patches.map(Patches::groups).orElse(1);
    }

    @Override
    public long bytes() {
        return (long) groups() * depth * depth * Double.BYTES;
    }

    @Override
    public Accumulator<Matrix> accumulator() {
        int groups = groups();
        double[] sums = new double[Math.multiplyExact(Math.multiplyExact(groups, depth), depth)];
        return new Accumulator<>() {
            private final Random random = new Random(depth);
            private long rows;

            @Override
            public void add(List<Tensor> observed) {
                RowReader reader = RowReader.of(Gram.this, observed.getFirst());
                int count = (int) Math.min(ROWS, reader.rows());
                double[] x = new double[groups * depth * count];
                for (int r = 0; r < count; r++) {
                    float[] row = reader.row(count == reader.rows() ? r : random.nextLong(reader.rows()));
                    for (int g = 0; g < groups; g++) {
                        for (int k = 0; k < depth; k++) {
                            x[(g * count + r) * depth + k] = row[g * depth + k];
                        }
                    }
                }
                IntStream.range(0, groups * depth)
                        .parallel()
                        .forEach(i -> addRow(x, i / depth * count, count, i % depth, sums, i * depth));
                rows += count;
            }

            @Override
            public Matrix result() {
                for (int i = 0; i < groups * depth; i++) {
                    for (int j = i % depth + 1; j < depth; j++) {
                        sums[i * depth + j] = sums[(i / depth * depth + j) * depth + i % depth];
                    }
                }
                return new Matrix(groups, depth, rows, sums);
            }
        };
    }

    /** Adds to one row of the matrix, up to the diagonal. */
    private void addRow(double[] x, int first, int count, int k, double[] sums, int at) {
        for (int r = first; r < first + count; r++) {
            double factor = x[r * depth + k];
            if (factor != 0) {
                for (int j = 0, row = r * depth; j <= k; j++) {
                    sums[at + j] += factor * x[row + j];
                }
            }
        }
    }
}
