package dev.lathe.backend.opencl;

import dev.lathe.backend.device.CallSizes;
import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Launches;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.AxisTable;
import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts launches into a queue, which runs them in order. */
final class LaunchQueue {
    /** So many launches may be in the queue twice before the host waits, so that a call can be stopped. */
    private static final int AHEAD = 16;
    /** More work items along an axis than kernels count. */
    private static final long MOST_ITEMS = 1L << 32;

    /** The events of a step that ran. */
    private record Timed(int step, List<Long> events) {}

    private final Launches launches;
    private final DeviceProgram program;
    private final Function<Weight, Tensor> weights;
    private final CallSizes sizes;
    private final BufferMemory memory;
    private final OpenCl cl;
    private final long queue;
    private final Map<String, Long> kernels = new HashMap<>();
    /** The tables of launches, for the present shapes. */
    private final Map<Launch, Long> tables = new IdentityHashMap<>();

    private final Arena scratch = Arena.ofAuto();
    private final MemorySegment argument = scratch.allocate(8);
    private final MemorySegment global = scratch.allocate(24);
    private final MemorySegment local = scratch.allocate(24);
    private final MemorySegment event = scratch.allocate(8);
    private final @Nullable StepTimes times;
    /** The steps of this call, if they are timed. */
    private final List<Timed> timed = new ArrayList<>();

    private int ahead;
    private long marker;

    LaunchQueue(
            Launches launches,
            DeviceProgram program,
            Function<Weight, Tensor> weights,
            CallSizes sizes,
            BufferMemory memory,
            long queue,
            @Nullable StepTimes times) {
        this.launches = launches;
        this.program = program;
        this.weights = weights;
        this.sizes = sizes;
        this.memory = memory;
        this.cl = program.cl;
        this.queue = queue;
        this.times = times;
    }

    /** Waits for what is in the queue, and releases what this holds, but for the queue. */
    void release() {
        cl.finish(queue);
        if (marker != 0) {
            cl.await(marker);
        }
        kernels.values().forEach(cl::releaseKernel);
        forgetShapes();
    }

    /** Waits for what is in the queue, and forgets what holds for the present shapes alone. */
    void forgetShapes() {
        cl.finish(queue);
        tables.values().forEach(cl::releaseBuffer);
        tables.clear();
    }

    /** Tells the times of the call's kernels, when they have ended. */
    void endCall() {
        if (times == null) {
            return;
        }
        cl.finish(queue);
        for (Timed t : timed) {
            times.took(t.step, t.events.stream().mapToLong(cl::nanos).sum());
            t.events.forEach(cl::await);
        }
        timed.clear();
    }

    /** Waits for what is in the queue. */
    void finish() {
        cl.finish(queue);
    }

    /** Launches the kernels of a step. */
    void launch(List<Launch> launches, int step) {
        List<Long> events = new ArrayList<>();
        launches.forEach(l -> launch(l, events));
        if (times != null) {
            timed.add(new Timed(step, events));
        }
    }

    private void launch(Launch l, List<Long> events) {
        for (int axis = 0; axis < l.items().size(); axis++) {
            long items = sizes.dim(l.items().get(axis));
            if (items <= 0) {
                return;
            }
            if (items > MOST_ITEMS) {
                throw new LatheException(Diagnostic.error(
                        "run.too-large",
                        "kernel " + l.kernel() + " would have " + items + " work items along an axis",
                        "give smaller inputs, such as a smaller batch"));
            }
            long group = Math.min(l.groups().get(axis), program.device.largestGroup());
            global.setAtIndex(ValueLayout.JAVA_LONG, axis, Math.ceilDiv(items, group) * group);
            local.setAtIndex(ValueLayout.JAVA_LONG, axis, group);
        }
        long kernel = kernels.computeIfAbsent(l.kernel(), program::createKernel);
        int index = 0;
        for (Launch.Argument a : l.arguments()) {
            switch (a) {
                case Launch.Elements(View view) -> {
                    if (view.place() instanceof Place.Constant(Weight w)) {
                        set(kernel, index++, program.elements(w, weights.apply(w)));
                        set(kernel, index++, sizes.dim(view.offset()));
                    } else {
                        set(kernel, index++, memory.buffer());
                        set(
                                kernel,
                                index++,
                                memory.at(view) / view.type().element().bytes(1));
                    }
                }
                case Launch.Size(Dim value) -> set(kernel, index++, sizes.dim(value));
                case Launch.LaunchNumber(float value) -> {
                    argument.set(ValueLayout.JAVA_FLOAT, 0, value);
                    cl.setArgument(kernel, index++, 4, argument);
                }
                case Launch.Arranged(Panels panels) -> set(kernel, index++, program.panels(panels, weights));
                case Launch.ArrangedBytes(Panels panels, long depth) ->
                    set(kernel, index++, program.bytes(panels, depth, weights));
                case Launch.Tables(List<AxisTable> all) -> set(kernel, index++, table(l, () -> sizes.tables(all)));
                case Launch.Taps(Step.Resample s, boolean doubles) ->
                    set(kernel, index++, table(l, () -> sizes.taps(s, doubles)));
                case Launch.Scratch _ -> throw new IllegalStateException("kernels here have local memory");
                case Launch.Fault() -> {
                    set(kernel, index++, memory.buffer());
                    argument.set(ValueLayout.JAVA_INT, 0, launches.number(l));
                    cl.setArgument(kernel, index++, 4, argument);
                }
            }
        }
        boolean isTimed = times != null;
        cl.enqueueKernel(queue, kernel, l.items().size(), global, local, isTimed ? event : MemorySegment.NULL);
        if (isTimed) {
            events.add(event.get(ValueLayout.JAVA_LONG, 0));
        }
        if (++ahead == AHEAD) {
            ahead = 0;
            long before = marker;
            marker = cl.marker(queue);
            if (before != 0) {
                cl.await(before);
            }
        }
    }

    private void set(long kernel, int index, long value) {
        argument.set(ValueLayout.JAVA_LONG, 0, value);
        cl.setArgument(kernel, index, 8, argument);
    }

    /** A buffer for the table that a launch has. */
    private long table(Launch l, Supplier<int[]> numbers) {
        Long known = tables.get(l);
        if (known != null) {
            return known;
        }
        int[] joined = numbers.get();
        long made = program.createBuffer("a table of indices", 4L * joined.length);
        tables.put(l, made);
        if (joined.length > 0) {
            MemorySegment mapped = cl.map(queue, made, OpenCl.CL_MAP_WRITE_INVALIDATE_REGION, 0, 4L * joined.length);
            MemorySegment.copy(joined, 0, mapped, ValueLayout.JAVA_INT, 0, joined.length);
            cl.unmap(queue, made, mapped);
        }
        return made;
    }
}
