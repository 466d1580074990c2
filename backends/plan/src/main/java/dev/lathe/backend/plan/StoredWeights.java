package dev.lathe.backend.plan;

import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The constants that a model stores, each once, by number. */
final class StoredWeights {
    private final List<Tensor> tensors = new ArrayList<>();
    private final Map<Tensor, Weight> weights = new IdentityHashMap<>();

    /** The weight that is {@code t}; {@code value} names it, if it is new. */
    Weight add(Tensor t, String value) {
        return weights.computeIfAbsent(t, _ -> {
            tensors.add(t);
            return new Weight(t.type(), false, tensors.size() - 1, value);
        });
    }

    Tensor get(int number) {
        return tensors.get(number);
    }

    /** All, by number. */
    List<Tensor> tensors() {
        return Collections.unmodifiableList(tensors);
    }
}
