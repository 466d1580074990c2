package dev.lathe.compress;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * How good a compressed model is beside the original one, as one number. Its text is the name that people type.
 *
 * <p>One of the constants, or a function of one's own:
 *
 * {@snippet :
 * Metric distance = Metric.of("distance", call -> distance(call.expected().get("y"), call.actual().get("y")));
 * }
 */
public interface Metric {
    /** One less the mean cosine between the outputs before and after. */
    Metric COSINE = new FidelityMetric("cosine", Fidelity::meanCosine);
    /** One less the least cosine of a call. */
    Metric WORST_COSINE = new FidelityMetric("worst-cosine", Fidelity::leastCosine);
    /** The largest difference of two elements, as a share of the largest element of their output. */
    Metric MAX_ABS = new FidelityMetric("max-abs", f -> 1 - f.largestError());
    /** The share of rows whose largest element is at another place: of a classifier, other answers. */
    Metric TOP1 = new FidelityMetric("top1", Fidelity::sameTop);
    /**
     * The share of texts that are read otherwise: of the first output {@code [batch, time, characters]}, the largest
     * character of each time, where repeats are one and character 0 is none.
     */
    Metric TEXT = new TextMetric();
    /** For embeddings: the share of samples whose nearest other sample is another one; over all calls together. */
    Metric SAME_NEIGHBOUR = new NeighbourMetric();
    /** For classifiers: the accuracy before, less that after; the data must have labels. */
    Metric ACCURACY = new AccuracyMetric();

    /** The constants. */
    List<Metric> ALL = List.of(COSINE, WORST_COSINE, MAX_ABS, TOP1, TEXT, SAME_NEIGHBOUR, ACCURACY);

    /** Starts to compare two models. */
    Meter start();

    /**
     * The results of one call.
     *
     * @param expected the outputs of the original, by name
     * @param actual the outputs of the compressed model
     * @param labels what the data say that is right, see {@link Dataset#labels}
     */
    record Call(Map<String, Datum> expected, Map<String, Datum> actual, Optional<Tensor> labels) {}

    /** Adds up what calls say. */
    interface Meter {
        /** Adds a call. */
        void add(Call call);

        /** What the calls so far say. */
        Score score();
    }

    /**
     * How good both models are; 1 is best.
     *
     * @param before the original; 1 where it is what is compared with
     * @param after the compressed model
     */
    record Score(double before, double after) {
        /** What was lost: 0 for nothing, 1 for all; negative if the compressed model is better. */
        public double loss() {
            return before - after;
        }
    }

    /**
     * A function of one's own: the mean over calls.
     *
     * @param name what people call it
     * @param loss of a call: 0 for nothing, 1 for all
     */
    static Metric of(String name, ToDoubleFunction<Call> loss) {
        return new FunctionMetric(name, loss);
    }

    /** The constant of this name, if there is one. */
    static Optional<Metric> named(String name) {
        return ALL.stream().filter(m -> m.toString().equals(name)).findFirst();
    }
}
