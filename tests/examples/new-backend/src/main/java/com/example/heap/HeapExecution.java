package com.example.heap;

import dev.lathe.backend.device.CallSizes;
import dev.lathe.backend.device.DeviceException;
import dev.lathe.backend.device.DeviceExecution;
import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.StepTable;
import dev.lathe.backend.plan.View;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;

/** One call at a time: it launches kernels. What walks the plan is the same for all such targets. */
final class HeapExecution extends DeviceExecution {
    private final Function<Weight, Tensor> weights;
    private final CallSizes sizes;
    private final HeapMemory memory;

    private HeapExecution(
            Plan plan,
            HeapLaunches launches,
            Function<Weight, Tensor> weights,
            CallSizes sizes,
            HeapMemory memory,
            StepTable table) {
        super(plan, launches, weights, sizes, memory, table, null);
        this.weights = weights;
        this.sizes = sizes;
        this.memory = memory;
    }

    static HeapExecution of(Plan plan, HeapLaunches launches, Function<Weight, Tensor> weights, StepTable table) {
        CallSizes sizes = new CallSizes();
        HeapMemory memory = new HeapMemory(plan, sizes, weights);
        return new HeapExecution(plan, launches, weights, sizes, memory, table);
    }

    @Override
    protected boolean hasArrays(ElementType element) {
        return element.bits() % 8 == 0 && !element.isString();
    }

    @Override
    protected void launch(List<Launch> launches, int step, Location node) {
        for (Launch launch : launches) {
            copy(launch.arguments());
        }
    }

    private void copy(List<Launch.Argument> arguments) {
        View from = ((Launch.Elements) arguments.get(0)).view();
        View to = ((Launch.Elements) arguments.get(1)).view();
        long[] numbers = arguments.stream()
                .skip(2)
                .mapToLong(a -> sizes.dim(((Launch.Size) a).value()))
                .toArray();
        copy(
                numbers,
                0,
                bytes(from),
                start(from),
                memory.buffer(),
                start(to),
                from.type().element().bytes(1));
    }

    /** Where a view has its elements: a weight is no part of the buffer. */
    private MemorySegment bytes(View v) {
        return v.place() instanceof Place.Constant(Weight w) ? weights.apply(w).data() : memory.buffer();
    }

    private long start(View v) {
        return v.place() instanceof Place.Constant ? v.type().element().bytes(sizes.dim(v.offset())) : memory.at(v);
    }

    private static void copy(
            long[] numbers, int axis, MemorySegment from, long fromAt, MemorySegment to, long toAt, long size) {
        if (axis == numbers.length) {
            MemorySegment.copy(from, fromAt, to, toAt, size);
            return;
        }
        for (long i = 0; i < numbers[axis]; i++) {
            long fromNext = fromAt + i * numbers[axis + 1] * size;
            copy(numbers, axis + 3, from, fromNext, to, toAt + i * numbers[axis + 2] * size, size);
        }
    }

    @Override
    protected void forgetShapes() {}

    @Override
    protected LatheException failed(DeviceException e, Location node) {
        return new LatheException(Diagnostic.error(
                "heap.failed", node, String.valueOf(e.getMessage()), "report it to the author of the target"));
    }
}
