package dev.lathe.ir.op;

/** What {@link NgramCounts} makes of a count. */
public enum NgramWeighting {
    /** The count. */
    TF,
    /** The weight, if the n-gram appears. */
    IDF,
    /** The count times the weight. */
    TFIDF
}
