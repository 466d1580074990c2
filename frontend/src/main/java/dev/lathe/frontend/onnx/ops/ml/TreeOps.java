package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.TreeAggregation;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/** Tree ensembles of {@code ai.onnx.ml}, in the old form, which names nodes by tree and number, and in the new one. */
public final class TreeOps {
    private static final List<String> MODES =
            List.of("BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ");

    private TreeOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.ML + "TreeEnsembleRegressor").since(1, TreeOps::regress);
        t.on(Domains.ML + "TreeEnsembleClassifier").sinceAll(1, TreeOps::classify);
        t.on(Domains.ML + "TreeEnsemble").since(5, TreeOps::ensemble);
    }

    private static long[] longs(OnnxNode n, String name) {
        return n.ints(name).orElse(List.of()).stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    /** Floats, given as a list or as a tensor of another type. */
    private static double[] numbers(OnnxNode n, String name) {
        Optional<Tensor> tensor = n.tensor(name + "_as_tensor").or(() -> n.tensor(name));
        return tensor.map(TreeOps::doubles)
                .orElseGet(() -> n.floats(name).orElse(List.of()).stream()
                        .mapToDouble(Float::doubleValue)
                        .toArray());
    }

    private static double[] doubles(Tensor t) {
        return LongStream.range(0, t.size()).mapToDouble(t::getDouble).toArray();
    }

    /** The ensemble of the old form, whose votes are in attributes that begin with {@code stem}. */
    private static Forest named(OnnxNode n, String stem, int targets) {
        long[] ids = longs(n, "nodes_nodeids");
        List<String> modes = n.strings("nodes_modes");
        Forest f = new Forest(ids.length, targets);
        NamedNodes names = new NamedNodes(longs(n, "nodes_treeids"), ids);
        long[] features = longs(n, "nodes_featureids");
        double[] splits = numbers(n, "nodes_values");
        long[] yes = longs(n, "nodes_truenodeids");
        long[] no = longs(n, "nodes_falsenodeids");
        long[] missing = longs(n, "nodes_missing_value_tracks_true");
        Forest.sameLength(ids.length, modes.size(), features.length, splits.length, yes.length, no.length);
        int[] leaf = new int[ids.length];
        int leaves = 0;
        Set<Integer> children = new HashSet<>();
        for (int i = 0; i < ids.length; i++) {
            leaf[i] = modes.get(i).equals("LEAF") ? leaves++ : -1;
        }
        for (int i = 0; i < ids.length; i++) {
            f.features[i] = features[i];
            f.splits[i] = splits[i];
            f.nanIsTrue[i] = i < missing.length ? missing[i] : 0;
            if (leaf[i] < 0) {
                f.modes[i] = MODES.indexOf(modes.get(i));
                if (f.modes[i] < 0) {
                    throw new InvalidOpException("a node has the unknown mode " + modes.get(i));
                }
                int a = names.find(i, yes[i]);
                int b = names.find(i, no[i]);
                children.add(a);
                children.add(b);
                f.trueNext[i] = leaf[a] < 0 ? a : -1 - leaf[a];
                f.falseNext[i] = leaf[b] < 0 ? b : -1 - leaf[b];
            } else {
                // Leaves are not visited as nodes.
                f.trueNext[i] = -1L - leaf[i];
                f.falseNext[i] = -1L - leaf[i];
                f.features[i] = 0;
            }
        }
        for (int root : names.roots(children)) {
            f.roots.add(leaf[root] < 0 ? (long) root : -1L - leaf[root]);
        }
        long[] voteTrees = longs(n, stem + "_treeids");
        long[] voteNodes = longs(n, stem + "_nodeids");
        long[] voteTargets = longs(n, stem + "_ids");
        double[] weights = numbers(n, stem + "_weights");
        Forest.sameLength(voteTrees.length, voteNodes.length, voteTargets.length, weights.length);
        for (int k = 0; k < weights.length; k++) {
            int at = names.find(voteTrees[k], voteNodes[k]);
            if (leaf[at] >= 0) {
                f.vote(leaf[at], voteTargets[k], weights[k]);
            }
        }
        f.leaves(leaves);
        return f;
    }

    /** {@code scores} with the base values of the targets. */
    private static Value withBase(Builder b, Value scores, double[] base) {
        if (base.length == 0) {
            return scores;
        }
        return b.add(
                scores,
                b.cast(
                        b.constant(Tensor.of(base, base.length)),
                        scores.tensorType().element()));
    }

    private static Value regress(OnnxNode n) {
        Builder b = n.b;
        int targets = Math.toIntExact(n.i("n_targets", 1));
        double[] base = numbers(n, "base_values");
        if (base.length != 0 && base.length != targets) {
            throw new InvalidOpException(base.length + " base values for " + targets + " targets");
        }
        Value x = TabularOps.floats(b, TabularOps.rows(n, 0));
        Forest forest = named(n, "target", targets);
        Value sums = forest.add(b, x, n.choice("aggregate_function", TreeAggregation.SUM));
        Value scores = PostTransform.of(n).apply(b, withBase(b, sums, base));
        return b.cast(scores, ElementType.F32);
    }

    private static List<Value> classify(OnnxNode n) {
        Builder b = n.b;
        ClassLabels labels = ClassLabels.of(n, "classlabels_int64s");
        double[] base = numbers(n, "base_values");
        PostTransform transform = PostTransform.of(n);
        Value x = TabularOps.floats(b, TabularOps.rows(n, 0));
        Forest forest = named(n, "class", labels.count());
        Value sums = forest.add(b, x, TreeAggregation.SUM);
        boolean single =
                labels.count() == 2 && base.length < 2 && forest.votedTargets().size() == 1;
        if (single && forest.votedTargets().contains(0L)) {
            // The score is that of the second class, though the votes are for the first.
            Value score = withBase(b, PostTransform.column(b, sums, 0), base);
            boolean probability = forest.weightsArePositive();
            return List.of(
                    labels.ofPair(score, probability ? 0.5 : 0),
                    b.cast(transform.applyToPair(b, score, probability), ElementType.F32));
        }
        if (single && base.length == 0) {
            Value label = labels.ofPair(PostTransform.column(b, sums, 1), forest.weightsArePositive() ? 0.5 : 0);
            return List.of(label, b.cast(transform.apply(b, sums), ElementType.F32));
        }
        if (base.length != 0 && base.length != labels.count()) {
            throw new InvalidOpException(base.length + " base values for " + labels.count() + " classes");
        }
        Value scores = withBase(b, sums, base);
        return List.of(labels.best(scores), b.cast(transform.apply(b, scores), ElementType.F32));
    }

    /** That of {@code all} whose number the attribute is. */
    private static <E> E numbered(OnnxNode n, String name, List<E> all, E otherwise) {
        long number = n.i(name, all.indexOf(otherwise));
        if (number < 0 || number >= all.size()) {
            throw new InvalidOpException("attribute \"" + name + "\" is " + number);
        }
        return all.get((int) number);
    }

    private static Value ensemble(OnnxNode n) {
        Builder b = n.b;
        double[] modes = numbers(n, "nodes_modes");
        Forest f = new Forest(modes.length, Math.toIntExact(n.i("n_targets", 1)));
        long[] features = longs(n, "nodes_featureids");
        double[] splits = numbers(n, "nodes_splits");
        long[] yes = longs(n, "nodes_truenodeids");
        long[] no = longs(n, "nodes_falsenodeids");
        long[] yesLeaf = longs(n, "nodes_trueleafs");
        long[] noLeaf = longs(n, "nodes_falseleafs");
        long[] missing = longs(n, "nodes_missing_value_tracks_true");
        Forest.sameLength(
                modes.length, features.length, splits.length, yes.length, no.length, yesLeaf.length, noLeaf.length);
        double[] members = numbers(n, "membership_values");
        int member = 0;
        for (int i = 0; i < modes.length; i++) {
            f.features[i] = features[i];
            f.modes[i] = (long) modes[i];
            f.splits[i] = splits[i];
            f.trueNext[i] = yesLeaf[i] != 0 ? -1 - yes[i] : yes[i];
            f.falseNext[i] = noLeaf[i] != 0 ? -1 - no[i] : no[i];
            f.nanIsTrue[i] = i < missing.length ? missing[i] : 0;
            f.memberStarts[i] = f.members.size();
            if (f.modes[i] == MODES.size()) {
                while (member < members.length && !Double.isNaN(members[member])) {
                    f.members.add(members[member++]);
                }
                member++;
            }
        }
        f.memberStarts[modes.length] = f.members.size();
        for (long root : longs(n, "tree_roots")) {
            f.roots.add(root);
        }
        long[] targets = longs(n, "leaf_targetids");
        double[] weights = numbers(n, "leaf_weights");
        Forest.sameLength(targets.length, weights.length);
        for (int k = 0; k < weights.length; k++) {
            f.vote(k, targets[k], weights[k]);
        }
        f.leaves(weights.length);
        Value x = TabularOps.floats(b, TabularOps.rows(n, 0));
        Value sums =
                f.add(b, x, numbered(n, "aggregate_function", List.of(TreeAggregation.values()), TreeAggregation.SUM));
        Value scores = numbered(n, "post_transform", List.of(PostTransform.values()), PostTransform.NONE)
                .apply(b, sums);
        return b.cast(scores, n.element(0));
    }
}
