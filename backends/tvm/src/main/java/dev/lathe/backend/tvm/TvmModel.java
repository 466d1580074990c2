package dev.lathe.backend.tvm;

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

/** A model whose kernels TVM compiled. Each concurrent call has a {@link TvmExecution}, with memory of its own. */
final class TvmModel extends ConcurrentModel {
    /** Frees what nobody closed. */
    private static final Cleaner CLEANER = Cleaner.create();

    private final KernelModule module;
    private final TvmLaunches launches;
    private final Plan plan;
    private final List<Tensor> stored;
    private final List<Tensor> computed;
    private final Map<String, InputRole> roles;
    private final int threads;
    private final StepTable table;
    private final @Nullable StepTimes times;
    private final Cleaner.Cleanable cleanable;

    private TvmModel(
            KernelModule module,
            TvmLaunches launches,
            Plan plan,
            List<Tensor> stored,
            List<Tensor> computed,
            Map<String, InputRole> roles,
            int threads,
            @Nullable StepTimes times) {
        super(plan.graph().inputPorts(), plan.graph().outputPorts());
        this.module = module;
        this.launches = launches;
        this.plan = plan;
        this.stored = stored;
        this.computed = computed;
        this.roles = roles;
        this.threads = threads;
        this.table = new StepTable(plan);
        this.times = times;
        this.cleanable = CLEANER.register(this, module::leave);
    }

    /**
     * Computes what runs when a model is loaded. It has {@code module} from here on.
     *
     * @param times hears of the steps of calls; null if nobody does
     */
    static TvmModel load(
            TvmPlans plans, Map<String, InputRole> roles, KernelModule module, int threads, @Nullable StepTimes times) {
        List<Tensor> computed = new ArrayList<>();
        Plan before = plans.atLoad();
        if (before != null) {
            module.use(); // by the model that follows
            try (TvmModel atLoad = new TvmModel(
                    module, plans.launches(), before, plans.weights(), List.of(), Map.of(), threads, null)) {
                for (Datum d : atLoad.run(Map.of()).values()) {
                    computed.add((Tensor) d);
                }
            } catch (RuntimeException | Error e) {
                module.leave();
                throw e;
            }
        }
        return new TvmModel(
                module, plans.launches(), plans.plan(), plans.weights(), List.copyOf(computed), roles, threads, times);
    }

    @Override
    protected TvmExecution execution() {
        return TvmExecution.of(plan, launches, module, this::tensor, threads, table, times);
    }

    @Override
    protected String runsOn() {
        return threads + (threads == 1 ? " thread, " : " threads, ") + "code of TVM";
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
