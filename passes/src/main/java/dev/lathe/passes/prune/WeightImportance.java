package dev.lathe.passes.prune;

/** What tells how much is lost with a weight. */
public enum WeightImportance {
    /** Its magnitude; that of a block is the mean. */
    L1,
    /** As {@link #L1}, but that of a block is the root of the mean square. */
    L2,
    /**
     * Its magnitude times the root mean square of what it is multiplied by, compared within what adds up to one result
     * (Wanda, <a href="https://arxiv.org/abs/2306.11695">Sun et al. 2023</a>).
     */
    WANDA,
    /**
     * How much the results change on data when the weights that are left make up for it, as well as they can; they do
     * so (SparseGPT, <a href="https://arxiv.org/abs/2301.00774">Frantar and Alistarh 2023</a>).
     */
    SPARSEGPT;

    /** Whether it is measured on data. */
    public boolean needsData() {
        return this == WANDA || this == SPARSEGPT;
    }
}
