package dev.lathe.passes.prune;

/** Among what the least important channels are sought. */
public enum PruneScope {
    /** All channels of a model, each compared with the mean of its layer. */
    GLOBAL,
    /** Those of each layer, which all lose the same share. */
    LAYER
}
