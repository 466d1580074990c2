package dev.lathe.backend.plan;

import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The constants that a model stores, each once, by number. */
public final class StoredWeights {
    private final List<Tensor> tensors = new ArrayList<>();
    private final Map<Tensor, Integer> numbers = new IdentityHashMap<>();

    Weight add(Tensor t) {
        int number = numbers.computeIfAbsent(t, _ -> {
            tensors.add(t);
            return tensors.size() - 1;
        });
        return new Weight(t.type(), false, number);
    }

    Tensor get(int number) {
        return tensors.get(number);
    }

    /** All, by number. */
    public List<Tensor> tensors() {
        return Collections.unmodifiableList(tensors);
    }
}
