package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Weights {@code (x - zero) * scale}, row-major, of which scales and zero points are one for all, one for each index
 * of an axis, or one for each block along it.
 */
public final class Dequantized {
    /**
     * Which of some numbers is for which weight: a sum of what the indices of the weight say, each by itself.
     *
     * @param inner the weights from one index of the axis to the next
     * @param length the length of the axis
     * @param block the indices that share a number
     * @param before from one index of the axes before to the next, in numbers
     * @param along from one block to the next
     * @param after from one index of the axes after to the next
     */
    private record Grid(int inner, int length, int block, int before, int along, int after) {
        static final Grid ONE = new Grid(1, 1, 1, 0, 0, 0);

        static Grid of(Tensor numbers, Tensor x, int axis, long blockSize) {
            if (numbers.size() == 1) {
                return ONE;
            }
            int inner = 1;
            for (int i = axis + 1; i < x.rank(); i++) {
                inner *= Math.toIntExact(x.dims()[i]);
            }
            int length = Math.toIntExact(x.dims()[axis]);
            if (blockSize == 0 || numbers.rank() != x.rank()) {
                return new Grid(inner, length, 1, 0, 1, 0);
            }
            int block = (int) Math.min(blockSize, length);
            return new Grid(inner, length, block, Math.ceilDiv(length, block) * inner, inner, 1);
        }

        int at(int weight) {
            int index = weight / inner;
            return index / length * before + index % length / block * along + weight % inner * after;
        }

        int[] at(int[] weights) {
            int[] all = new int[weights.length];
            for (int i = 0; i < all.length; i++) {
                all[i] = at(weights[i]);
            }
            return all;
        }
    }

    private static final float[] NO_ZEROS = {0};

    private final float[] x;
    private final float[] scales;
    private final Grid scaleGrid;
    private final float[] zeros;
    private final Grid zeroGrid;

    /** {@code blockSize} is 0 if there are no blocks. */
    public Dequantized(Tensor x, Tensor scales, @Nullable Tensor zeros, int axis, long blockSize) {
        this.x = x.toFloatArray();
        this.scales = scales.toFloatArray();
        this.scaleGrid = Grid.of(scales, x, axis, blockSize);
        this.zeros = zeros == null ? NO_ZEROS : zeros.toFloatArray();
        this.zeroGrid = zeros == null ? Grid.ONE : Grid.of(zeros, x, axis, blockSize);
    }

    /** {@code x}. */
    float[] numbers() {
        return x;
    }

    /** The weights. */
    public float[] floats() {
        float[] all = new float[x.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = (x[i] - zeros[zeroGrid.at(i)]) * scales[scaleGrid.at(i)];
        }
        return all;
    }

    /**
     * How many rows have the same scales and zero points, from each multiple of their number on, where row {@code r}
     * starts at weight {@code rows[r]}.
     */
    int block(int[] rows) {
        int[] scaleAt = scaleGrid.at(rows);
        int[] zeroAt = zeroGrid.at(rows);
        int block = 0;
        for (int r = 1; r < rows.length; r++) {
            if (scaleAt[r] != scaleAt[r - 1] || zeroAt[r] != zeroAt[r - 1]) {
                block = divisor(block, r);
            }
        }
        return block == 0 ? Math.max(1, rows.length) : block;
    }

    private static int divisor(int a, int b) {
        return b == 0 ? a : divisor(b, a % b);
    }

    /** The scales of every {@code block}-th row, in the order of {@link CodeElements}. */
    float[] scales(int[] rows, int[] columns, int block, int width) {
        return panels(scales, scaleGrid.at(rows), scaleGrid.at(columns), block, width);
    }

    /** The zero points, likewise. */
    float[] zeros(int[] rows, int[] columns, int block, int width) {
        return panels(zeros, zeroGrid.at(rows), zeroGrid.at(columns), block, width);
    }

    /** What a column holds that pads a panel does not matter: it is that of the last one. */
    private static float[] panels(float[] numbers, int[] rows, int[] columns, int block, int width) {
        int panels = Math.ceilDiv(columns.length, width);
        float[] all = new float[Sizes.index((long) panels * Math.ceilDiv(rows.length, block) * width)];
        int out = 0;
        for (int first = 0; first < columns.length; first += width) {
            for (int r = 0; r < rows.length; r += block) {
                for (int j = 0; j < width; j++) {
                    all[out++] = numbers[rows[r] + columns[Math.min(first + j, columns.length - 1)]];
                }
            }
        }
        return all;
    }
}
