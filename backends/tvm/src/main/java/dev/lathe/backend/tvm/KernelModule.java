package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * The compiled kernels of a model, with the weights that they read. It is shared by the calls of the model, and goes
 * when the model is closed and the last of them has ended.
 */
final class KernelModule {
    private static final long ALIGNMENT = 64;

    final Tvm tvm;
    private final Tvm.Handle module;
    private final Map<String, Tvm.Handle> functions = new HashMap<>();
    private final Map<Object, MemorySegment> weights = new HashMap<>();
    private final Arena arena = Arena.ofShared();
    /** The model, and its executions. */
    private int users = 1;

    /** @param module which this frees */
    KernelModule(Tvm tvm, Tvm.Handle module) {
        this.tvm = tvm;
        this.module = module;
    }

    synchronized Tvm.Handle function(String kernel) {
        return functions.computeIfAbsent(kernel, name -> tvm.function(module, name));
    }

    /** The elements of a weight, which {@code tensor} is. */
    synchronized MemorySegment elements(Weight weight, Tensor tensor) {
        return weights.computeIfAbsent(weight, _ -> copied(tensor.data().asSlice(0, tensor.byteSize())));
    }

    /** Arranged weights; {@code tensor} finds the tensor that a weight is. */
    synchronized MemorySegment panels(Panels panels, Function<Weight, Tensor> tensor) {
        MemorySegment known = weights.get(panels);
        if (known == null) {
            float[] floats = panels instanceof Panels.Zeros(long size)
                    ? new float[Math.toIntExact(size)]
                    : panels.arrange(tensor.apply(panels.weight()));
            known = copied(MemorySegment.ofArray(floats));
            weights.put(panels, known);
        }
        return known;
    }

    private MemorySegment copied(MemorySegment bytes) {
        MemorySegment copy = arena.allocate(Math.max(ALIGNMENT, bytes.byteSize()), ALIGNMENT);
        MemorySegment.copy(bytes, 0, copy, 0, bytes.byteSize());
        return copy;
    }

    /** Notes another user. */
    synchronized void use() {
        users++;
    }

    /** Notes that a user has gone; with the last one goes everything. */
    synchronized void leave() {
        if (--users == 0) {
            functions.values().forEach(tvm::free);
            functions.clear();
            weights.clear();
            tvm.free(module);
            arena.close();
        }
    }
}
