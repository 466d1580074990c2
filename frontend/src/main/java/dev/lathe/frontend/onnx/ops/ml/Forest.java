package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.TreeAggregation;
import dev.lathe.ir.op.TreeEnsemble;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The trees of a node while they are read, in the form of {@link TreeEnsemble}. */
final class Forest {
    private record Vote(long target, double weight) {}

    final long[] features;
    final long[] modes;
    final double[] splits;
    final long[] trueNext;
    final long[] falseNext;
    final long[] nanIsTrue;
    final long[] memberStarts;
    final List<Double> members = new ArrayList<>();
    final List<Long> roots = new ArrayList<>();

    private final int targets;
    private final TreeMap<Integer, List<Vote>> votes = new TreeMap<>();
    private int leaves;

    Forest(int nodes, int targets) {
        if (targets <= 0) {
            throw new InvalidOpException(targets + " targets");
        }
        this.features = new long[nodes];
        this.modes = new long[nodes];
        this.splits = new double[nodes];
        this.trueNext = new long[nodes];
        this.falseNext = new long[nodes];
        this.nanIsTrue = new long[nodes];
        this.memberStarts = new long[nodes + 1];
        this.targets = targets;
    }

    static void sameLength(int first, int... others) {
        for (int other : others) {
            if (other != first) {
                throw new InvalidOpException("its lists have " + first + " and " + other + " entries");
            }
        }
    }

    void vote(int leaf, long target, double weight) {
        if (target < 0 || target >= targets) {
            throw new InvalidOpException("a leaf votes for target " + target + " of " + targets);
        }
        votes.computeIfAbsent(leaf, _ -> new ArrayList<>()).add(new Vote(target, weight));
    }

    void leaves(int count) {
        this.leaves = count;
    }

    Set<Long> votedTargets() {
        Set<Long> all = new TreeSet<>();
        votes.values().forEach(leaf -> leaf.forEach(v -> all.add(v.target)));
        return all;
    }

    boolean weightsArePositive() {
        return votes.values().stream().allMatch(leaf -> leaf.stream().allMatch(v -> v.weight >= 0));
    }

    private void check(long next) {
        if (next >= features.length || next < -leaves) {
            throw new InvalidOpException(
                    next < 0 ? "a node leads to leaf " + (-1 - next) : "a node leads to node " + next);
        }
    }

    private static Value vector(Builder b, long[] values) {
        return b.constant(Tensor.of(values, values.length));
    }

    private static Value vector(Builder b, double[] values, ElementType element) {
        Tensor t = Tensor.zeros(element, values.length);
        for (int i = 0; i < values.length; i++) {
            t.setDouble(i, values[i]);
        }
        return b.constant(t);
    }

    private static long[] array(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    /** What the trees make of the rows of {@code x}, in its element type. */
    Value add(Builder b, Value x, TreeAggregation aggregation) {
        for (int i = 0; i < features.length; i++) {
            check(trueNext[i]);
            check(falseNext[i]);
        }
        roots.forEach(this::check);
        long[] leafStarts = new long[leaves + 1];
        List<Long> voteTargets = new ArrayList<>();
        List<Double> weights = new ArrayList<>();
        for (int leaf = 0; leaf < leaves; leaf++) {
            for (Vote v : votes.getOrDefault(leaf, List.of())) {
                voteTargets.add(v.target);
                weights.add(v.weight);
            }
            leafStarts[leaf + 1] = weights.size();
        }
        ElementType element = x.tensorType().element();
        return b.add(new TreeEnsemble(
                x,
                vector(b, features),
                vector(b, modes),
                vector(b, splits, element),
                vector(b, trueNext),
                vector(b, falseNext),
                vector(b, nanIsTrue),
                vector(b, memberStarts),
                vector(b, members.stream().mapToDouble(Double::doubleValue).toArray(), element),
                vector(b, array(roots)),
                vector(b, leafStarts),
                vector(b, array(voteTargets)),
                vector(b, weights.stream().mapToDouble(Double::doubleValue).toArray(), element),
                aggregation,
                targets));
    }
}
