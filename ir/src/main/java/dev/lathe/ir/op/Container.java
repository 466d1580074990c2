package dev.lathe.ir.op;

/** Sequences, maps and optional values. */
public sealed interface Container extends CoreOp
        permits SequenceOf,
                SequenceAt,
                SequenceInsert,
                SequenceErase,
                SequenceLength,
                SequenceSplit,
                SequenceConcat,
                MapRows,
                MapLookup,
                MapValues,
                OptionalOf,
                OptionalGet,
                OptionalHas {}
