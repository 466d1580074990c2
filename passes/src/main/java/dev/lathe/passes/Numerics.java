package dev.lathe.passes;

/** How far a result may move from what the model says, operation by operation. */
public enum Numerics {
    /** Bit-reproducible across runs and thread counts; no reassociation. */
    STRICT,
    /** Within the tolerance that each op states: constants may be folded into weights, sums may be split. */
    DEFAULT,
    /**
     * As {@link #DEFAULT}, and numbers may be rounded before they are multiplied: products of floats with weights, and
     * convolutions, on brain floats (bf16, 8 bits of 24) with sums of floats, where the target has them and the
     * processor is faster with them. An element is off by 2⁻⁷ of the sum of its terms' magnitudes at most.
     */
    FAST
}
