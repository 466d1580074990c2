package dev.lathe.passes.prune;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.weights.WeightRole;
import java.util.Arrays;

/**
 * How weights lie as matrices, one for each group: {@code depth} rows, which are summed up, × {@code columns} of
 * results. Rows of a filter are ordered by place, then by channel, so that patterns go along channels.
 *
 * @param groups how many matrices there are
 * @param depth rows of each
 * @param columns columns of each
 * @param run how many rows belong to one place of a filter; {@code depth} where there are no places
 * @param strides between the elements of two groups, places, channels and columns
 */
record WeightMatrix(int groups, int depth, int columns, int run, Strides strides) {
    /** In elements. */
    record Strides(long group, long place, long channel, long column) {}

    /**
     * The matrices of {@code t}.
     *
     * @param groups of the convolution; 1 for a product, whose batches are groups
     */
    static WeightMatrix of(Tensor t, WeightRole role, int groups) {
        long[] dims = t.dims();
        int first = Math.toIntExact(dims[0]);
        if (role.kind() == WeightRole.Kind.CONVOLUTION && role.channelAxis() == 0) {
            int channels = Math.toIntExact(dims[1]);
            int places = product(dims, 2, dims.length);
            int columns = first / groups;
            return new WeightMatrix(
                    groups,
                    channels * places,
                    columns,
                    channels,
                    new Strides((long) columns * channels * places, 1, places, (long) channels * places));
        }
        int columns = product(dims, role.depthAxis() + 1, dims.length);
        int depth = Math.toIntExact(dims[role.depthAxis()]);
        return new WeightMatrix(
                product(dims, 0, role.depthAxis()),
                depth,
                columns,
                depth,
                new Strides((long) depth * columns, 0, columns, 1));
    }

    private static int product(long[] dims, int from, int to) {
        return Math.toIntExact(Arrays.stream(dims, from, to).reduce(1, Math::multiplyExact));
    }

    /** How many weights there are. */
    int size() {
        return Math.multiplyExact(Math.multiplyExact(groups, depth), columns);
    }

    /** Where the tensor has a weight. */
    long index(int group, int row, int column) {
        return group * strides.group
                + row / run * strides.place
                + row % run * strides.channel
                + column * strides.column;
    }

    /** The row of a Gram matrix that is about {@code row}. */
    int gramRow(int row) {
        return row % run * (depth / run) + row / run;
    }

    /** All weights: by group, then by row, then by column. */
    double[] read(Tensor t) {
        double[] all = new double[size()];
        for (int g = 0, i = 0; g < groups; g++) {
            for (int k = 0; k < depth; k++) {
                for (int c = 0; c < columns; c++, i++) {
                    all[i] = t.getDouble(index(g, k, c));
                }
            }
        }
        return all;
    }

    /** A tensor like {@code t} with these weights, in the order of {@link #read}; what is 0 then has no sign. */
    Tensor write(double[] all, Tensor t) {
        Tensor made = Tensor.zeros(t.element(), t.dims());
        for (int g = 0, i = 0; g < groups; g++) {
            for (int k = 0; k < depth; k++) {
                for (int c = 0; c < columns; c++, i++) {
                    long at = index(g, k, c);
                    made.setDouble(at, all[i]);
                    if (made.getDouble(at) == 0) { // or rounded to it
                        made.setDouble(at, 0);
                    }
                }
            }
        }
        return made;
    }

    /** The last row, exclusive, of the {@code size} rows that begin at {@code row}; a place ends them earlier. */
    int end(int row, int size) {
        return (int) Math.min((row / run + 1L) * run, (long) row + size);
    }
}
