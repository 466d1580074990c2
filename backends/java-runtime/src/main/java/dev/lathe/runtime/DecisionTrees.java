package dev.lathe.runtime;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.TreeAggregation;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import java.util.Arrays;

/** The trees of a {@link dev.lathe.ir.op.TreeEnsemble}, as arrays that are walked through. */
public final class DecisionTrees {
    private static final int LESS_OR_EQUAL = 0;

    final TreeAggregation aggregation;
    final int targets;
    final int[] features;
    /** Where a node goes on if it does not hold, and if it does; {@code -1 - leaf} is a leaf. */
    final int[] next;

    final double[] splits;
    /** Whether all nodes ask for {@code <=} and none takes NaN for that. */
    final boolean isPlain;

    private final int[] modes;
    private final boolean[] nanHolds;
    private final int[] memberStarts;
    private final double[] members;
    final int[] roots;
    final int[] leafStarts;
    final int[] voteTargets;
    final double[] voteWeights;
    private final int leastFeatures;
    private boolean fits = true;

    /** @param lists the operands of the op behind {@code x}, in order */
    public DecisionTrees(TreeAggregation aggregation, long targets, Tensor... lists) {
        this.aggregation = aggregation;
        this.targets = Sizes.index(targets);
        features = ints(lists[0]);
        modes = ints(lists[1]);
        splits = doubles(lists[2]);
        int[] yes = ints(lists[3]);
        int[] no = ints(lists[4]);
        int[] nan = ints(lists[5]);
        memberStarts = ints(lists[6]);
        members = doubles(lists[7]);
        roots = ints(lists[8]);
        leafStarts = ints(lists[9]);
        voteTargets = ints(lists[10]);
        voteWeights = doubles(lists[11]);
        next = new int[2 * features.length];
        nanHolds = new boolean[features.length];
        boolean plain = true;
        int least = 0;
        for (int i = 0; i < features.length; i++) {
            next[2 * i] = no[i];
            next[2 * i + 1] = yes[i];
            nanHolds[i] = nan[i] != 0;
            plain &= modes[i] == LESS_OR_EQUAL && !nanHolds[i];
            least = Math.max(least, features[i] + 1);
        }
        isPlain = plain;
        leastFeatures = least;
        look();
    }

    /** Looks once at what the lists say, so that walking through them needs no look. */
    private void look() {
        for (int i = 0; i < features.length; i++) {
            fits &= features[i] >= 0 && modes[i] >= 0 && modes[i] <= 6;
            fits &= memberStarts[i] >= 0
                    && memberStarts[i] <= memberStarts[i + 1]
                    && memberStarts[i + 1] <= members.length;
        }
        for (int node : next) {
            fits &= node < features.length && -1 - node < leafStarts.length - 1;
        }
        for (int root : roots) {
            fits &= root < features.length && -1 - root < leafStarts.length - 1;
        }
        for (int i = 0; i + 1 < leafStarts.length; i++) {
            fits &= leafStarts[i] >= 0 && leafStarts[i] <= leafStarts[i + 1] && leafStarts[i + 1] <= voteTargets.length;
        }
        for (int target : voteTargets) {
            fits &= target >= 0 && target < targets;
        }
    }

    /**
     * Checks that there is something behind all that the lists point to, and as many features as the trees ask for.
     *
     * @throws InvalidOpException if not
     */
    void check(int columns) {
        if (!fits) {
            throw new InvalidOpException("the lists of the trees point past their ends");
        }
        if (columns < leastFeatures) {
            throw new InvalidOpException("a tree asks for feature " + (leastFeatures - 1) + " of " + columns);
        }
    }

    private int[] ints(Tensor t) {
        return Arrays.stream(t.toLongArray())
                .mapToInt(v -> {
                    fits &= v == (int) v;
                    return (int) v;
                })
                .toArray();
    }

    private static double[] doubles(Tensor t) {
        double[] all = new double[Sizes.index(t.size())];
        Arrays.setAll(all, t::getDouble);
        return all;
    }

    /** Whether a node holds. */
    boolean holds(int node, double value) {
        if (Double.isNaN(value)) {
            return nanHolds[node];
        }
        double split = splits[node];
        return switch (modes[node]) {
            case LESS_OR_EQUAL -> value <= split;
            case 1 -> value < split;
            case 2 -> value >= split;
            case 3 -> value > split;
            case 4 -> value == split;
            case 5 -> value != split;
            default -> isMember(node, value);
        };
    }

    private boolean isMember(int node, double value) {
        for (int k = memberStarts[node]; k < memberStarts[node + 1]; k++) {
            if (members[k] == value) {
                return true;
            }
        }
        return false;
    }
}
