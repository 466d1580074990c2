package dev.lathe.passes.prune;

/** What tells how much is lost with a channel. */
public enum Importance {
    /** The magnitudes of the weights that go with it. */
    L1,
    /** The root of the sum of their squares. */
    L2,
    /** The magnitude of the factor by which it is scaled, as after a batch norm; {@link #L2} where there is none. */
    BATCH_NORM,
    /** What it adds to the results of the next layers, by its mean square on data. */
    ACTIVATIONS,
    /** How much the results change when it becomes 0, to first order, on data. */
    TAYLOR;

    /** Whether it is measured on data. */
    public boolean needsData() {
        return this == ACTIVATIONS || this == TAYLOR;
    }
}
