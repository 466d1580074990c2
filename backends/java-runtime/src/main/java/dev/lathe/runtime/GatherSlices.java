package dev.lathe.runtime;

import dev.lathe.ir.op.InvalidOpException;
import java.util.Arrays;

/** Slices of {@code [outer, count, inner]} at integer indices: embeddings. */
public final class GatherSlices {
    private int outer;
    private int count;
    private int inner;
    private int indices;
    private int[] places = {};

    public void prepare(int newOuter, int newCount, int newInner, int newIndices) {
        outer = newOuter;
        count = newCount;
        inner = newInner;
        indices = newIndices;
    }

    /**
     * Both {@code source} and {@code target} are arrays of one type.
     *
     * @param index of 32 or 64 bits
     * @throws InvalidOpException if an index is not in {@code [-count, count)}
     */
    public void run(Object source, int sourceAt, Object index, int indexAt, Object target, int targetAt) {
        if (outer == 0) {
            return;
        }
        if (places.length < indices) {
            places = new int[indices];
        }
        Arrays.fill(places, 0, indices, 0);
        Places.add(index, indexAt, 1, indices, count, inner, places);
        for (int o = 0, to = targetAt; o < outer; o++) {
            int from = sourceAt + o * count * inner;
            if (inner == 1) {
                Places.gather(source, from, places, indices, target, to);
                to += indices;
                continue;
            }
            for (int i = 0; i < indices; i++, to += inner) {
                System.arraycopy(source, from + places[i], target, to, inner);
            }
        }
    }
}
