package dev.lathe.runtime;

/**
 * Where the weights of a matrix are among those of a model.
 *
 * @param rows where the first weight of each row is
 * @param columns how far from that the weight of each column is
 */
record WeightLayout(int[] rows, int[] columns) {
    /** Of row-major matrix {@code number} of several. */
    static WeightLayout ofMatrix(int number, int rows, int columns) {
        int[] starts = steps(rows, columns);
        for (int i = 0; i < rows; i++) {
            starts[i] += number * rows * columns;
        }
        return new WeightLayout(starts, steps(columns, 1));
    }

    /** Of {@code [columns, depth, taps]} from filter {@code from} on. */
    static WeightLayout ofFilters(int from, int columns, int depth, int taps) {
        int[] filters = steps(columns, depth * taps);
        for (int j = 0; j < columns; j++) {
            filters[j] += from * depth * taps;
        }
        int[] rows = new int[taps * depth];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = i % depth * taps + i / depth;
        }
        return new WeightLayout(rows, filters);
    }

    /**
     * Of {@code [groups * depth, columns, kernelHeight, kernelWidth]}: the matrix {@code [depth, kernelWidth *
     * columns]} of kernel row {@code number % kernelHeight} of group {@code number / kernelHeight}.
     */
    static WeightLayout ofTransposed(int number, int depth, int columns, int kernelHeight, int kernelWidth) {
        int taps = kernelHeight * kernelWidth;
        int[] rows = steps(depth, columns * taps);
        for (int i = 0; i < depth; i++) {
            rows[i] += number / kernelHeight * depth * columns * taps + number % kernelHeight * kernelWidth;
        }
        int[] each = new int[kernelWidth * columns];
        for (int j = 0; j < each.length; j++) {
            each[j] = j % columns * taps + j / columns;
        }
        return new WeightLayout(rows, each);
    }

    private static int[] steps(int n, int step) {
        int[] all = new int[n];
        for (int i = 0; i < n; i++) {
            all[i] = i * step;
        }
        return all;
    }
}
