package dev.lathe.runtime;

import dev.lathe.ir.op.NgramCounts;
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
    /** The node of each element by itself, 0 if no n-gram begins so. */
    private final int[] first;
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
        for (int i = 0; i < unknown; i++) {
            first[i] = next(0, i);
        }
    }

    private int element(Tensor t, long i) {
        return t.element().isString() ? elements.of(t.getString(i)) : elements.of(t.getLong(i));
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
            for (int i = 0; i < length; i++) {
                row[i] = element(x, (long) r * length + i);
            }
            for (int n = (int) Math.min(op.minLength(), lengths + 1L); n <= Math.min(op.maxLength(), lengths); n++) {
                long skips = n == 1 ? 0 : Math.min(op.maxSkip(), length); // mean nothing to a single element
                for (int skip = 0; skip <= skips; skip++) {
                    count(op, row, n, skip + 1, places, weights, y, r * size);
                }
            }
        }
    }

    private void count(NgramCounts op, int[] row, int n, int step, int[] places, float[] weights, float[] y, int to) {
        long end = row.length - (n - 1L) * step;
        for (int at = 0; at < end; at++) {
            int node = first[row[at]];
            for (int k = 1, i = at + step; k < n && node != 0; k++, i += step) {
                node = next(node, row[i]);
            }
            int gram = node == 0 ? -1 : grams[node];
            if (gram >= 0) {
                int place = to + places[gram];
                float weight = weights.length == 0 ? 1 : weights[gram];
                switch (op.weighting()) {
                    case TF -> y[place]++;
                    case IDF -> y[place] = weight;
                    case TFIDF -> y[place] += weight;
                }
            }
        }
    }
}
