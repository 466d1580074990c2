package dev.lathe.runtime;

import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/**
 * Slices whose first coordinates a tuple of indices names, to copy them or to join others with them. Each of a batch
 * has elements and tuples of its own.
 */
public final class SlicesAtPlaces {
    private final JoinedElements joined;
    private final int[] places = new int[Places.BLOCK];
    private int batch;
    private int tuples;
    private int slice;
    private int elements;
    private int[] dims = {};
    private int[] strides = {};

    /** @param reduction how slices are joined; copies do not ask */
    public SlicesAtPlaces(ElementType type, ScatterReduction reduction) {
        joined = new JoinedElements(reduction, type);
    }

    /**
     * @param newTuples how many there are for each of the batch
     * @param newDims the dimensions that a tuple has indices for
     * @param newSlice the elements of a slice
     */
    public void prepare(int newBatch, int newTuples, int[] newDims, int newSlice) {
        batch = newBatch;
        tuples = newTuples;
        dims = newDims;
        slice = newSlice;
        strides = new int[dims.length];
        elements = slice;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = elements;
            elements = Sizes.index((long) elements * dims[i]);
        }
    }

    /** Copies slices from {@code x} to {@code y}, arrays of the element type. */
    public void gather(Object x, int xAt, Object indices, int indicesAt, Object y, int yAt) {
        each(x, xAt, indices, indicesAt, y, yAt, true);
    }

    /** Joins {@code updates} with slices of {@code y}, arrays of the element type, in order. */
    public void scatter(Object indices, int indicesAt, Object updates, int updatesAt, Object y, int yAt) {
        each(y, yAt, indices, indicesAt, updates, updatesAt, false);
    }

    private void each(Object x, int xAt, Object indices, int indicesAt, Object y, int yAt, boolean gather) {
        int all = batch * tuples;
        for (int b = 0; b < batch; b++) {
            int from = xAt + b * elements;
            for (int first = b * tuples; first < (b + 1) * tuples; first += Places.BLOCK) {
                int n = Math.min(Places.BLOCK, Math.min(all, (b + 1) * tuples) - first);
                Arrays.fill(places, 0, n, 0);
                for (int i = 0; i < dims.length; i++) {
                    int at = indicesAt + first * dims.length + i;
                    Places.add(indices, at, dims.length, n, dims[i], strides[i], places);
                }
                int to = yAt + first * slice;
                if (slice != 1) {
                    slices(x, from, n, y, to, gather);
                } else if (gather) {
                    Places.gather(x, from, places, n, y, to);
                } else {
                    joined.join(y, to, places, n, x, from);
                }
            }
        }
    }

    private void slices(Object x, int from, int n, Object y, int to, boolean gather) {
        for (int i = 0; i < n; i++) {
            if (gather) {
                System.arraycopy(x, from + places[i], y, to + i * slice, slice);
            } else {
                joined.join(y, to + i * slice, slice, x, from + places[i]);
            }
        }
    }
}
