package dev.lathe.compress;

import dev.lathe.OptimizedModel;
import dev.lathe.passes.quantize.CompressedWeight;
import java.util.Comparator;
import java.util.List;

/**
 * A compressed model and what is known of it.
 *
 * @param model the model, to be written
 * @param quantization how it was compressed
 * @param before the model as it was
 * @param after the model as it is
 * @param fidelity how near their results are
 * @param weights every constant that is stored in fewer bits
 */
public record Compressed(
        OptimizedModel model,
        Quantization quantization,
        Measure before,
        Measure after,
        Fidelity fidelity,
        List<CompressedWeight> weights) {

    /**
     * What a model costs.
     *
     * @param weightBytes bytes of its constants
     * @param nodes how many ops it has, those in regions included
     * @param millis the median time of a call, of those after the model is warm
     */
    public record Measure(long weightBytes, long nodes, double millis) {}

    /** The weights that were changed most, worst first. */
    public List<CompressedWeight> worst(int count) {
        return weights.stream()
                .sorted(Comparator.comparingDouble(CompressedWeight::sqnr))
                .limit(count)
                .toList();
    }
}
