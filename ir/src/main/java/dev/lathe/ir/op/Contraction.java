package dev.lathe.ir.op;

/** Sums of products. */
public sealed interface Contraction extends CoreOp permits MatMul, Conv, ConvTranspose, Determinant {}
