package dev.lathe.ir.op;

/** Regions that run depending on data. */
public sealed interface Control extends CoreOp permits If, Loop, Fail {}
