package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is there in a graph or a region: the tensors of values and the sizes that symbols stand for. What is made in a
 * region stays in it.
 */
final class Scope {
    private final @Nullable Scope parent;
    private final Map<Value, NetworkTensor> values = new IdentityHashMap<>();
    /** Values in their carriers, where that is not how they were made. */
    private final Map<Value, NetworkTensor> carried = new IdentityHashMap<>();
    /** How a size is found that a symbol stands for. */
    private final Map<String, Supplier<NetworkTensor>> sources = new HashMap<>();

    private final Map<Dim, NetworkTensor> sizes = new HashMap<>();

    Scope(@Nullable Scope parent) {
        this.parent = parent;
    }

    void define(Value v, NetworkTensor t) {
        values.put(v, t);
    }

    void defineCarried(Value v, NetworkTensor t) {
        carried.put(v, t);
    }

    void defineSize(Dim d, NetworkTensor t) {
        sizes.put(d, t);
    }

    /** The first source of a symbol counts. */
    void defineSymbol(String symbol, Supplier<NetworkTensor> source) {
        sources.putIfAbsent(symbol, source);
    }

    @Nullable
    NetworkTensor value(Value v) {
        NetworkTensor own = values.get(v);
        return own != null || parent == null ? own : parent.value(v);
    }

    @Nullable
    NetworkTensor carried(Value v) {
        NetworkTensor own = carried.get(v);
        return own != null || parent == null ? own : parent.carried(v);
    }

    @Nullable
    NetworkTensor size(Dim d) {
        NetworkTensor own = sizes.get(d);
        return own != null || parent == null ? own : parent.size(d);
    }

    @Nullable
    Supplier<NetworkTensor> source(String symbol) {
        Supplier<NetworkTensor> own = sources.get(symbol);
        return own != null || parent == null ? own : parent.source(symbol);
    }
}
