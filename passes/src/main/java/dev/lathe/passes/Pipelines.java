package dev.lathe.passes;

import java.util.List;

/** The pipelines, each a column of passes. */
public final class Pipelines {
    private Pipelines() {}

    /** Every pass of this module, with its default options. */
    static final List<Pass> PASSES = List.of();

    /** The target-independent passes; the result is {@link Stage#CANONICAL}. */
    public static Pipeline canonical(OptimizationLevel level) {
        return Pipeline.EMPTY.reach(Stage.CANONICAL);
    }
}
