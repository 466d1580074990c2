package dev.lathe.runtime;

import dev.lathe.ir.op.InvalidOpException;

/** Slices of {@code [outer, count, inner]} at integer indices: embeddings. */
public final class GatherSlices {
    private int outer;
    private int count;
    private int inner;
    private int indices;
    private long[] wide = {};

    public void prepare(int newOuter, int newCount, int newInner, int newIndices) {
        outer = newOuter;
        count = newCount;
        inner = newInner;
        indices = newIndices;
    }

    /** As the other, with 32-bit indices. */
    public void run(Object source, int sourceAt, int[] index, int indexAt, Object target, int targetAt) {
        if (wide.length < indices) {
            wide = new long[indices];
        }
        for (int i = 0; i < indices; i++) {
            wide[i] = index[indexAt + i];
        }
        run(source, sourceAt, wide, 0, target, targetAt);
    }

    /**
     * Both {@code source} and {@code target} are arrays of one type.
     *
     * @throws InvalidOpException if an index is not in {@code [-count, count)}
     */
    public void run(Object source, int sourceAt, long[] index, int indexAt, Object target, int targetAt) {
        for (int o = 0, to = targetAt; o < outer; o++) {
            for (int i = 0; i < indices; i++, to += inner) {
                long at = index[indexAt + i];
                if (at < -count || at >= count) {
                    throw new InvalidOpException("index " + at + " is outside of an axis of " + count + " elements");
                }
                int slice = (int) (at < 0 ? at + count : at);
                System.arraycopy(source, sourceAt + (o * count + slice) * inner, target, to, inner);
            }
        }
    }
}
