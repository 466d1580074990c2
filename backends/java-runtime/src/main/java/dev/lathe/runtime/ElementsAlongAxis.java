package dev.lathe.runtime;

import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/**
 * The elements whose coordinate along one axis is an index and whose others are those of the index, to copy them or to
 * join others with them.
 */
public final class ElementsAlongAxis {
    private final JoinedElements joined;
    private final int[] places = new int[Places.BLOCK];
    private int axis;
    /** Of the indices, without the last axis. */
    private int[] dims = {};
    /** Of the elements, in elements. */
    private int[] strides = {};
    /** The first of each row of indices. */
    private int[] at = {};

    private int columns;
    private int rows;
    private int count;

    /** @param reduction how elements are joined; copies do not ask */
    public ElementsAlongAxis(ElementType type, ScatterReduction reduction) {
        joined = new JoinedElements(reduction, type);
    }

    /** Sets the dimensions of the elements and of the indices. */
    public void prepare(int[] elements, int[] indices, int newAxis) {
        int rank = elements.length;
        axis = newAxis;
        count = elements[axis];
        strides = new int[rank];
        int stride = 1;
        for (int i = rank - 1; i >= 0; i--) {
            strides[i] = stride;
            stride = Sizes.index((long) stride * elements[i]);
        }
        columns = indices[rank - 1];
        dims = Arrays.copyOf(indices, rank - 1);
        at = new int[rank - 1];
        rows = columns == 0 ? 0 : 1;
        for (int d : dims) {
            rows = Sizes.index((long) rows * d);
        }
    }

    /** Copies from {@code x} to {@code y}, arrays of the element type. */
    public void gather(Object x, int xAt, Object indices, int indicesAt, Object y, int yAt) {
        each(x, xAt, indices, indicesAt, y, yAt, true);
    }

    /** Joins {@code updates} with elements of {@code y}, arrays of the element type, in order. */
    public void scatter(Object indices, int indicesAt, Object updates, int updatesAt, Object y, int yAt) {
        each(y, yAt, indices, indicesAt, updates, updatesAt, false);
    }

    /** Goes over the indices; {@code x} are the elements, {@code y} what is beside each index. */
    private void each(Object x, int xAt, Object indices, int indicesAt, Object y, int yAt, boolean gather) {
        Arrays.fill(at, 0);
        boolean last = axis == dims.length;
        for (int row = 0; row < rows; row++) {
            int from = xAt;
            for (int i = 0; i < at.length; i++) {
                from += i == axis ? 0 : at[i] * strides[i];
            }
            for (int column = 0; column < columns; column += Places.BLOCK) {
                int n = Math.min(Places.BLOCK, columns - column);
                for (int i = 0; i < n; i++) {
                    places[i] = last ? 0 : column + i;
                }
                int here = row * columns + column;
                Places.add(indices, indicesAt + here, 1, n, count, strides[axis], places);
                if (gather) {
                    Places.gather(x, from, places, n, y, yAt + here);
                } else {
                    joined.join(y, yAt + here, places, n, x, from);
                }
            }
            next();
        }
    }

    private void next() {
        for (int i = at.length - 1; i >= 0 && ++at[i] == dims[i]; i--) {
            at[i] = 0;
        }
    }
}
