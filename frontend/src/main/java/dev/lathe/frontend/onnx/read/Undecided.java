package dev.lathe.frontend.onnx.read;

import dev.lathe.ir.Value;
import java.util.List;

/**
 * What a value stands for whose rank or type differs with the branch that an If takes. Such a value is in no graph:
 * the nodes that use it are imported once for each case.
 */
sealed interface Undecided {
    /** A value in each branch of an If that is not finished: the nodes that use it go there too. */
    record Open(Fork fork) implements Undecided {}

    /** A value of a finished If: one of {@code cases}, that whose number {@code selection} tells. */
    record Cases(Selection selection, List<Value> cases) implements Undecided {}

    /** Which of {@code count} cases a run is in: an i64 scalar that counts them from 0. */
    record Selection(Value selector, int count) {}
}
