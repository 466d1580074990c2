package dev.lathe.runtime;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.TreeAggregation;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/** Lets trees vote on rows: block by block, each tree on all rows of a block, so that it stays in the cache. */
public final class TreeRows implements WorkerPool.Body {
    private static final int BLOCK = 64;

    private final DecisionTrees trees;
    private final NumberElements elements;
    private int rows;
    private int columns;
    private int workers = 1;
    private Scratch[] scratch = {};
    private Object x = new byte[0];
    private int xAt;
    private Object y = new byte[0];
    private int yAt;

    private static final class Scratch {
        final double[] rows;
        final double[] sums;
        final boolean[] voted;
        final int[] leaves = new int[BLOCK];

        Scratch(int columns, int targets) {
            rows = new double[Sizes.index((long) BLOCK * columns)];
            sums = new double[Sizes.index((long) BLOCK * targets)];
            voted = new boolean[sums.length];
        }
    }

    public TreeRows(DecisionTrees trees, ElementType type) {
        this.trees = trees;
        this.elements = new NumberElements(type);
    }

    public void prepare(int newRows, int newColumns, int newWorkers) {
        rows = newRows;
        columns = newColumns;
        workers = newWorkers;
        Sizes.index((long) rows * trees.targets);
        scratch = new Scratch[workers];
        Arrays.setAll(scratch, _ -> new Scratch(columns, trees.targets));
    }

    /**
     * Both are arrays of the element type.
     *
     * @throws InvalidOpException if the trees point to what is not there, or go round in circles
     */
    public void run(Object newX, int newXAt, Object newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        if (rows > 0) {
            trees.check(columns);
        }
        WorkerPool.shared().run(Math.ceilDiv(rows, BLOCK), workers, this);
    }

    @Override
    public void run(int task, int worker) {
        Scratch s = scratch[worker];
        int targets = trees.targets;
        int first = task * BLOCK;
        int n = Math.min(BLOCK, rows - first);
        elements.load(x, xAt + first * columns, 1, n * columns, s.rows);
        Arrays.fill(s.sums, 0, n * targets, 0);
        Arrays.fill(s.voted, 0, n * targets, false);
        for (int root : trees.roots) {
            walk(root, n, s);
            vote(n, s);
        }
        if (trees.aggregation == TreeAggregation.AVERAGE) {
            for (int i = 0; i < n * targets; i++) {
                s.sums[i] /= trees.roots.length;
            }
        }
        elements.store(s.sums, n * targets, y, yAt + first * targets, 1);
    }

    /** Finds the leaf of each row. */
    private void walk(int root, int n, Scratch s) {
        int row = 0;
        if (trees.isPlain) {
            for (; row + 4 <= n; row += 4) {
                walkFour(root, row, s);
            }
        }
        for (; row < n; row++) {
            s.leaves[row] = leaf(root, row, s);
        }
    }

    /** Four rows at once, so that none waits for memory alone. */
    private void walkFour(int root, int row, Scratch s) {
        int[] features = trees.features;
        int[] next = trees.next;
        double[] splits = trees.splits;
        double[] v = s.rows;
        int p = row * columns;
        int q = p + columns;
        int r = q + columns;
        int t = r + columns;
        int a = root;
        int b = root;
        int c = root;
        int d = root;
        for (int steps = 0; (a | b | c | d) >= 0 && steps < features.length; steps++) {
            a = next[2 * a + (v[p + features[a]] <= splits[a] ? 1 : 0)];
            b = next[2 * b + (v[q + features[b]] <= splits[b] ? 1 : 0)];
            c = next[2 * c + (v[r + features[c]] <= splits[c] ? 1 : 0)];
            d = next[2 * d + (v[t + features[d]] <= splits[d] ? 1 : 0)];
        }
        s.leaves[row] = leaf(a, row, s);
        s.leaves[row + 1] = leaf(b, row + 1, s);
        s.leaves[row + 2] = leaf(c, row + 2, s);
        s.leaves[row + 3] = leaf(d, row + 3, s);
    }

    private int leaf(int from, int row, Scratch s) {
        int node = from;
        for (int steps = 0; node >= 0; steps++) {
            if (steps > trees.features.length) {
                throw new InvalidOpException("a tree goes round in circles");
            }
            node = trees.next[2 * node + (trees.holds(node, s.rows[row * columns + trees.features[node]]) ? 1 : 0)];
        }
        return -1 - node;
    }

    private void vote(int n, Scratch s) {
        int targets = trees.targets;
        boolean adds = trees.aggregation == TreeAggregation.SUM || trees.aggregation == TreeAggregation.AVERAGE;
        for (int row = 0; row < n; row++) {
            int leaf = s.leaves[row];
            int end = trees.leafStarts[leaf + 1];
            for (int k = trees.leafStarts[leaf]; k < end; k++) {
                int at = row * targets + trees.voteTargets[k];
                double weight = trees.voteWeights[k];
                if (!s.voted[at]) {
                    s.sums[at] = weight;
                    s.voted[at] = true;
                } else if (adds) {
                    s.sums[at] += weight;
                } else if (trees.aggregation == TreeAggregation.MIN) {
                    s.sums[at] = Math.min(s.sums[at], weight);
                } else {
                    s.sums[at] = Math.max(s.sums[at], weight);
                }
            }
        }
    }
}
