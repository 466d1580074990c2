package dev.lathe.backend.device;

import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.StepTable;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.runtime.ConcurrentModel;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model that walks a plan. Each concurrent call has a {@link DeviceExecution}, with memory of its own. Executions do
 * not hold the model, so that what nobody closes goes with it.
 */
public abstract class DeviceModel extends ConcurrentModel {
    /** Frees what nobody closed. */
    private static final Cleaner CLEANER = Cleaner.create();

    protected final Plan plan;
    /** The steps of the plan. */
    protected final StepTable table;
    /** Hears of the steps of calls; null if nobody does. */
    protected final @Nullable StepTimes times;

    /** The tensor that a weight is, in the weight's shape. */
    protected final Function<Weight, Tensor> tensors;

    private final Map<String, InputRole> roles;
    private final Cleaner.Cleanable cleanable;

    /**
     * A model.
     *
     * @param stored the weights of the file, by number
     * @param computed those that were {@linkplain #computedBy computed} when the model was loaded
     * @param roles what inputs mean, by name
     * @param leave ends this model's use of what its calls share, and does not hold the model itself
     */
    @SuppressWarnings("this-escape") // a cleaner watches it, and calls nothing of it
    protected DeviceModel(
            Plan plan,
            List<Tensor> stored,
            List<Tensor> computed,
            Map<String, InputRole> roles,
            @Nullable StepTimes times,
            Runnable leave) {
        super(plan.graph().inputPorts(), plan.graph().outputPorts());
        this.plan = plan;
        this.table = new StepTable(plan);
        this.times = times;
        this.tensors = w -> tensor(w, w.computed() ? computed : stored);
        this.roles = roles;
        Runnable drop = drop();
        this.cleanable = CLEANER.register(this, () -> {
            drop.run();
            leave.run();
        });
    }

    /**
     * The results of what runs once, when a model is loaded.
     *
     * @param leave ends the use of what models share, if that fails
     */
    protected static List<Tensor> computedBy(Supplier<? extends DeviceModel> atLoad, Runnable leave) {
        List<Tensor> computed = new ArrayList<>();
        try (DeviceModel model = atLoad.get()) {
            for (Datum d : model.run(Map.of()).values()) {
                computed.add((Tensor) d);
            }
        } catch (RuntimeException | Error e) {
            leave.run();
            throw e;
        }
        return List.copyOf(computed);
    }

    @Override
    public InputRole role(String input) {
        InputRole role = roles.get(input);
        return role == null ? super.role(input) : role;
    }

    private static Tensor tensor(Weight w, List<Tensor> all) {
        Tensor t = all.get(w.number());
        return t.type().equals(w.type())
                ? t
                : t.reshape(w.type().shape().dims().stream()
                        .mapToLong(Dim::constant)
                        .toArray());
    }

    @Override
    public void close() {
        super.close();
        cleanable.clean();
    }
}
