package dev.lathe.backend.tvm;

import dev.lathe.backend.device.SharedWeights;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The compiled kernels of a model, with the weights that they read. */
final class KernelModule extends SharedWeights<MemorySegment> {
    private static final long ALIGNMENT = 64;

    final Tvm tvm;
    private final Tvm.Handle module;
    private final Map<String, Tvm.Handle> functions = new HashMap<>();
    private final Arena arena = Arena.ofShared();

    /** What the module was loaded from, whose name no other file may get before it is unloaded. */
    private final @Nullable MemoryFile file;

    /**
     * @param module which this frees
     * @param file what it was loaded from, which this closes; null if it was compiled
     */
    KernelModule(Tvm tvm, Tvm.Handle module, @Nullable MemoryFile file) {
        this.tvm = tvm;
        this.module = module;
        this.file = file;
    }

    synchronized Tvm.Handle function(String kernel) {
        return functions.computeIfAbsent(kernel, name -> tvm.function(module, name));
    }

    @Override
    protected MemorySegment upload(MemorySegment bytes) {
        MemorySegment copy = arena.allocate(Math.max(ALIGNMENT, bytes.byteSize()), ALIGNMENT);
        MemorySegment.copy(bytes, 0, copy, 0, bytes.byteSize());
        return copy;
    }

    @Override
    protected void release(Collection<MemorySegment> uploaded) {
        functions.values().forEach(tvm::free);
        functions.clear();
        tvm.free(module);
        if (file != null) {
            file.close();
        }
        arena.close();
    }
}
