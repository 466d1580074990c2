package dev.lathe.backend.device;

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
 * The memory of one call at a time: one buffer with a note of faults, the inputs, the outputs and all intermediate
 * tensors. It is laid out anew when the shapes of the inputs change. A target says what the buffer is, and how the host
 * sees it.
 */
public abstract class CallMemory {
    /** Places in the buffer are counted in these many bytes, of which {@link Arena} aligns to 16. */
    private static final int UNIT = 8;
    /** What kernels note of faults, at the start of the buffer: the launch as an int, then two longs. */
    private static final long FAULT_BYTES = 128;

    /**
     * What a kernel noted.
     *
     * @param number that of its launch; 0 for no fault
     * @param index what is outside of an axis
     * @param count the elements of the axis; {@link #DIVISION} where an integer was divided by zero
     */
    public record Fault(int number, long index, long count) {
        public static final long DIVISION = -1;
    }

    private final Plan plan;
    private final CallSizes sizes;
    private final Function<Weight, Tensor> weights;

    /** Where the inputs and outputs start, in units; -1 for those that are not here. */
    private final long[] inputAt;

    private final long[] outputAt;
    private final Arena arena;
    private final @Nullable Tensor[] inputs;

    /**
     * Memory for calls of a plan.
     *
     * @param weights the tensor that a weight is
     */
    protected CallMemory(Plan plan, CallSizes sizes, Function<Weight, Tensor> weights) {
        this.plan = plan;
        this.sizes = sizes;
        this.weights = weights;
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

    /** Makes a buffer of at least so many bytes, if there is none yet; what was in it is lost. */
    protected abstract void require(long bytes);

    /**
     * Bytes of the buffer, where the host sees them, when all launches so far have ended.
     *
     * @param writes whether the host writes all of them, and reads none
     */
    protected abstract MemorySegment map(long at, long bytes, boolean writes);

    /** Ends what {@link #map} began. */
    protected abstract void unmap(MemorySegment mapped);

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
        require(Sizes.times(arena.size(), UNIT));
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
    public long at(View v) {
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
            MemorySegment mapped = map(at, bytes, true);
            try {
                MemorySegment.copy(from, 0, mapped, 0, bytes);
            } finally {
                unmap(mapped);
            }
        }
    }

    // Faults.

    void forgetFault() {
        MemorySegment faults = map(0, FAULT_BYTES, true);
        faults.fill((byte) 0);
        unmap(faults);
    }

    /** What kernels noted first since {@link #forgetFault}. */
    Fault fault() {
        MemorySegment faults = map(0, FAULT_BYTES, false);
        Fault noted = new Fault(
                faults.get(ValueLayout.JAVA_INT, 0),
                faults.get(ValueLayout.JAVA_LONG, 8),
                faults.get(ValueLayout.JAVA_LONG, 16));
        unmap(faults);
        return noted;
    }

    // Elements, seen from the host.

    /** The elements of a view in memory that the host may read, until it is closed. */
    final class Sight implements AutoCloseable {
        private final MemorySegment bytes;
        private final @Nullable MemorySegment mapped;

        Sight(MemorySegment bytes, @Nullable MemorySegment mapped) {
            this.bytes = bytes;
            this.mapped = mapped;
        }

        MemorySegment bytes() {
            return bytes;
        }

        @Override
        public void close() {
            if (mapped != null) {
                unmap(mapped);
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
        MemorySegment mapped = map(at(v), bytes, false);
        return new Sight(mapped, mapped);
    }
}
