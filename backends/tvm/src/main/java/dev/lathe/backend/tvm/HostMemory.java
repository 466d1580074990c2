package dev.lathe.backend.tvm;

import dev.lathe.backend.device.CallMemory;
import dev.lathe.backend.device.CallSizes;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The memory of a call as one piece outside of the heap, which kernels and the host both see. */
final class HostMemory extends CallMemory {
    private static final long ALIGNMENT = 64;

    private @Nullable Arena arena;
    private MemorySegment bytes = MemorySegment.NULL;

    HostMemory(Plan plan, CallSizes sizes, Function<Weight, Tensor> weights) {
        super(plan, sizes, weights);
    }

    void release() {
        if (arena != null) {
            arena.close();
            arena = null;
            bytes = MemorySegment.NULL;
        }
    }

    /** The address of its first byte. */
    long address() {
        return bytes.address();
    }

    @SuppressWarnings("MustBeClosedChecker") // release() closes it
    @Override
    protected void require(long needed) {
        if (needed > bytes.byteSize()) {
            release();
            Arena own = Arena.ofShared();
            arena = own;
            try {
                bytes = own.allocate(needed, ALIGNMENT);
            } catch (OutOfMemoryError | IllegalArgumentException e) {
                release();
                throw new LatheException(Diagnostic.error(
                        "run.too-large",
                        "this call needs " + needed + " bytes outside of the Java heap, and there are no more",
                        "give smaller inputs, such as a smaller batch"));
            }
        }
    }

    @Override
    protected MemorySegment map(long at, long size, boolean writes) {
        return bytes.asSlice(at, size);
    }

    @Override
    protected void unmap(MemorySegment mapped) {
        // The host sees the memory itself.
    }
}
