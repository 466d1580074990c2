package dev.lathe.ir.op;

/** What {@link TreeEnsemble} makes of the votes of its trees. */
public enum TreeAggregation {
    /** The sum over the number of trees. */
    AVERAGE,
    SUM,
    MIN,
    MAX
}
