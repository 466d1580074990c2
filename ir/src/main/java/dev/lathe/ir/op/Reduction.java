package dev.lathe.ir.op;

/** Many elements to one, along axes or in windows. */
public sealed interface Reduction extends CoreOp permits Reduce, ArgReduce, Cumulative, Pool, PoolIndices {}
