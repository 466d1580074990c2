package dev.lathe.backend.tvm;

import dev.lathe.backend.device.CallSizes;
import dev.lathe.backend.device.DeviceException;
import dev.lathe.backend.device.DeviceExecution;
import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.AxisTable;
import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.StepTable;
import dev.lathe.backend.plan.View;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.Location;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.WorkerPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One call of a model at a time: the items of a kernel are shared by the workers of this process. */
final class TvmExecution extends DeviceExecution {
    /** The parts of a kernel for each worker: they end at about the same time, and a call can be stopped between. */
    private static final int PARTS = 4;

    private static final int MOST_ARGUMENTS = 256;

    /** An argument that is memory for the time of a launch, and where it starts. */
    private record Part(int argument, long at) {}

    /** The arguments of a call of a function, as TVM takes them. */
    private static final class Frame {
        private final MemorySegment values = Arena.ofAuto().allocate(8L * MOST_ARGUMENTS, 64);
        private final MemorySegment codes = Arena.ofAuto().allocate(4L * MOST_ARGUMENTS, 64);
        private final MemorySegment result = Arena.ofAuto().allocate(64, 64);
        private MemorySegment scratch = MemorySegment.NULL;

        /** Gives the parts their places in memory of so many bytes, which only this frame has. */
        void place(List<Part> parts, long bytes) {
            if (scratch.byteSize() < bytes) {
                scratch = Arena.ofAuto().allocate(bytes, 64);
            }
            for (Part p : parts) {
                set(p.argument, scratch.address() + p.at, Tvm.HANDLE);
            }
        }

        void set(int i, long value, int code) {
            values.setAtIndex(ValueLayout.JAVA_LONG, i, value);
            codes.setAtIndex(ValueLayout.JAVA_INT, i, code);
        }

        void range(long first, long items) {
            set(0, first, Tvm.INTEGER);
            set(1, items, Tvm.INTEGER);
        }
    }

    private final KernelModule module;
    private final TvmLaunches launches;
    private final Function<Weight, Tensor> weights;
    private final CallSizes sizes;
    private final HostMemory memory;
    private final int threads;
    private final Frame[] frames;
    private final List<Part> scratch = new ArrayList<>();
    /** The tables of launches, for the present shapes. */
    private final Map<Launch, MemorySegment> tables = new IdentityHashMap<>();

    private TvmExecution(
            Plan plan,
            TvmLaunches launches,
            KernelModule module,
            Function<Weight, Tensor> weights,
            int threads,
            CallSizes sizes,
            HostMemory memory,
            StepTable table,
            @Nullable StepTimes times) {
        super(plan, launches, weights, sizes, memory, table, times);
        this.module = module;
        this.launches = launches;
        this.weights = weights;
        this.sizes = sizes;
        this.memory = memory;
        this.threads = threads;
        this.frames = new Frame[WorkerPool.shared().size()];
        for (int i = 0; i < frames.length; i++) {
            frames[i] = new Frame();
        }
    }

    /** @param threads how many workers share a kernel */
    static TvmExecution of(
            Plan plan,
            TvmLaunches launches,
            KernelModule module,
            Function<Weight, Tensor> weights,
            int threads,
            StepTable table,
            @Nullable StepTimes times) {
        module.use();
        CallSizes sizes = new CallSizes();
        HostMemory memory = new HostMemory(plan, sizes, weights);
        return new TvmExecution(plan, launches, module, weights, threads, sizes, memory, table, times);
    }

    @Override
    public void drop() {
        memory.release();
        module.leave();
    }

    @Override
    protected boolean hasArrays(ElementType element) {
        return Dtype.hasArrays(element);
    }

    @Override
    protected void forgetShapes() {
        tables.clear();
    }

    @Override
    protected LatheException failed(DeviceException e, Location node) {
        LatheException failure = new LatheException(Diagnostic.error(
                "tvm.failed", node, "TVM: " + e.getMessage(), "give smaller inputs, or use --target java"));
        failure.initCause(e);
        return failure;
    }

    @Override
    protected void launch(List<Launch> all, int step, Location node) {
        for (Launch l : all) {
            if (launches.runs(l, sizes::dim)) {
                launch(l);
            }
        }
    }

    private void launch(Launch launch) {
        long items = sizes.dim(launch.items().getFirst());
        if (items <= 0) {
            return;
        }
        Tvm.Handle function = module.function(launch.kernel());
        Frame own = frames[0];
        int count = 2;
        scratch.clear();
        long scratchBytes = 0;
        for (Launch.Argument a : launch.arguments()) {
            switch (a) {
                case Launch.Elements(View view) -> own.set(count++, address(view), Tvm.HANDLE);
                case Launch.Size(Dim value) -> own.set(count++, sizes.dim(value), Tvm.INTEGER);
                case Launch.Arranged(Panels panels) ->
                    own.set(count++, module.panels(panels, weights).address(), Tvm.HANDLE);
                case Launch.Tables(List<AxisTable> all) ->
                    own.set(count++, table(launch, all).address(), Tvm.HANDLE);
                case Launch.Fault() -> {
                    own.set(count++, memory.address(), Tvm.HANDLE);
                    own.set(count++, launches.number(launch), Tvm.INTEGER);
                }
                case Launch.ArrangedBytes _ -> throw new IllegalStateException("kernels here multiply floats");
                case Launch.Taps _ -> throw new IllegalStateException("no kernel here interpolates");
                case Launch.Scratch(Dim floats) -> {
                    scratch.add(new Part(count++, scratchBytes));
                    scratchBytes += Math.ceilDiv(Math.multiplyExact(4L, sizes.dim(floats)), 64L) * 64;
                }
                case Launch.LaunchNumber _ -> throw new IllegalStateException("floats are in the text of a kernel");
            }
        }
        own.place(scratch, scratchBytes);
        long grain = launch.groups().getFirst();
        long parts = Math.clamp(items / grain, 1, (long) threads * PARTS);
        int arguments = count;
        if (parts == 1) {
            own.range(0, items);
            module.tvm.run(launch.kernel(), function, own.values, own.codes, arguments, own.result);
            return;
        }
        for (int w = 1; w < Math.min(threads, frames.length); w++) {
            MemorySegment.copy(own.values, 0, frames[w].values, 0, 8L * arguments);
            MemorySegment.copy(own.codes, 0, frames[w].codes, 0, 4L * arguments);
            frames[w].place(scratch, scratchBytes);
        }
        WorkerPool.shared().run((int) parts, threads, (part, worker) -> {
            Frame f = frames[worker];
            long first = items * part / parts;
            f.range(first, items * (part + 1) / parts - first);
            module.tvm.run(launch.kernel(), function, f.values, f.codes, arguments, f.result);
        });
    }

    private long address(View view) {
        if (view.place() instanceof Place.Constant(Weight w)) {
            return module.elements(w, weights.apply(w)).address()
                    + view.type().element().bytes(sizes.dim(view.offset()));
        }
        return memory.address() + memory.at(view);
    }

    private MemorySegment table(Launch launch, List<AxisTable> all) {
        return tables.computeIfAbsent(launch, _ -> {
            int[] numbers = sizes.tables(all);
            MemorySegment made = Arena.ofAuto().allocate(Math.max(64, 4L * numbers.length), 64);
            MemorySegment.copy(numbers, 0, made, ValueLayout.JAVA_INT, 0, numbers.length);
            return made;
        });
    }
}
