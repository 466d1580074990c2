package dev.lathe.ir.op;

import dev.lathe.ir.tensor.Datum;
import java.util.List;

/**
 * An op with a meaning of its own, which {@link #evaluate} defines. The families are sealed, so that a backend handles
 * every member.
 */
public sealed interface CoreOp extends Op
        permits Elementwise,
                Contraction,
                Reduction,
                Movement,
                Indexing,
                Creation,
                Ordering,
                Control,
                Container,
                Sampling,
                Text,
                Random,
                Tabular {

    /** The reference meaning: slow and obviously right, for every element type. */
    List<Datum> evaluate(Evaluation e);
}
