package dev.lathe.backend.opencl;

import dev.lathe.backend.device.CallSizes;
import dev.lathe.backend.device.DeviceException;
import dev.lathe.backend.device.DeviceExecution;
import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.StepTable;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.Location;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One call of a model at a time. Kernels are put into a {@link LaunchQueue}, which runs them in order. */
final class OpenClExecution extends DeviceExecution {
    private final DeviceProgram program;
    private final BufferMemory memory;
    private final long queue;
    private final LaunchQueue launcher;

    private OpenClExecution(
            Plan plan,
            OpenClLaunches launches,
            DeviceProgram program,
            Function<Weight, Tensor> weights,
            StepTable table,
            @Nullable StepTimes times,
            CallSizes sizes,
            BufferMemory memory,
            long queue) {
        super(plan, launches, weights, sizes, memory, table, times);
        this.program = program;
        this.memory = memory;
        this.queue = queue;
        this.launcher = new LaunchQueue(launches, program, weights, sizes, memory, queue, times);
    }

    static OpenClExecution of(
            Plan plan,
            OpenClLaunches launches,
            DeviceProgram program,
            Function<Weight, Tensor> weights,
            StepTable table,
            @Nullable StepTimes times) {
        program.use();
        long queue;
        try {
            queue = program.createQueue(times != null);
        } catch (ClException e) {
            program.leave();
            throw e;
        }
        CallSizes sizes = new CallSizes();
        BufferMemory memory = new BufferMemory(plan, sizes, program, weights, queue);
        return new OpenClExecution(plan, launches, program, weights, table, times, sizes, memory, queue);
    }

    @Override
    public void drop() {
        launcher.release();
        memory.release();
        program.cl.releaseQueue(queue);
        program.leave();
    }

    @Override
    protected boolean hasArrays(ElementType element) {
        return ClText.hasArrays(element);
    }

    @Override
    protected void launch(List<Launch> launches, int step, Location node) {
        launcher.launch(launches, step);
    }

    @Override
    protected boolean tellsTimes() {
        return true;
    }

    @Override
    protected void finish() {
        launcher.finish();
    }

    @Override
    protected void forgetShapes() {
        launcher.forgetShapes();
    }

    @Override
    protected void endCall() {
        launcher.endCall();
    }

    @Override
    protected LatheException failed(DeviceException e, Location node) {
        return DeviceProgram.failed(program.device, e, node);
    }
}
