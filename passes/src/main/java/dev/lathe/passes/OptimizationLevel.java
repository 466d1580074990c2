package dev.lathe.passes;

/** How much work the compiler puts into a model; {@code -O0} to {@code -O3}. */
public enum OptimizationLevel {
    /** What a backend needs, nothing else: for telling a pass's fault from a backend's. */
    O0,
    /** Folding and clean-up. */
    O1,
    /** Also recognition of composites, fusion and layout; the default. */
    O2,
    /** Also rewrites that make code larger or compilation slower. */
    O3;

    public boolean atLeast(OptimizationLevel other) {
        return compareTo(other) >= 0;
    }
}
