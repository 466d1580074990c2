package com.example.heap;

import dev.lathe.backend.device.CallMemory;
import dev.lathe.backend.device.CallSizes;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/** The memory of a call: one buffer. The host sees it without a copy. */
final class HeapMemory extends CallMemory {
    private MemorySegment buffer = MemorySegment.ofArray(new long[0]);

    HeapMemory(Plan plan, CallSizes sizes, Function<Weight, Tensor> weights) {
        super(plan, sizes, weights);
    }

    MemorySegment buffer() {
        return buffer;
    }

    @Override
    protected void require(long bytes) {
        if (bytes > buffer.byteSize()) {
            buffer = MemorySegment.ofArray(new long[Math.toIntExact(Math.ceilDiv(bytes, 8L))]);
        }
    }

    @Override
    protected MemorySegment map(long at, long bytes, boolean writes) {
        return buffer.asSlice(at, bytes);
    }

    @Override
    protected void unmap(MemorySegment mapped) {}
}
