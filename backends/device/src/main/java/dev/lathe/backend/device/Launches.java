package dev.lathe.backend.device;

import dev.lathe.backend.plan.Instruction;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.StepTable;
import dev.lathe.ir.ModelStep;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The kernels that the steps of plans launch. A target says which, and keeps the program that has them. */
public abstract class Launches {
    private final Map<Step, List<Launch>> bySteps = new IdentityHashMap<>();
    /** The launches whose kernels note faults, by number from 1, and their instructions. */
    private final Map<Launch, Integer> numbers = new IdentityHashMap<>();

    private final List<Instruction> faults = new ArrayList<>();

    /** Adds those of a plan. */
    public final void add(Plan plan) {
        Step.all(plan.steps()).forEach(i -> {
            List<Launch> launches = launches(i);
            bySteps.put(i.step(), launches);
            launches.forEach(l -> note(l, i));
        });
    }

    /** Writes the kernels of a step; none if the host runs it. */
    protected abstract List<Launch> launches(Instruction i);

    /** Notes that {@code kernel} runs {@code origin}. */
    protected abstract void note(String kernel, String origin);

    private void note(Launch l, Instruction i) {
        if (l.arguments().stream().anyMatch(Launch.Fault.class::isInstance)) {
            faults.add(i);
            numbers.put(l, faults.size());
        }
        String kernel = l.kernel();
        i.location().origins().forEach(o -> note(kernel, o.toString()));
        if (i.location().isNone()) {
            note(kernel, i.value());
        }
    }

    /** The launches of a step; none if the host runs it. */
    public final List<Launch> of(Step step) {
        return bySteps.getOrDefault(step, List.of());
    }

    /** The steps of a call of a plan that was added, by number, with their kernels. */
    public final List<ModelStep> steps(Plan plan) {
        StepTable table = new StepTable(plan);
        plan.work()
                .forEach(i -> table.kernels(
                        i, of(i.step()).stream().map(Launch::kernel).toList()));
        return table.steps();
    }

    /** The number of a launch whose kernel may note a fault. */
    public final int number(Launch l) {
        return Objects.requireNonNull(numbers.get(l), "only launches that have a number ask for it");
    }

    /** The instruction whose kernel noted a fault with this number. */
    final Instruction fault(int number) {
        return faults.get(number - 1);
    }

    /** Whether there is a kernel that may note a fault. */
    final boolean mayFault() {
        return !faults.isEmpty();
    }
}
