package dev.lathe.ir.op;

/** How the results of two right implementations of an op may differ. */
public enum Tolerance {
    /** Bit for bit. */
    EXACT,
    /** By rounding of one elementary function, a few units in the last place. */
    ROUNDING,
    /** By the order of accumulation, relative to the magnitude of what is accumulated. */
    ACCUMULATING
}
