package dev.lathe.passes;

/** How far a result may move from what the model says, operation by operation. */
public enum Numerics {
    /** Bit-reproducible across runs and thread counts; no reassociation. */
    STRICT,
    /** Within the tolerance that each op states: constants may be folded into weights, sums may be split. */
    DEFAULT
}
