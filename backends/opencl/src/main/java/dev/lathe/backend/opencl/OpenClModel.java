package dev.lathe.backend.opencl;

import dev.lathe.backend.device.DeviceModel;
import dev.lathe.backend.plan.Plan;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.Location;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model on a device of OpenCL. */
final class OpenClModel extends DeviceModel {
    final DeviceProgram program;
    private final OpenClLaunches launches;

    private OpenClModel(
            DeviceProgram program,
            OpenClPlans plans,
            Plan plan,
            List<Tensor> computed,
            Map<String, InputRole> roles,
            @Nullable StepTimes times) {
        super(plan, plans.weights(), computed, roles, times, program::leave);
        this.program = program;
        this.launches = plans.launches();
    }

    /**
     * Compiles the program for a device, and computes what runs when a model is loaded.
     *
     * @param times hears of the steps of calls; null if nobody does
     */
    static OpenClModel load(OpenClPlans plans, Map<String, InputRole> roles, Device device, @Nullable StepTimes times) {
        DeviceProgram program = program(device, plans.launches().source());
        List<Tensor> computed = List.of();
        Plan before = plans.atLoad();
        if (before != null) {
            program.use(); // by the model that follows
            computed = computedBy(
                    () -> new OpenClModel(program, plans, before, List.of(), Map.of(), null), program::leave);
        }
        return new OpenClModel(program, plans, plans.plan(), computed, roles, times);
    }

    private static DeviceProgram program(Device device, String source) {
        try {
            return DeviceProgram.of(device, source, ProgramCache.standard());
        } catch (ClException e) {
            throw DeviceProgram.failed(device, e, Location.NONE);
        }
    }

    @Override
    protected OpenClExecution execution() {
        try {
            return OpenClExecution.of(plan, launches, program, tensors, table, times);
        } catch (ClException e) {
            throw DeviceProgram.failed(program.device, e, Location.NONE);
        }
    }

    @Override
    protected String runsOn() {
        return program.device.name();
    }
}
