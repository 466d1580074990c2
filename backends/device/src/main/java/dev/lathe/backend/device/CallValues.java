package dev.lathe.backend.device;

import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.OpStep;
import dev.lathe.runtime.ValueStep;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The values of one call at a time as the host sees them: those in slots, and copies of those on the device. */
final class CallValues {
    private final CallSizes sizes;
    private final CallMemory memory;
    private final @Nullable Datum[] slots;
    private final Map<Integer, List<Datum>> lists = new HashMap<>();

    CallValues(int slots, CallSizes sizes, CallMemory memory) {
        this.sizes = sizes;
        this.memory = memory;
        this.slots = new Datum[slots];
    }

    void clear() {
        Arrays.fill(slots, null);
        lists.clear();
    }

    /** What a view holds. */
    Datum get(View v) {
        if (v.place() instanceof Place.Slot(int number)) {
            return slot(number);
        }
        try (CallMemory.Sight s = memory.see(v)) {
            long[] dims = sizes.dims(v.shape());
            if (v.place() instanceof Place.Constant) {
                return Tensor.of(v.type().element(), dims, s.bytes());
            }
            Tensor copy = Tensor.zeros(v.type().element(), dims);
            MemorySegment.copy(s.bytes(), 0, copy.data(), 0, copy.byteSize());
            return copy;
        }
    }

    /** What a view holds, in place: {@code seen} takes what must be closed after it was used. */
    private Datum share(View v, List<CallMemory.Sight> seen) {
        if (v.place() instanceof Place.Slot(int number)) {
            return slot(number);
        }
        CallMemory.Sight s = memory.see(v);
        seen.add(s);
        return Tensor.of(v.type().element(), sizes.dims(v.shape()), s.bytes());
    }

    Datum slot(int number) {
        return Objects.requireNonNull(slots[number], "a slot is filled before it is read");
    }

    boolean flag(View v) {
        return ((Tensor) get(v)).getBoolean(0);
    }

    long number(View v) {
        return ((Tensor) get(v)).getLong(0);
    }

    /** Puts a value where a view is, which is contiguous. */
    void put(Datum value, View v) {
        if (v.place() instanceof Place.Slot(int number)) {
            slots[number] = value;
        } else {
            memory.write(v, (Tensor) value);
        }
    }

    /** Runs an op by its reference meaning, or by a kernel for tensors of any size. */
    void run(Step.HostOp s) {
        List<CallMemory.Sight> seen = new ArrayList<>();
        try {
            OpStep step = ValueStep.takes(s.op()) ? new ValueStep() : new OpStep();
            CoreOp op = HostOps.make(s, step, v -> s.shares() ? share(v, seen) : get(v), sizes::known);
            List<Datum> values = step.run(op);
            for (int i = 0; i < values.size(); i++) {
                put(values.get(i), s.results().get(i));
            }
            for (Step.HostOp.Binding b : s.bindings()) {
                sizes.bind(
                        b.symbol(),
                        b.axis() < 0 ? step.bound(b.symbol()) : ((Tensor) values.get(b.result())).dim(b.axis()));
            }
        } finally {
            seen.forEach(CallMemory.Sight::close);
        }
    }

    void beginList(int number) {
        lists.put(number, new ArrayList<>());
    }

    void append(Step.Append s) {
        list(s.list()).add(get(s.item()));
    }

    void stack(Step.Stack s) {
        long[] dims = s.type().isRanked() ? sizes.dims(s.type().shape()) : new long[] {0};
        put(OpStep.stacked(list(s.list()), s.type().element(), dims), s.to());
    }

    private List<Datum> list(int number) {
        return Objects.requireNonNull(lists.get(number), "a list begins before its loop");
    }
}
