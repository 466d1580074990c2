package dev.lathe.ir;

import dev.lathe.ir.type.Dim;
import org.jspecify.annotations.Nullable;

/** What a {@link Builder} knows of one integer of a tensor. */
public sealed interface IntegerEntry {
    /** Its value. */
    record Known(Dim value) implements IntegerEntry {}

    /** Where it can be read when the model runs: element {@code index} of {@code tensor}, in row-major order. */
    record Element(Value tensor, int index) implements IntegerEntry {
        // Values are what they are, not what they look like.
        @Override
        public boolean equals(@Nullable Object o) {
            return o instanceof Element e && tensor == e.tensor && index == e.index;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(tensor) + index;
        }
    }
}
