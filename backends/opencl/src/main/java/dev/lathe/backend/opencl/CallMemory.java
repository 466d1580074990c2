package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.Lifetimes;
import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.View;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The memory of one call at a time: a buffer of the device with a note of faults, the inputs, the outputs and all
 * intermediate tensors. It is laid out anew when the shapes of the inputs change.
 */
final class CallMemory {
    /** Places in the buffer are counted in these many bytes, of which {@link Arena} aligns to 16. */
    private static final int UNIT = 8;
    /** What kernels note of faults, at the start of the buffer: the launch as an int, then two longs. */
    private static final long FAULT_BYTES = 128;

    /** What a kernel noted: the number of its launch, or 0, and the index that is outside of {@code count}. */
    record Fault(int number, long index, long count) {}

    private final Plan plan;
    private final CallSizes sizes;
    private final DeviceProgram program;
    private final Function<Weight, Tensor> weights;
    private final OpenCl cl;
    private final long queue;

    private long buffer;
    private long bufferBytes;
    /** Where the inputs and outputs start, in units; -1 for those that are not here. */
    private final long[] inputAt;

    private final long[] outputAt;
    private final Arena arena;
    private final @Nullable Tensor[] inputs;

    CallMemory(Plan plan, CallSizes sizes, DeviceProgram program, Function<Weight, Tensor> weights, long queue) {
        this.plan = plan;
        this.sizes = sizes;
        this.program = program;
        this.weights = weights;
        this.cl = program.cl;
        this.queue = queue;
        this.inputAt = new long[plan.graph().inputs().size()];
        this.outputAt = new long[plan.results().size()];
        this.inputs = new Tensor[inputAt.length];
        Lifetimes lifetimes = Lifetimes.of(plan);
        int n = plan.buffers().size();
        int[] first = new int[n];
        int[] last = new int[n];
        for (int i = 0; i < n; i++) {
            first[i] = lifetimes.first(i);
            last[i] = lifetimes.last(i);
        }
        this.arena = new Arena(first, last);
    }

    void release() {
        if (buffer != 0) {
            cl.releaseBuffer(buffer);
            buffer = 0;
            bufferBytes = 0;
        }
    }

    long buffer() {
        return buffer;
    }

    /** Notes the elements of an input, which the device gets by {@link #upload}. */
    void take(int number, Tensor t) {
        inputs[number] = t;
    }

    /** Forgets the caller's tensors. */
    void forgetInputs() {
        Arrays.fill(inputs, null);
    }

    /** Lays the buffer out for the present sizes, and for the inputs that were taken. */
    void layOut() {
        long at = FAULT_BYTES / UNIT;
        for (int k = 0; k < inputAt.length; k++) {
            Tensor t = inputs[k];
            inputAt[k] = t == null ? -1 : at;
            at = t == null ? at : after(at, t.byteSize());
        }
        for (int k = 0; k < outputAt.length; k++) {
            boolean here = plan.results().get(k).place() instanceof Place.Output(int number) && number == k;
            outputAt[k] = here ? at : -1;
            at = here ? after(at, sizes.bytes(plan.results().get(k))) : at;
        }
        long[] units = new long[plan.buffers().size()];
        for (int i = 0; i < units.length; i++) {
            long elements = sizes.elements(plan.buffers().get(i).shape());
            units[i] = Math.ceilDiv(Sizes.bytes(plan.buffers().get(i).element(), elements), (long) UNIT);
        }
        arena.plan(units, at);
        long needed = Sizes.times(arena.size(), UNIT);
        if (needed > bufferBytes) {
            release();
            buffer = program.createBuffer("this call, for its inputs, outputs and buffers,", needed);
            bufferBytes = needed;
        }
    }

    /** The place after so many bytes. */
    private static long after(long at, long bytes) {
        long next = Sizes.plus(at, Math.ceilDiv(bytes, (long) UNIT));
        return Sizes.times(Math.ceilDiv(next, 16L), 16);
    }

    /** Copies an input to the device, if there is a place for it. */
    void upload(int number) {
        Tensor t = inputs[number];
        if (t != null) {
            write(inputAt[number] * UNIT, t.data(), t.byteSize());
        }
    }

    /** The byte of the buffer where a view starts. */
    long at(View v) {
        long start = switch (v.place()) {
            case Place.Buffer(int number) -> arena.at[number];
            case Place.Input(int number) -> inputAt[number];
            case Place.Output(int number) -> outputAt[number];
            case Place.Constant _, Place.Slot _ -> throw new IllegalStateException("not in the buffer: " + v);
        };
        return start * UNIT + v.type().element().bytes(sizes.dim(v.offset()));
    }

    /** Writes the elements of a contiguous view. */
    void write(View v, Tensor t) {
        write(at(v), t.data(), t.byteSize());
    }

    private void write(long at, MemorySegment from, long bytes) {
        if (bytes > 0) {
            MemorySegment mapped = cl.map(queue, buffer, OpenCl.CL_MAP_WRITE_INVALIDATE_REGION, at, bytes);
            try {
                MemorySegment.copy(from, 0, mapped, 0, bytes);
            } finally {
                cl.unmap(queue, buffer, mapped);
            }
        }
    }

    // Faults.

    void forgetFault() {
        MemorySegment faults = cl.map(queue, buffer, OpenCl.CL_MAP_WRITE_INVALIDATE_REGION, 0, FAULT_BYTES);
        faults.fill((byte) 0);
        cl.unmap(queue, buffer, faults);
    }

    /** What kernels noted first since {@link #forgetFault}. */
    Fault fault() {
        MemorySegment faults = cl.map(queue, buffer, OpenCl.CL_MAP_READ, 0, FAULT_BYTES);
        Fault noted = new Fault(
                faults.get(ValueLayout.JAVA_INT, 0),
                faults.get(ValueLayout.JAVA_LONG, 8),
                faults.get(ValueLayout.JAVA_LONG, 16));
        cl.unmap(queue, buffer, faults);
        return noted;
    }

    // Elements, seen from the host.

    /** The elements of a view in memory that the host may read, until it is closed. */
    final class Sight implements AutoCloseable {
        final MemorySegment bytes;
        private final @Nullable MemorySegment mapped;

        Sight(MemorySegment bytes, @Nullable MemorySegment mapped) {
            this.bytes = bytes;
            this.mapped = mapped;
        }

        @Override
        public void close() {
            if (mapped != null) {
                cl.unmap(queue, buffer, mapped);
            }
        }
    }

    /** The elements of a contiguous view that is in no slot, when the launches before have ended. */
    Sight see(View v) {
        long bytes = sizes.bytes(v);
        ElementType type = v.type().element();
        if (v.place() instanceof Place.Constant(Weight w)) {
            return new Sight(weights.apply(w).data().asSlice(type.bytes(sizes.dim(v.offset())), bytes), null);
        }
        if (v.place() instanceof Place.Input(int number) && inputs[number] instanceof Tensor t) {
            return new Sight(t.data().asSlice(type.bytes(sizes.dim(v.offset())), bytes), null);
        }
        if (bytes == 0) {
            return new Sight(MemorySegment.ofArray(new byte[0]), null);
        }
        MemorySegment mapped = cl.map(queue, buffer, OpenCl.CL_MAP_READ, at(v), bytes);
        return new Sight(mapped, mapped);
    }
}
