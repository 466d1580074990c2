package dev.lathe.ir.op;

/** Models that classical machine learning makes of tables: a row for each sample, a column for each feature. */
public sealed interface Tabular extends CoreOp permits Lookup, PairwiseProbabilities, TreeEnsemble {}
