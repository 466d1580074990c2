package dev.lathe.compress;

import dev.lathe.OptimizedModel;
import dev.lathe.passes.weights.ChangedWeight;
import java.util.Comparator;
import java.util.List;

/**
 * A compressed model and what is known of it.
 *
 * @param model the model, to be written
 * @param strategies how it was compressed, in order
 * @param before the model as it was
 * @param after the model as it is
 * @param fidelity how near their results are
 * @param metric what a loss is
 * @param score how good both are, by the metric
 * @param weights every constant that was made smaller
 */
public record Compressed(
        OptimizedModel model,
        List<Strategy> strategies,
        Measure before,
        Measure after,
        Fidelity fidelity,
        Metric metric,
        Metric.Score score,
        List<ChangedWeight> weights) {

    /** What was lost, by {@link #metric}. */
    public double loss() {
        return score.loss();
    }

    /** The weights that were changed most, worst first. */
    public List<ChangedWeight> worst(int count) {
        return weights.stream()
                .sorted(Comparator.comparingDouble(ChangedWeight::sqnr))
                .limit(count)
                .toList();
    }
}
