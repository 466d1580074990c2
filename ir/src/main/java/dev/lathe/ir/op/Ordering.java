package dev.lathe.ir.op;

/** Results that depend on the order of elements. */
public sealed interface Ordering extends CoreOp permits TopK, Unique, NonMaxSuppression {}
