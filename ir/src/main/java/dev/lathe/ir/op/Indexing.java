package dev.lathe.ir.op;

/** Elements chosen by indices that are data. */
public sealed interface Indexing extends CoreOp
        permits Gather, GatherElements, GatherNd, ScatterElements, ScatterNd, NonZero {}
