package dev.lathe.backend.device;

import dev.lathe.backend.plan.Condition;
import dev.lathe.backend.plan.Instruction;
import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.StepTable;
import dev.lathe.backend.plan.View;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Location;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.eval.OutputCheck;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.ConcurrentModel;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call of a model at a time. It walks the plan: a target launches the steps that it has kernels for, in order;
 * those of the host wait for them, and find what they read in {@link CallValues}.
 */
public abstract class DeviceExecution implements ConcurrentModel.Call {
    private final List<Port> inputs;
    private final List<Port> outputs;
    private final Plan plan;
    private final Launches launches;
    private final Function<Weight, Tensor> weights;
    private final CallSizes sizes;
    private final CallMemory memory;
    private final CallValues values;
    /** The steps that {@link #times} hears of, by number. */
    private final StepTable table;

    private final @Nullable StepTimes times;

    /** The dimensions of the inputs for which memory is laid out. */
    private final List<long[]> knownDims = new ArrayList<>();

    private Map<String, ? extends Datum> given = Map.of();
    private @Nullable Datum[] results = {};
    private Deadline deadline = Deadline.NONE;
    private Location location = Location.NONE;
    /** The number of the step that runs, if steps are timed. */
    private int running;

    private boolean prepared;
    private boolean isIntact = true;

    /**
     * Calls of a plan.
     *
     * @param weights the tensor that a weight is
     * @param sizes the sizes of a call, which launches read too
     * @param table the steps of the plan
     * @param times hears of the steps of calls; null if nobody does
     */
    protected DeviceExecution(
            Plan plan,
            Launches launches,
            Function<Weight, Tensor> weights,
            CallSizes sizes,
            CallMemory memory,
            StepTable table,
            @Nullable StepTimes times) {
        this.inputs = plan.graph().inputPorts();
        this.outputs = plan.graph().outputPorts();
        this.plan = plan;
        this.launches = launches;
        this.weights = weights;
        this.sizes = sizes;
        this.memory = memory;
        this.table = table;
        this.times = times;
        this.values = new CallValues(plan.slots(), sizes, memory);
    }

    /** Whether the device has the elements of a type in its memory. */
    protected abstract boolean hasArrays(ElementType element);

    /**
     * Launches the kernels of a step, after those before.
     *
     * @param step its number, if steps are timed
     */
    protected abstract void launch(List<Launch> launches, int step, Location node);

    /** Whether the target itself tells how long launches took, when a call ends; else they end in {@code launch}. */
    protected boolean tellsTimes() {
        return false;
    }

    /** Waits until all launches have ended. */
    protected void finish() {}

    /** Forgets what holds for the present shapes alone, when all launches have ended. */
    protected abstract void forgetShapes();

    /** All launches of a call have ended, and its results are taken. */
    protected void endCall() {}

    /** The error that says that the device failed. */
    protected abstract LatheException failed(DeviceException e, Location node);

    @Override
    public boolean isIntact() {
        return isIntact;
    }

    @Override
    public @Nullable Datum[] call(
            Map<String, ? extends Datum> newGiven, @Nullable Map<String, Tensor> targets, Deadline newDeadline) {
        location = Location.NONE;
        try {
            sizes.begin(InputCheck.bind(inputs, newGiven));
            if (targets != null) {
                OutputCheck.names(outputs, targets);
            }
            isIntact = false;
            given = newGiven;
            deadline = newDeadline;
            results = new Datum[outputs.size()];
            for (int k = 0; targets != null && k < results.length; k++) {
                results[k] = targets.get(outputs.get(k).name());
            }
            takeInputs();
            if (!isPrepared()) {
                prepare();
            }
            upload();
            run(plan.steps());
            takeResults();
        } catch (InvalidOpException
                | ArithmeticException
                | IllegalArgumentException
                | IndexOutOfBoundsException
                | NegativeArraySizeException e) {
            throw failed(String.valueOf(e.getMessage()));
        } catch (LatheException e) {
            throw Sizes.at(e, location, null);
        } catch (OutOfMemoryError e) {
            throw Sizes.at(Sizes.outOfMemory("this call"), location, null);
        } catch (DeviceException e) {
            throw failed(e, location);
        }
        isIntact = true;
        given = Map.of();
        memory.forgetInputs();
        return results;
    }

    private LatheException failed(String what) {
        return new LatheException(Diagnostic.error(
                "run.op-failed", location, what, "check the values of the inputs against what the model expects"));
    }

    // Inputs, and what their shapes tell.

    private Datum input(int number) {
        return Objects.requireNonNull(given.get(inputs.get(number).name()));
    }

    private void takeInputs() {
        for (int k = 0; k < inputs.size(); k++) {
            if (isOnDevice(inputs.get(k))) {
                memory.take(k, (Tensor) input(k));
            }
        }
    }

    private boolean isOnDevice(Port port) {
        return port.type() instanceof TensorType t && t.isRanked() && hasArrays(t.element());
    }

    private boolean isPrepared() {
        boolean same = prepared;
        for (int k = 0; k < inputs.size() && same; k++) {
            same = input(k) instanceof Tensor t && Arrays.equals(t.dims(), knownDims.get(k));
        }
        return same;
    }

    private void prepare() {
        prepared = false;
        forgetShapes();
        knownDims.clear();
        for (int k = 0; k < inputs.size(); k++) {
            knownDims.add(input(k) instanceof Tensor t ? t.dims() : new long[] {-1});
        }
        for (int k = 0; k < outputs.size(); k++) {
            if (!plan.results().get(k).isInSlot()) {
                checkResult(k); // before any memory is taken
            }
        }
        memory.layOut();
        run(plan.prepare());
        prepared = true;
    }

    private void checkResult(int k) {
        View v = plan.results().get(k);
        long[] dims = sizes.dims(v.shape());
        String output = "output \"" + outputs.get(k).name() + "\"";
        for (long d : dims) {
            if (d < 0) {
                throw new InvalidOpException(output + " would have the dimensions " + Arrays.toString(dims));
            }
        }
        Sizes.length(output, v.type().element(), dims);
    }

    private void upload() {
        if (launches.mayFault()) {
            memory.forgetFault();
        }
        for (int k = 0; k < inputs.size(); k++) {
            try {
                memory.upload(k);
            } catch (IllegalStateException | WrongThreadException e) {
                throw InputCheck.unreadable(inputs.get(k).name(), (Tensor) input(k));
            }
        }
    }

    // Results.

    private void takeResults() {
        for (int k = 0; k < results.length; k++) {
            takeResult(k, plan.results().get(k), outputs.get(k).name());
        }
        endCall();
        if (launches.mayFault()) {
            checkFaults();
        }
        values.clear();
        run(plan.prepare()); // constants stay in their slots for the next call
    }

    private void takeResult(int k, View v, String name) {
        if (v.place() instanceof Place.Slot(int number)) {
            Datum value = values.slot(number);
            if (results[k] instanceof Tensor target && value instanceof Tensor t) {
                OutputCheck.store(name, t, target);
            } else {
                results[k] = value;
            }
            return;
        }
        long[] dims = sizes.dims(v.shape());
        Tensor target = (Tensor) results[k];
        if (target == null) {
            target = Tensor.zeros(v.type().element(), dims);
            results[k] = target;
        } else if (target.element() != v.type().element() || !Arrays.equals(target.dims(), dims)) {
            throw OutputCheck.wrongType(name, v.type().element().text() + Arrays.toString(dims), target);
        }
        try (CallMemory.Sight s = memory.see(v)) {
            MemorySegment.copy(s.bytes(), 0, target.data(), 0, target.byteSize());
        }
    }

    private void checkFaults() {
        CallMemory.Fault fault = memory.fault();
        if (fault.number() != 0) {
            location = launches.fault(fault.number()).location();
            throw new InvalidOpException(
                    fault.count() == CallMemory.Fault.DIVISION
                            ? "integer division by zero"
                            : "index " + fault.index() + " is outside of an axis of " + fault.count() + " elements");
        }
    }

    // Steps.

    private void run(List<Instruction> list) {
        for (Instruction i : list) {
            location = i.location();
            deadline.check();
            if (times != null && i.step().isWork()) {
                timed(i, times);
            } else {
                run(i.step());
            }
        }
    }

    /** Runs a step and tells how long it took. */
    private void timed(Instruction i, StepTimes hearer) {
        int number = table.number(i);
        running = number;
        if (tellsTimes() && !launches.of(i.step()).isEmpty()) {
            run(i.step());
        } else if (i.step().bodies().isEmpty()) {
            finish(); // else the host would seem to take the time that it waits
            long start = System.nanoTime();
            run(i.step());
            hearer.took(number, System.nanoTime() - start);
        } else {
            hearer.took(number, 0);
            run(i.step());
        }
    }

    private void run(Step step) {
        switch (step) {
            case Step.Copy s when s.to().isInSlot() || s.from().isInSlot() -> values.put(values.get(s.from()), s.to());
            case Step.Pointwise s when !s.conditions().stream().allMatch(sizes::holds) -> run(s.otherwise());
            case Step.Copy _,
                    Step.TableCopy _,
                    Step.GatherSlices _,
                    Step.GatherElements _,
                    Step.ScatterElements _,
                    Step.Sequence _,
                    Step.ArgRows _,
                    Step.CumulateRows _,
                    Step.PerElement _,
                    Step.Resample _,
                    Step.ScatterSlices _,
                    Step.Pointwise _,
                    Step.BatchedProduct _,
                    Step.BatchedMatrices _,
                    Step.MatrixProduct _,
                    Step.Convolution _,
                    Step.ComputedConvolution _,
                    Step.Pooling _,
                    Step.ReduceRows _,
                    Step.SoftmaxRows _,
                    Step.LayerNormRows _,
                    Step.FourierLines _,
                    Step.Attention _ -> launch(step);
            case Step.StoreDims s when !s.to().isInSlot() -> launch(step);
            case Step.StoreDims s ->
                values.put(
                        Tensor.vector(s.values().stream().mapToLong(sizes::dim).toArray()), s.to());
            case Step.HostOp s -> values.run(s);
            case Step.TakeInput(int number, View to) -> values.put(input(number), to);
            case Step.TakeConstant(Weight w, View to) -> values.put(weights.apply(w), to);
            case Step.Guard(Condition condition, String message) -> {
                if (!sizes.holds(condition)) {
                    throw new InvalidOpException(message);
                }
            }
            case Step.Fail(String message, List<View> _) -> throw new InvalidOpException(message);
            case Step.Bind(String symbol, View slot, int axis) ->
                sizes.bind(symbol, ((Tensor) values.get(slot)).dim(axis));
            case Step.BindZero(String symbol) -> sizes.bind(symbol, 0L);
            case Step.Branch s -> run(values.flag(s.condition()) ? s.yes() : s.no());
            case Step.Repeat s -> repeat(s);
            case Step.Append s -> values.append(s);
            case Step.Stack s -> values.stack(s);
        }
    }

    private void launch(Step step) {
        launch(launches.of(step), running, location);
    }

    private void repeat(Step.Repeat s) {
        long limit = s.limit().map(values::number).orElse(Long.MAX_VALUE);
        values.put(Tensor.scalar(s.condition().map(values::flag).orElse(true)), s.go());
        s.lists().forEach(values::beginList);
        for (long i = 0; i < limit && values.flag(s.go()); i++) {
            values.put(Tensor.scalar(i), s.iteration());
            run(s.body());
        }
    }
}
