package dev.lathe.compress;

import java.util.function.ToDoubleFunction;

/** One number for what compression lost: 0 for nothing, 1 for all. */
public enum Metric {
    /** One less the mean cosine between the outputs before and after. */
    COSINE(f -> 1 - f.meanCosine()),
    /** One less the least cosine of a call. */
    WORST_COSINE(f -> 1 - f.leastCosine()),
    /** The largest difference of two elements, as a share of the largest element of their output. */
    MAX_ABS(Fidelity::largestError),
    /** The share of rows whose largest element is at another place: of a classifier, other answers. */
    TOP1(f -> 1 - f.sameTop());

    private final ToDoubleFunction<Fidelity> loss;

    Metric(ToDoubleFunction<Fidelity> loss) {
        this.loss = loss;
    }

    /** What was lost. */
    public double loss(Fidelity fidelity) {
        return loss.applyAsDouble(fidelity);
    }
}
