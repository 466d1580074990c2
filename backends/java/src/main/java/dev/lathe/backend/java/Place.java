package dev.lathe.backend.java;

/** Where the elements of a value are. */
sealed interface Place {

    /** A planned part of an arena. */
    record Buffer(Kind kind, int number) implements Place {}

    /** The array of an input, which is the caller's. */
    record Input(Kind kind, int number) implements Place {}

    /** The array of an output, which is the caller's, too. */
    record Output(Kind kind, int number) implements Place {}

    /** A constant's array. */
    record Weight(Kind kind, int number) implements Place {}

    /** A box, which holds what fits no array or has a size that is not known before. */
    record Box(int number) implements Place {}
}
