package dev.lathe.ir.op;

/** How {@link ScatterElements} and {@link ScatterNd} join an update with what is there. */
public enum ScatterReduction {
    /** The update replaces it. */
    NONE,
    ADD,
    MUL,
    MIN,
    MAX;
}
