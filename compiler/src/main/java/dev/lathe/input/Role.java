package dev.lathe.input;

import dev.lathe.ir.tensor.Tensor;

/** What the numbers of an input mean, as far as that limits which are valid. */
sealed interface Role {
    Role ANY = new Any();
    Role MASK = new Mask();

    /** Nothing is known. */
    record Any() implements Role {}

    /** Ones where there is something, zeros behind it. */
    record Mask() implements Role {}

    /** Positions in a table with {@code size} entries, such as token ids in an embedding. */
    record Index(long size) implements Role {}

    /** A map of which these are the keys that count. */
    record Keys(Tensor keys) implements Role {}

    /** One of a few choices that the graph compares with; {@code value} is one of them. */
    record Choice(Tensor value) implements Role {}
}
