package dev.lathe.ir.op;

/** What {@link StringNormalize} does to letters. */
public enum CaseChange {
    NONE,
    LOWER,
    UPPER
}
