package dev.lathe.frontend.onnx.write;

import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values that are equal, of which the export writes one, by one of several candidates. */
final class ValueClass {
    final Type type;
    /** What is known to be equal, one for each class of {@link dev.lathe.ir.Equalities}. */
    final List<Value> roots = new ArrayList<>();

    final List<Candidate> candidates = new ArrayList<>();
    /** The same class in the graph around this one, which computes it; null for what is made here. */
    @Nullable
    ValueClass outside;
    /** Whether it is an input of the graph. */
    boolean input;

    @Nullable
    Tensor constant;
    /** The name that it must have, if it is an input or output. */
    @Nullable
    String fixedName;

    // What the selection decides.

    @Nullable
    Candidate chosen;

    int uses;
    int position = -1;

    ValueClass(Type type) {
        this.type = type;
    }

    /** Whether it is there without being computed. */
    boolean isGiven() {
        return input || outside != null;
    }
}
