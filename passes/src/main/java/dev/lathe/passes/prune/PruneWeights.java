package dev.lathe.passes.prune;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.fold.FoldConstants;
import dev.lathe.passes.statistics.Gram;
import dev.lathe.passes.weights.ChangedWeight;
import dev.lathe.passes.weights.Glob;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes the least important weights of products and convolutions 0. The constants stay dense; weights that are 0 stay
 * so. Where weights are equally important, those with the least magnitude are pruned, then the first: the result
 * depends on the graph and the data only. Of each M weights along the summed axis a pattern N:M keeps at most N; a
 * block RxC has R rows along the summed axis and C columns of results.
 *
 * <p>Weights are seen as a matrix, what is summed up × the columns of results. For a filter what is summed up are
 * channels at a place, and columns are the channels of results. Weights in regions and those whose inputs have an open
 * number of channels are judged as if all inputs were equally large. Those for which no {@link Gram} is known are
 * judged by the mean squares of their inputs, and are not changed further.
 */
public record PruneWeights(
        @Option("the share of the weights that become 0; an N:M pattern has its own")
        double ratio,

        @Option("what tells how much a weight matters; wanda and sparsegpt look at data")
        WeightImportance importance,

        @Option("whether each layer loses the same share, or all are compared")
        PruneScope scope,

        @Option("unstructured; N:M, which keeps at most N of each M; or blocks, as 1x32")
        String pattern,

        @Option("the least number of elements of a constant that is changed")
        long least,

        @Option("names of weights, or of nodes that use them, that are changed; * is any text; empty for all")
        String only,

        @Option("names of weights, or of nodes that use them, that stay as they are")
        String except)
        implements Pass {

    private static final double DEFAULT_RATIO = 0.5;

    public PruneWeights() {
        this(DEFAULT_RATIO, WeightImportance.L1, PruneScope.LAYER, "unstructured", 1024, "", "");
    }

    public PruneWeights {
        require(ratio >= 0 && ratio <= 1, "a share of weights is from 0 to 1, not " + ratio);
        if (SparsityPattern.parse(pattern) instanceof SparsityPattern.NOfM p) {
            require(
                    ratio == DEFAULT_RATIO || Math.abs(ratio - p.ratio()) < 1e-6,
                    "the pattern " + p + " makes a share of " + p.ratio() + " weights 0, not " + ratio);
            require(
                    scope == PruneScope.LAYER,
                    "the pattern " + p + " is the same in each layer, so no scope is global");
        }
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    @Override
    public String name() {
        return "prune-weights";
    }

    @Override
    public String description() {
        return "make the least important weights 0: single ones, N of M, or blocks";
    }

    @Override
    public boolean isLossy() {
        return true;
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(FoldConstants.class, "weights that are computed from constants must be literal"));
    }

    @Override
    public List<? extends Statistic<?>> measures(Graph graph) {
        if (!importance.needsData()) {
            return List.of();
        }
        return weights(graph).stream()
                .<Statistic<?>>flatMap(w -> w.statistics(importance == WeightImportance.SPARSEGPT).stream())
                .distinct()
                .toList();
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        List<PrunableWeights> all = weights(graph);
        Map<Value, Tensor> pruned = new IdentityHashMap<>();
        if (scope == PruneScope.GLOBAL) {
            SparsityPattern.Block block = (SparsityPattern.Block) SparsityPattern.parse(pattern);
            List<Layer> layers = all.stream().map(w -> new Layer(w, context)).toList();
            List<Candidates> candidates =
                    layers.stream().flatMap(l -> l.candidates().stream()).toList();
            long size = candidates.stream().mapToLong(Candidates::size).sum();
            Candidates.choose(candidates, block, importance == WeightImportance.L2, Math.round(ratio * size));
            layers.forEach(l -> l.prune(pruned));
        } else {
            for (PrunableWeights w : all) {
                Layer layer = new Layer(w, context);
                layer.choose();
                layer.prune(pruned);
            }
        }
        return Rebuild.run(graph, (node, original, b) -> {
            Tensor t = original.results().size() == 1 ? pruned.get(original.result()) : null;
            if (t == null) {
                return null;
            }
            context.applied(this, "pruned weights", original);
            return List.of(
                    b.at(original.location()).constant(t, original.result().name()));
        });
    }

    /** The weights that the options name. */
    private List<PrunableWeights> weights(Graph graph) {
        List<PrunableWeights> all = PrunableWeights.of(graph, least);
        Glob excepted = Glob.of(except);
        Glob named = Glob.of(only);
        List<PrunableWeights> chosen = all.stream()
                .filter(w -> only.isBlank() || w.names().anyMatch(named::fits))
                .filter(w -> w.names().noneMatch(excepted::fits))
                .toList();
        if (!only.isBlank() && chosen.isEmpty()) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "prune.no-weights",
                            "no weights of a product or a convolution with at least " + least + " elements have the"
                                    + " names " + only,
                            all.isEmpty()
                                    ? "the model has no such weights at all"
                                    : "there are "
                                            + all.stream()
                                                    .limit(5)
                                                    .map(w ->
                                                            w.names().distinct().collect(Collectors.joining(" or ")))
                                                    .collect(Collectors.joining(
                                                            ", ", "", all.size() > 5 ? ", …" : "")))));
        }
        return chosen;
    }

    /** Weights while they are pruned. */
    private final class Layer {
        private final PrunableWeights weights;
        private final PassContext context;
        private final WeightMatrix matrix;
        private final double[] values;
        private final boolean[] mask;
        private final @Nullable SparseGpt fitted;
        private final double[] scores;

        Layer(PrunableWeights weights, PassContext context) {
            this.weights = weights;
            this.context = context;
            matrix = weights.matrix();
            values = matrix.read(weights.tensor());
            mask = new boolean[values.length];
            Gram.Matrix gram = importance == WeightImportance.SPARSEGPT ? weights.gram(context) : null;
            fitted = gram == null ? null : new SparseGpt(matrix, values, gram);
            scores = isFitted() ? new double[0] : scores();
        }

        /** Whether what is chosen depends on what was changed before. */
        private boolean isFitted() {
            return fitted != null && scope == PruneScope.LAYER;
        }

        private double[] scores() {
            if (fitted != null) {
                return fitted.scores();
            }
            double[] all = new double[values.length];
            double[] squares = importance.needsData() ? weights.meanSquares(context) : new double[0];
            for (int i = 0; i < all.length; i++) {
                double magnitude = Math.abs(values[i]);
                all[i] = switch (importance) {
                    case L1, L2 -> magnitude;
                    case WANDA -> magnitude * Math.sqrt(squares[i / matrix.columns()]);
                    case SPARSEGPT -> magnitude * magnitude * squares[i / matrix.columns()];
                };
            }
            return all;
        }

        List<Candidates> candidates() {
            return Candidates.all(matrix, values, scores, mask);
        }

        void choose() {
            if (isFitted()) {
                return;
            }
            long count = Math.round(ratio * values.length);
            switch (SparsityPattern.parse(pattern)) {
                case SparsityPattern.NOfM p -> candidates().forEach(c -> c.choose(p));
                case SparsityPattern.Block b
                when b.isSingle() && importance == WeightImportance.WANDA -> {
                    List<Candidates> columns = Candidates.columns(matrix, values, scores, mask);
                    long[] counts = Candidates.shares(columns, count);
                    for (int i = 0; i < counts.length; i++) {
                        Candidates.choose(List.of(columns.get(i)), b, false, counts[i]);
                    }
                }
                case SparsityPattern.Block b ->
                    Candidates.choose(candidates(), b, importance == WeightImportance.L2, count);
            }
        }

        /**
         * Adds the weights without those that were chosen, if that changes them; or with as many less, and the others
         * changed to make up.
         */
        void prune(Map<Value, Tensor> into) {
            double[] left;
            if (fitted == null) {
                left = values.clone();
                for (int i = 0; i < left.length; i++) {
                    left[i] = mask[i] ? 0 : left[i];
                }
            } else {
                long count = isFitted() ? Math.round(ratio * values.length) : chosen();
                left = fitted.prune(SparsityPattern.parse(pattern), count);
            }
            Tensor t = matrix.write(left, weights.tensor());
            tell(t);
            if (!t.equals(weights.tensor())) {
                into.put(weights.value(), t);
            }
        }

        private long chosen() {
            long count = 0;
            for (boolean gone : mask) {
                count += gone ? 1 : 0;
            }
            return count;
        }

        private void tell(Tensor t) {
            double signal = 0;
            double noise = 0;
            long zeros = 0;
            for (long i = 0; i < t.size(); i++) {
                double before = weights.tensor().getDouble(i);
                double after = t.getDouble(i);
                signal += before * before;
                noise += (before - after) * (before - after);
                zeros += after == 0 ? 1 : 0;
            }
            double sqnr = noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
            new ChangedWeight(
                            weights.name(),
                            weights.use(),
                            t.size(),
                            t.element().bits(),
                            t.size() == 0 ? 0 : (double) zeros / t.size(),
                            sqnr)
                    .tell(context);
        }
    }
}
