package dev.lathe.ir.op;

/** Sequences and optional values. */
public sealed interface Container extends CoreOp
        permits SequenceOf,
                SequenceAt,
                SequenceInsert,
                SequenceErase,
                SequenceLength,
                SequenceSplit,
                SequenceConcat,
                OptionalOf,
                OptionalGet,
                OptionalHas {}
