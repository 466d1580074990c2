package dev.lathe.runtime;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The stored weights of a model, and from {@link #FIRST} on those that it computes of them when it is loaded. */
public final class LoadedWeights implements Weights {
    /** The number of the first weight that is computed. */
    public static final int FIRST = 1_000_000_000;

    private final Weights stored;
    private final List<Tensor> computed = new ArrayList<>();

    /** Runs {@code load}, a model without inputs, whose outputs are the computed weights. */
    public LoadedWeights(Weights stored, CompiledModel load) {
        this.stored = stored;
        try (load) {
            for (Datum d : load.run(Map.of()).values()) {
                computed.add((Tensor) d);
            }
        }
    }

    @Override
    public Tensor tensor(int number) {
        return number >= FIRST ? computed.get(number - FIRST) : stored.tensor(number);
    }

    @Override
    public float[] floats(int number) {
        return number >= FIRST ? Weights.super.floats(number) : stored.floats(number);
    }

    @Override
    public Object array(int number) {
        return number >= FIRST ? Weights.super.array(number) : stored.array(number);
    }
}
