package dev.lathe.backend.opencl;

import dev.lathe.backend.device.CallMemory;
import dev.lathe.backend.device.CallSizes;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/** The memory of a call as a buffer of the device, which the host maps. */
final class BufferMemory extends CallMemory {
    private final DeviceProgram program;
    private final long queue;
    private long buffer;
    private long bufferBytes;

    BufferMemory(Plan plan, CallSizes sizes, DeviceProgram program, Function<Weight, Tensor> weights, long queue) {
        super(plan, sizes, weights);
        this.program = program;
        this.queue = queue;
    }

    void release() {
        if (buffer != 0) {
            program.cl.releaseBuffer(buffer);
            buffer = 0;
            bufferBytes = 0;
        }
    }

    long buffer() {
        return buffer;
    }

    @Override
    protected void require(long bytes) {
        if (bytes > bufferBytes) {
            release();
            buffer = program.createBuffer("this call, for its inputs, outputs and buffers,", bytes);
            bufferBytes = bytes;
        }
    }

    @Override
    protected MemorySegment map(long at, long bytes, boolean writes) {
        long access = writes ? OpenCl.CL_MAP_WRITE_INVALIDATE_REGION : OpenCl.CL_MAP_READ;
        return program.cl.map(queue, buffer, access, at, bytes);
    }

    @Override
    protected void unmap(MemorySegment mapped) {
        program.cl.unmap(queue, buffer, mapped);
    }
}
