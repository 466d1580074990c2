package dev.lathe.passes.statistics;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Statistic;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the numbers go together that a product or a convolution multiplies by weights and sums up: <i>XᵀX</i>, where the
 * rows of <i>X</i> are what is multiplied by one column of the weights. It tells what a change of weights changes of
 * results, without the data: for a change <i>d</i> of a column, the squares of all changes sum up to <i>dᵀXᵀXd</i>.
 * Ops that share an operand share its matrix.
 *
 * @param value the first operand, of floats of 32 bits
 * @param depth how many numbers are summed up for one result, at least 1
 * @param patches how a convolution reads {@code value}; empty for a product, which reads its last axis
 */
public record Gram(Value value, int depth, Optional<Patches> patches) implements Statistic<Gram.Matrix> {

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
     * @param rows how many rows <i>X</i> had
     * @param sums {@code groups} × {@code depth} × {@code depth} numbers
     */
    public record Matrix(int groups, int depth, long rows, double[] sums) {
        /** The sum of the products of the numbers {@code i} and {@code j} of {@code group}. */
        public double at(int group, int i, int j) {
            return sums[(group * depth + i) * depth + j];
        }
    }

    /** The statistic for an op with weights of known depth, if it is a product or a convolution of f32. */
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
        return v.tensorType().element() == ElementType.F32;
    }

    @Override
    public List<Value> observed(Builder b) {
        int groups = patches.map(Patches::groups).orElse(1);
        Value columns = patches.map(p -> columns(p, b)).orElseGet(() -> {
            Dim rows = value.tensorType().shape().elements().floorDiv(depth);
            Value flat = b.reshape(value, Shape.of(rows, Dim.of(depth)));
            return b.reshape(b.transpose(flat, List.of(1, 0)), Shape.of(Dim.ONE, Dim.ONE, Dim.of(depth), rows));
        });
        Shape shape = columns.tensorType().shape();
        Value products = b.matMul(columns, b.transpose(columns, List.of(0, 1, 3, 2)));
        return List.of(
                b.reshape(b.reduceSum(products, 0), Shape.of(groups, depth, depth)),
                b.dim(shape.dim(0).times(shape.dim(3))));
    }

    /** All patches as columns, {@code [n, groups, depth, places]}: a convolution whose filters choose one number. */
    private Value columns(Patches p, Builder b) {
        int groups = p.groups();
        int places = 1;
        for (long k : p.kernel()) {
            places = Math.toIntExact(Math.multiplyExact(places, k));
        }
        List<Dim> dims = new ArrayList<>(List.of(Dim.of((long) groups * depth), Dim.of(depth / places)));
        p.kernel().forEach(k -> dims.add(Dim.of(k)));
        Tensor choose = Tensor.zeros(ElementType.F32, Shape.of(dims).constants().orElseThrow());
        for (long g = 0; g < groups; g++) {
            for (long i = 0; i < depth; i++) {
                choose.setFloat((g * depth + i) * depth + i, 1);
            }
        }
        Value chosen = b.add(new Conv(value, b.constant(choose), p.window(), groups, p.layout()));
        int rank = chosen.tensorType().rank();
        if (p.layout() == ChannelLayout.CHANNELS_LAST) {
            List<Integer> order = new ArrayList<>(List.of(0, rank - 1));
            for (int i = 1; i < rank - 1; i++) {
                order.add(i);
            }
            chosen = b.transpose(chosen, order);
        }
        Shape shape = chosen.tensorType().shape();
        return b.reshape(
                chosen,
                Shape.of(
                        shape.dim(0),
                        Dim.of(groups),
                        Dim.of(depth),
                        shape.slice(2, rank).elements()));
    }

    @Override
    public Accumulator<Matrix> accumulator() {
        int groups = patches.map(Patches::groups).orElse(1);
        double[] sums = new double[Math.multiplyExact(Math.multiplyExact(groups, depth), depth)];
        return new Accumulator<>() {
            private long rows;

            @Override
            public void add(List<Tensor> observed) {
                float[] more = observed.getFirst().toFloatArray();
                for (int i = 0; i < sums.length; i++) {
                    sums[i] += more[i];
                }
                rows += observed.getLast().getLong(0);
            }

            @Override
            public Matrix result() {
                return new Matrix(groups, depth, rows, sums);
            }
        };
    }
}
