package dev.lathe.backend.plan;

/** Where the elements of a value are. */
public sealed interface Place {

    /** An intermediate tensor, by its number in {@link Plan#buffers}. */
    record Buffer(int number) implements Place {}

    /** An input, which is the caller's. */
    record Input(int number) implements Place {}

    /** An output, which is the caller's, too. */
    record Output(int number) implements Place {}

    /** What is known when the model is loaded. */
    record Constant(Weight weight) implements Place {}

    /** A slot for a whole value: one whose size is not known before, or whose elements fit no array. */
    record Slot(int number) implements Place {}
}
