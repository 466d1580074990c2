package dev.lathe.ir.op;

/** Strings. */
public sealed interface Text extends CoreOp
        permits StringConcat, StringSplit, RegexMatch, StringNormalize, NgramCounts, Tokenize {}
