package dev.lathe.ir.op;

/** Values from nothing but attributes and dimensions, and dimensions from values. */
public sealed interface Creation extends CoreOp permits Constant, Dims, Range, ReadDims, ImageDecode {}
