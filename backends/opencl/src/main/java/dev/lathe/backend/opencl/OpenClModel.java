package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.StepTable;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.ConcurrentModel;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model on a device. Each concurrent call has an {@link OpenClExecution}, with memory of its own. */
final class OpenClModel extends ConcurrentModel {
    /** Frees what nobody closed. */
    private static final Cleaner CLEANER = Cleaner.create();

    private final DeviceProgram program;
    private final OpenClLaunches launches;
    private final Plan plan;
    private final List<Tensor> stored;
    private final List<Tensor> computed;
    private final Map<String, InputRole> roles;
    private final StepTable table;
    private final @Nullable StepTimes times;
    private final Cleaner.Cleanable cleanable;

    private OpenClModel(
            DeviceProgram program,
            OpenClLaunches launches,
            Plan plan,
            List<Tensor> stored,
            List<Tensor> computed,
            Map<String, InputRole> roles,
            @Nullable StepTimes times) {
        super(plan.graph().inputPorts(), plan.graph().outputPorts());
        this.program = program;
        this.launches = launches;
        this.plan = plan;
        this.stored = stored;
        this.computed = computed;
        this.roles = roles;
        this.table = new StepTable(plan);
        this.times = times;
        this.cleanable = CLEANER.register(this, program::leave);
    }

    /**
     * Compiles the program for a device, and computes what runs when a model is loaded.
     *
     * @param times hears of the steps of calls; null if nobody does
     */
    static OpenClModel load(OpenClPlans plans, Map<String, InputRole> roles, Device device, @Nullable StepTimes times) {
        DeviceProgram program = new DeviceProgram(device, plans.launches().source(), ProgramCache.standard());
        List<Tensor> computed = new ArrayList<>();
        Plan before = plans.atLoad();
        if (before != null) {
            program.use(); // by the model that follows
            try (OpenClModel atLoad =
                    new OpenClModel(program, plans.launches(), before, plans.weights(), List.of(), Map.of(), null)) {
                for (Datum d : atLoad.run(Map.of()).values()) {
                    computed.add((Tensor) d);
                }
            } catch (RuntimeException | Error e) {
                program.leave();
                throw e;
            }
        }
        return new OpenClModel(
                program, plans.launches(), plans.plan(), plans.weights(), List.copyOf(computed), roles, times);
    }

    @Override
    protected OpenClExecution execution() {
        return OpenClExecution.of(plan, launches, program, this::tensor, table, times);
    }

    @Override
    protected String runsOn() {
        return program.device.name();
    }

    @Override
    public InputRole role(String input) {
        InputRole role = roles.get(input);
        return role == null ? super.role(input) : role;
    }

    private Tensor tensor(Weight w) {
        return w.computed() ? computed.get(w.number()) : stored.get(w.number());
    }

    @Override
    public void close() {
        super.close();
        cleanable.clean();
    }
}
