package dev.lathe.ir.op;

/** Values of a tensor between its elements, at positions that are data. */
public sealed interface Sampling extends CoreOp permits GridSample, RoiAlign, MaxRoiPool, DeformConv {}
