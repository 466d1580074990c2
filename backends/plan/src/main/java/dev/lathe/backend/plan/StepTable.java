package dev.lathe.backend.plan;

import dev.lathe.ir.Location;
import dev.lathe.ir.ModelStep;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The steps of a plan that a profile knows, by number; a backend tells it the kernels when it prints them. */
public final class StepTable {
    /** Nodes of a step that a profile names: what is fused may stand for hundreds. */
    private static final int MOST_NODES = 8;

    private final List<Instruction> instructions;
    private final Map<Instruction, Integer> numbers = new IdentityHashMap<>();
    private final Map<Instruction, String> kernels = new IdentityHashMap<>();

    public StepTable(Plan plan) {
        instructions = plan.work();
        instructions.forEach(i -> numbers.put(i, numbers.size()));
    }

    /** The number of an instruction that is {@linkplain Step#isWork work}. */
    public int number(Instruction i) {
        return Objects.requireNonNull(numbers.get(i));
    }

    /** Tells which kernels run an instruction, the one that it is named after first. */
    public void kernels(Instruction i, List<String> names) {
        kernels.put(i, String.join(" + ", new LinkedHashSet<>(names)));
    }

    /** All steps, by number. */
    public List<ModelStep> steps() {
        return instructions.stream().map(this::step).toList();
    }

    private ModelStep step(Instruction i) {
        StepCost cost = StepCost.of(i.step());
        String kernel = kernels.getOrDefault(i, "");
        String otherwise = i.step() instanceof Step.HostOp h
                ? "host " + h.op().mnemonic()
                : i.step().word();
        List<String> nodes = i.location().origins().stream()
                .limit(MOST_NODES)
                .map(Location.Origin::toString)
                .toList();
        return new ModelStep(
                kernel.isEmpty() ? otherwise : kernel,
                i.value(),
                nodes,
                cost.flops(),
                cost.bytes(),
                cost.weightBytes());
    }
}
