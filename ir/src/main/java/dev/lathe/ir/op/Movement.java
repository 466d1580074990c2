package dev.lathe.ir.op;

/** The same elements in another place or shape. */
public sealed interface Movement extends CoreOp
        permits Reshape, Transpose, Broadcast, Slice, Concat, Pad, Resize, BitCast {}
