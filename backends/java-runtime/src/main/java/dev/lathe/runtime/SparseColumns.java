package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.runtime.machine.MachineSparse;
import java.util.Arrays;

/**
 * Of each column the elements that are not zero, with their rows, for a {@link ColumnKernel}. The rows are cut into
 * blocks and the columns into chunks, so that the rows of the left operand that a block needs stay in a level-1 cache,
 * and the sums of a chunk near it. In each block of a chunk, {@link #GROUP} columns are added up side by side: columns
 * of about as many elements, the shorter ones filled up with zeros.
 */
final class SparseColumns implements SparseForm {
    /** Columns that are added up side by side. */
    static final int GROUP = MachineSparse.GROUP;
    /** Bytes of a block of the left operand. */
    private static final int BLOCK_BYTES = 32 << 10;
    /** Bytes of the sums of a chunk at most. */
    private static final int CHUNK_BYTES = 24 << 10;
    /** Columns of a chunk are a multiple of this. */
    private static final int STEP = 16;

    final ColumnKernel kernel;
    /** Rows of the matrix. */
    final int depth;

    final int columns;
    /** Rows of a block. */
    final int block;
    /** Columns of a chunk. */
    final int chunk;
    /** Groups in a block of a chunk. */
    final int groups;
    /** The columns of each group, from the first of their chunk on. */
    final char[] order;
    /** Where the elements of each group end; the groups of all blocks of the first chunk come first. */
    final int[] ends;
    /** Elements, one of each column of a group in turn. */
    final float[] values;
    /** The rows of the elements, from the block's first on. */
    final char[] places;

    /** The elements of a matrix that are not zero. */
    SparseColumns(PackedMatrix matrix, ColumnKernel kernel) {
        this.kernel = kernel;
        depth = matrix.rows();
        columns = matrix.columns;
        block = Math.ceilDiv(depth, blocks(depth, kernel));
        int most = CHUNK_BYTES / 4 / kernel.rows();
        int evenly = Math.ceilDiv(columns, Math.max(1, Math.ceilDiv(columns, most)));
        chunk = Math.ceilDiv(Math.max(1, evenly), STEP) * STEP;
        groups = chunk / GROUP;
        int parts = chunks() * blocks();
        order = new char[Sizes.index((long) parts * chunk)];
        ends = new int[parts * groups];
        float[] packed = rowMajor(matrix);
        long size = 0;
        for (int part = 0; part < parts; part++) {
            size = sort(packed, part, size);
        }
        values = new float[Sizes.index(size)];
        places = new char[values.length];
        for (int part = 0; part < parts; part++) {
            fill(packed, part);
        }
    }

    /** The blocks of so many rows. */
    static int blocks(int depth, ColumnKernel kernel) {
        int most = BLOCK_BYTES / 4 / kernel.rows();
        return Math.max(1, Math.ceilDiv(depth, most));
    }

    int blocks() {
        return blocks(depth, kernel);
    }

    int chunks() {
        return Math.ceilDiv(columns, chunk);
    }

    private static float[] rowMajor(PackedMatrix matrix) {
        float[] all = new float[Sizes.index((long) matrix.rows() * matrix.columns)];
        float[] room = new float[matrix.isWidened() ? matrix.rows() * matrix.width : 0];
        for (int column = 0; column < matrix.columns; column += matrix.width) {
            float[] panel = matrix.panel(column, room);
            int n = Math.min(matrix.width, matrix.columns - column);
            for (int row = 0, from = matrix.panelAt(column); row < matrix.rows(); row++, from += matrix.width) {
                System.arraycopy(panel, from, all, row * matrix.columns + column, n);
            }
        }
        return all;
    }

    /** Orders the columns of a block by how many elements they have, and finds where the groups end. */
    private long sort(float[] matrix, int part, long size) {
        int first = part / blocks() * chunk;
        int from = part % blocks() * block;
        int to = Math.min(depth, from + block);
        long[] counted = new long[chunk];
        for (int j = 0; j < chunk; j++) {
            counted[j] = j;
        }
        int n = Math.min(chunk, columns - first);
        for (int row = from; row < to; row++) {
            for (int j = 0, at = row * columns + first; j < n; j++) {
                counted[j] += matrix[at + j] == 0 ? 0 : 1L << Integer.SIZE;
            }
        }
        Arrays.sort(counted);
        for (int j = 0; j < chunk; j++) {
            order[part * chunk + j] = (char) counted[j];
        }
        for (int g = 0; g < groups; g++) {
            size += GROUP * (counted[g * GROUP + GROUP - 1] >>> Integer.SIZE);
            ends[part * groups + g] = Sizes.index(size);
        }
        return size;
    }

    private void fill(float[] matrix, int part) {
        int first = part / blocks() * chunk;
        int from = part % blocks() * block;
        int to = Math.min(depth, from + block);
        int[] next = new int[chunk];
        for (int j = 0; j < chunk; j++) {
            next[order[part * chunk + j]] = start(part * groups + j / GROUP) + j % GROUP;
        }
        int n = Math.min(chunk, columns - first);
        for (int row = from; row < to; row++) {
            for (int j = 0, at = row * columns + first; j < n; j++) {
                float x = matrix[at + j];
                if (x != 0) {
                    values[next[j]] = x;
                    places[next[j]] = (char) (row - from);
                    next[j] += GROUP;
                }
            }
        }
    }

    /** Where the elements of a group start. */
    int start(int group) {
        return group == 0 ? 0 : ends[group - 1];
    }

    @Override
    public void into(float[] matrix, int newColumns) {
        for (int j = 0; j < order.length; j++) {
            int part = j / chunk;
            int column = part / blocks() * chunk + order[j];
            int row = part % blocks() * block;
            int group = j / GROUP;
            for (int i = start(group) + j % GROUP; i < ends[group]; i += GROUP) {
                if (values[i] != 0) {
                    matrix[(row + places[i]) * newColumns + column] = values[i];
                }
            }
        }
    }
}
