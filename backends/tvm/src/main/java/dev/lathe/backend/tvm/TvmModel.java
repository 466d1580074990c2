package dev.lathe.backend.tvm;

import dev.lathe.backend.device.DeviceModel;
import dev.lathe.backend.plan.Plan;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A model whose kernels TVM compiled. */
final class TvmModel extends DeviceModel {
    private final KernelModule module;
    private final TvmLaunches launches;
    private final int threads;

    private TvmModel(
            KernelModule module,
            TvmPlans plans,
            Plan plan,
            List<Tensor> computed,
            Map<String, InputRole> roles,
            int threads,
            @Nullable StepTimes times) {
        super(plan, plans.weights(), computed, roles, times, module::leave);
        this.module = module;
        this.launches = plans.launches();
        this.threads = threads;
    }

    /**
     * Computes what runs when a model is loaded. It has {@code module} from here on.
     *
     * @param times hears of the steps of calls; null if nobody does
     */
    static TvmModel load(
            TvmPlans plans, Map<String, InputRole> roles, KernelModule module, int threads, @Nullable StepTimes times) {
        List<Tensor> computed = List.of();
        Plan before = plans.atLoad();
        if (before != null) {
            module.use(); // by the model that follows
            computed = computedBy(
                    () -> new TvmModel(module, plans, before, List.of(), Map.of(), threads, null), module::leave);
        }
        return new TvmModel(module, plans, plans.plan(), computed, roles, threads, times);
    }

    @Override
    protected TvmExecution execution() {
        return TvmExecution.of(plan, launches, module, tensors, threads, table, times);
    }

    @Override
    protected String runsOn() {
        return threads + (threads == 1 ? " thread, " : " threads, ") + "code of TVM";
    }
}
