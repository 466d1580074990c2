package dev.lathe.passes.prune;

/** Among what the least important channels or weights are sought. */
public enum PruneScope {
    /** All of a model; channels are compared with the mean of their layer. */
    GLOBAL,
    /** Those of each layer, which all lose the same share. */
    LAYER
}
