package dev.lathe.runtime;

import dev.lathe.ir.op.NgramCounts;
import dev.lathe.ir.op.NgramWeighting;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * N-grams that are known when the model is loaded, as a tree: a node for each beginning of an n-gram, found by the node
 * before and the last element.
 */
public final class NgramTable {
    /** The different elements of n-grams; those with the same number are equal. */
    private final KeyTable elements;

    private final int unknown;
    /** The node of each element by itself, 0 if no n-gram begins so; the last is that of all others. */
    private final int[] first;
    /** As {@link #first}, but 0 if nothing follows. */
    private final int[] followed;
    /** The nodes from 1 on by {@link #key}. */
    private final KeyTable nodes;

    private final int none;
    /** The n-gram that each node is; -1 if it only begins one. */
    private final int[] grams;

    private final int lengths;
    private final int count;
    private final boolean lies;

    /**
     * @param pool all 1-grams, then all 2-grams, and so on
     * @param starts where those of each length begin
     */
    public NgramTable(Tensor pool, Tensor starts) {
        elements = new KeyTable(pool);
        unknown = Sizes.index(pool.size());
        lengths = Sizes.index(starts.size());
        grams = new int[unknown + 1];
        Arrays.fill(grams, -1);
        Map<Long, Integer> all = new LinkedHashMap<>();
        int gram = 0;
        boolean inside = true;
        for (int n = 1; n <= lengths && inside; n++) {
            long start = starts.getLong(n - 1);
            long end = n < lengths ? starts.getLong(n) : unknown;
            inside = start >= 0 && start <= end && end <= unknown;
            for (long at = start; inside && at + n <= end; at += n) {
                int node = 0;
                for (int k = 0; k < n; k++) {
                    node = all.computeIfAbsent(key(node, element(pool, at + k)), _ -> all.size() + 1);
                }
                grams[node] = gram++;
            }
        }
        count = gram;
        lies = inside;
        none = all.size();
        nodes = new KeyTable(
                Tensor.vector(all.keySet().stream().mapToLong(Long::longValue).toArray()));
        first = new int[unknown + 1];
        followed = new int[unknown + 1];
        boolean[] isFollowed = new boolean[none + 1];
        all.keySet().forEach(key -> isFollowed[(int) (key / (unknown + 1L))] = true);
        for (int i = 0; i < unknown; i++) {
            first[i] = next(0, i);
            followed[i] = isFollowed[first[i]] ? first[i] : 0;
        }
    }

    private int element(Tensor t, long i) {
        return t.element().isString() ? elements.of(t.getString(i)) : elements.of(t.getLong(i));
    }

    /** The elements of a row of {@code t}, from {@code at} on. */
    private void elements(Tensor t, int at, int[] row) {
        if (t.array() instanceof long[] a) {
            for (int i = 0; i < row.length; i++) {
                row[i] = elements.of(a[at + i]);
            }
            return;
        }
        for (int i = 0; i < row.length; i++) {
            row[i] = element(t, at + i);
        }
    }

    private long key(int node, int element) {
        return (long) node * (unknown + 1L) + element;
    }

    /** The node behind another one; 0 if there is none. */
    private int next(int node, int element) {
        int found = nodes.of(key(node, element));
        return found == none ? 0 : found + 1;
    }

    /** Whether all n-grams lie in the pool, and as many numbers are given for them. */
    boolean suits(long indexes, long weights) {
        return lies && count <= indexes && count <= weights;
    }

    /**
     * Counts the n-grams of each row, in the order of the reference.
     *
     * @param indexes where each is counted
     * @param weights none for ones
     * @param y {@code [N, size]}, zeros
     */
    void count(NgramCounts op, Tensor x, Tensor indexes, float[] weights, float[] y) {
        int length = Sizes.index(x.dim(x.rank() - 1));
        int rows = x.rank() == 1 ? 1 : Sizes.index(x.dim(0));
        int size = Sizes.index(op.size());
        int[] places = new int[count];
        for (int i = 0; i < count; i++) {
            places[i] = Sizes.index(indexes.getLong(i));
        }
        int[] row = new int[length];
        for (int r = 0; r < rows; r++) {
            elements(x, r * length, row);
            for (int n = (int) Math.min(op.minLength(), lengths + 1L); n <= Math.min(op.maxLength(), lengths); n++) {
                long skips = n == 1 ? 0 : Math.min(op.maxSkip(), length); // mean nothing to a single element
                for (int skip = 0; skip <= skips; skip++) {
                    count(op, row, n, skip + 1, places, weights, y, r * size);
                }
            }
        }
    }

    private void count(NgramCounts op, int[] row, int n, int step, int[] places, float[] weights, float[] y, int to) {
        int[] begins = n == 1 ? first : followed;
        long end = row.length - (n - 1L) * step;
        for (int at = 0; at < end; at++) {
            int node = begins[row[at]];
            for (int k = 1, i = at + step; k < n && node != 0; k++, i += step) {
                node = next(node, row[i]);
            }
            int gram = grams[node];
            if (gram >= 0) {
                add(op.weighting(), y, to + places[gram], weights.length == 0 ? 1 : weights[gram]);
            }
        }
    }

    private static void add(NgramWeighting weighting, float[] y, int at, float weight) {
        if (weighting == NgramWeighting.TF) {
            y[at]++;
        } else if (weighting == NgramWeighting.TFIDF) {
            y[at] += weight;
        } else {
            y[at] = weight;
        }
    }
}
