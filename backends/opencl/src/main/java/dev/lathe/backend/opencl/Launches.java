package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.Instruction;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Step;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The kernels that the steps of plans launch, and the program that has them. */
final class Launches {
    private final ProgramText program = new ProgramText();
    private final MovementText movements = new MovementText(program);
    private final PointwiseText pointwise = new PointwiseText(program);
    private final ProductText products = new ProductText(program, pointwise);
    private final RowText rows = new RowText(program);
    private final AttentionText attention = new AttentionText(program);

    private final Map<Step, List<Launch>> bySteps = new IdentityHashMap<>();
    /** The instructions whose kernels note faults, by number from 1. */
    private final List<Instruction> faults = new ArrayList<>();

    /** Adds those of a plan. */
    void add(Plan plan) {
        Step.all(plan.steps()).forEach(i -> {
            List<Launch> launches = launches(i);
            bySteps.put(i.step(), launches);
            launches.forEach(l -> note(l.kernel(), i));
        });
    }

    private List<Launch> launches(Instruction i) {
        return switch (i.step()) {
            case Step.Copy s when s.from().isInSlot() || s.to().isInSlot() -> List.of();
            case Step.Copy s -> List.of(movements.copy(s));
            case Step.TableCopy s -> List.of(movements.tableCopy(s));
            case Step.GatherSlices s -> {
                faults.add(i);
                yield List.of(movements.gather(s, faults.size()));
            }
            case Step.Pointwise s -> List.of(pointwise.launch(s));
            case Step.BatchedProduct s -> List.of(products.batched(s));
            case Step.MatrixProduct s -> List.of(products.matrix(s));
            case Step.Convolution s -> List.of(products.convolution(s));
            case Step.ComputedConvolution _ ->
                throw new IllegalStateException("the table of kernels takes no filters that are computed");
            case Step.Pooling s -> List.of(rows.pool(s));
            case Step.ReduceRows s -> rows.reduce(s);
            case Step.SoftmaxRows s -> List.of(rows.softmax(s));
            case Step.LayerNormRows s -> List.of(rows.layerNorm(s));
            case Step.Attention s -> List.of(attention.launch(s));
            case Step.StoreDims _,
                    Step.HostOp _,
                    Step.TakeInput _,
                    Step.TakeConstant _,
                    Step.Guard _,
                    Step.Fail _,
                    Step.Bind _,
                    Step.BindZero _,
                    Step.Branch _,
                    Step.Repeat _,
                    Step.Append _,
                    Step.Stack _ -> List.of();
        };
    }

    private void note(String kernel, Instruction i) {
        i.location().origins().forEach(o -> program.note(kernel, o.toString()));
        if (i.location().isNone()) {
            program.note(kernel, i.value());
        }
    }

    /** The launches of a step; none if the host runs it. */
    List<Launch> of(Step step) {
        return bySteps.getOrDefault(step, List.of());
    }

    /** The instruction whose kernel noted a fault with this number. */
    Instruction fault(int number) {
        return faults.get(number - 1);
    }

    /** Whether there is a kernel that may note a fault. */
    boolean mayFault() {
        return !faults.isEmpty();
    }

    /** The program as OpenCL C. */
    String source() {
        return program.toString();
    }
}
