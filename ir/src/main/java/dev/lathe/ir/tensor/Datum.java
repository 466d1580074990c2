package dev.lathe.ir.tensor;

import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/** What a value holds at run time: a tensor, a sequence, or an optional. */
public sealed interface Datum permits Tensor, Datum.Sequence, Datum.Maybe {

    /** A sequence of items of one type. */
    record Sequence(Type itemType, List<Datum> items) implements Datum {
        public Sequence {
            items = List.copyOf(items);
        }
    }

    /** A value that may be absent. */
    record Maybe(Type elementType, Optional<Datum> element) implements Datum {}
}
