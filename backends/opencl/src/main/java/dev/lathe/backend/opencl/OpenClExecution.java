package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.AxisTable;
import dev.lathe.backend.plan.Condition;
import dev.lathe.backend.plan.Instruction;
import dev.lathe.backend.plan.Lifetimes;
import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.eval.MovementEvaluation;
import dev.lathe.ir.eval.OutputCheck;
import dev.lathe.ir.eval.ResizeEvaluation;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.Arena;
import dev.lathe.runtime.ConcurrentModel;
import dev.lathe.runtime.OpStep;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call of a model at a time. The inputs, the outputs and all intermediate tensors are in one buffer of the device,
 * which is laid out anew when the shapes of the inputs change. Steps with a kernel are put into a queue, which runs
 * them in order; those of the host wait for it.
 */
final class OpenClExecution implements ConcurrentModel.Call {
    /** Places in the buffer are counted in these many bytes, of which {@link Arena} aligns to 16. */
    private static final int UNIT = 8;
    /** What kernels note of faults, at the start of the buffer: the launch as an int, then two longs. */
    private static final long FAULT_BYTES = 128;
    /** So many launches may be in the queue twice before the host waits, so that a call can be stopped. */
    private static final int AHEAD = 16;
    /** More work items along an axis than kernels count. */
    private static final long MOST_ITEMS = 1L << 32;

    private final List<Port> inputs;
    private final List<Port> outputs;
    private final Plan plan;
    private final Launches launches;
    private final DeviceProgram program;
    private final Function<Weight, Tensor> weights;
    private final OpenCl cl;
    private final long queue;
    private final Map<String, Long> kernels = new HashMap<>();
    private final java.lang.foreign.Arena memory = java.lang.foreign.Arena.ofAuto();
    private final MemorySegment argument = memory.allocate(8);
    private final MemorySegment global = memory.allocate(16);
    private final MemorySegment local = memory.allocate(16);

    private long buffer;
    private long bufferBytes;
    private final long[] inputAt;
    private final long[] outputAt;
    private final Arena arena;
    /** The tables of launches, for the present shapes. */
    private final Map<Launch, Long> tables = new IdentityHashMap<>();

    private final @Nullable Datum[] slots;
    private final Map<Integer, List<Datum>> lists = new HashMap<>();
    private final List<long[]> knownDims = new ArrayList<>();
    private Map<String, Long> symbols = new HashMap<>();
    private Map<String, ? extends Datum> given = Map.of();
    private @Nullable Datum[] results = {};
    private Deadline deadline = Deadline.NONE;
    private Location location = Location.NONE;
    private int ahead;
    private long marker;
    private boolean prepared;
    private boolean isIntact = true;

    OpenClExecution(
            List<Port> inputs,
            List<Port> outputs,
            Plan plan,
            Launches launches,
            DeviceProgram program,
            Function<Weight, Tensor> weights) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.plan = plan;
        this.launches = launches;
        this.program = program;
        this.weights = weights;
        this.cl = program.cl;
        program.use();
        this.queue = program.createQueue();
        this.inputAt = new long[inputs.size()];
        this.outputAt = new long[outputs.size()];
        this.slots = new Datum[plan.slots()];
        Lifetimes lifetimes = Lifetimes.of(plan);
        int n = plan.buffers().size();
        int[] first = new int[n];
        int[] last = new int[n];
        for (int i = 0; i < n; i++) {
            first[i] = lifetimes.first(i);
            last[i] = lifetimes.last(i);
        }
        this.arena = new Arena(first, last);
    }

    @Override
    public boolean isIntact() {
        return isIntact;
    }

    @Override
    public void drop() {
        cl.finish(queue);
        if (marker != 0) {
            cl.await(marker);
        }
        kernels.values().forEach(cl::releaseKernel);
        forgetTables();
        if (buffer != 0) {
            cl.releaseBuffer(buffer);
        }
        cl.releaseQueue(queue);
        program.leave();
    }

    private void forgetTables() {
        tables.values().forEach(cl::releaseBuffer);
        tables.clear();
    }

    @Override
    public @Nullable Datum[] call(
            Map<String, ? extends Datum> newGiven, @Nullable Map<String, Tensor> targets, Deadline newDeadline) {
        location = Location.NONE;
        try {
            symbols = InputCheck.bind(inputs, newGiven);
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
        } catch (ClException e) {
            throw lost(e);
        }
        isIntact = true;
        given = Map.of();
        return results;
    }

    private LatheException failed(String what) {
        return new LatheException(Diagnostic.error(
                "run.op-failed", location, what, "check the values of the inputs against what the model expects"));
    }

    private LatheException lost(ClException e) {
        LatheException failure = new LatheException(
                LatheException.Fault.UNAVAILABLE,
                List.of(Diagnostic.error(
                        "opencl.failed",
                        location,
                        program.device.name() + ": " + e.getMessage(),
                        e.isOutOfMemory()
                                ? "give smaller inputs, or use a device with more memory"
                                : "run it again; if it fails again, look whether `lathe doctor` still lists"
                                        + " the device")));
        failure.initCause(e);
        return failure;
    }

    // What the shapes of a call tell.

    private boolean isPrepared() {
        boolean same = prepared;
        for (int k = 0; k < inputs.size() && same; k++) {
            same = given.get(inputs.get(k).name()) instanceof Tensor t && Arrays.equals(t.dims(), knownDims.get(k));
        }
        return same;
    }

    private void prepare() {
        prepared = false;
        cl.finish(queue);
        forgetTables();
        knownDims.clear();
        long at = FAULT_BYTES / UNIT;
        for (int k = 0; k < inputs.size(); k++) {
            knownDims.add(given.get(inputs.get(k).name()) instanceof Tensor t ? t.dims() : new long[] {-1});
            inputAt[k] = at;
            if (isHere(inputs.get(k))) {
                at = after(at, input(k).byteSize());
            }
        }
        for (View v : plan.results()) {
            if (!v.isInSlot()) {
                resultDims(v); // before any memory is taken
            }
        }
        for (int k = 0; k < outputs.size(); k++) {
            outputAt[k] = at;
            if (isMadeInPlace(k)) {
                at = after(at, bytes(plan.results().get(k)));
            }
        }
        long[] sizes = new long[plan.buffers().size()];
        for (int i = 0; i < sizes.length; i++) {
            long elements = elements(plan.buffers().get(i).shape());
            sizes[i] = Math.ceilDiv(Sizes.bytes(plan.buffers().get(i).element(), elements), (long) UNIT);
        }
        arena.plan(sizes, at);
        long needed = Sizes.times(arena.size(), UNIT);
        if (needed > bufferBytes) {
            if (buffer != 0) {
                cl.releaseBuffer(buffer);
                buffer = 0;
                bufferBytes = 0;
            }
            buffer = program.createBuffer("this call, for its inputs, outputs and buffers,", needed);
            bufferBytes = needed;
        }
        run(plan.prepare());
        prepared = true;
    }

    /** The place after so many bytes. */
    private static long after(long at, long bytes) {
        long next = Sizes.plus(at, Math.ceilDiv(bytes, (long) UNIT));
        return Sizes.times(Math.ceilDiv(next, 16L), 16);
    }

    /** Whether an input is in the buffer, too. */
    private static boolean isHere(Port port) {
        return port.type() instanceof TensorType t && t.isRanked() && ClText.hasArrays(t.element());
    }

    private boolean isMadeInPlace(int k) {
        return plan.results().get(k).place() instanceof Place.Output(int number) && number == k;
    }

    private long dim(Dim d) {
        return d.isConstant()
                ? d.constant()
                : Sizes.evaluate(d, name -> Objects.requireNonNull(symbols.get(name), name));
    }

    /** The value of a dimension; 0 for a bare symbol that has none yet, which an op that binds it may name. */
    private long known(Dim d) {
        return d.isSymbol() ? symbols.getOrDefault(d.symbolName(), 0L) : dim(d);
    }

    private long[] dims(Shape shape) {
        long[] dims = new long[shape.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = dim(shape.dim(i));
        }
        return dims;
    }

    private long elements(Shape shape) {
        return Sizes.elements(dims(shape));
    }

    private long bytes(View v) {
        return Sizes.bytes(v.type().element(), elements(v.shape()));
    }

    /** The dimensions of a result that is made on the device. */
    private long[] resultDims(View v) {
        long[] dims = dims(v.shape());
        int k = plan.results().indexOf(v);
        for (long d : dims) {
            if (d < 0) {
                throw new InvalidOpException(
                        "output \"" + outputs.get(k).name() + "\" would have the dimensions " + Arrays.toString(dims));
            }
        }
        Sizes.length("output \"" + outputs.get(k).name() + "\"", v.type().element(), dims);
        return dims;
    }

    // Inputs and results.

    private void upload() {
        if (launches.mayFault()) {
            MemorySegment faults = cl.map(queue, buffer, OpenCl.CL_MAP_WRITE_INVALIDATE_REGION, 0, FAULT_BYTES);
            faults.fill((byte) 0);
            cl.unmap(queue, buffer, faults);
        }
        for (int k = 0; k < inputs.size(); k++) {
            if (isHere(inputs.get(k))) {
                Tensor t = input(k);
                try {
                    write(inputAt[k] * UNIT, t.data(), t.byteSize());
                } catch (IllegalStateException | WrongThreadException e) {
                    throw InputCheck.unreadable(inputs.get(k).name(), t);
                }
            }
        }
    }

    private Tensor input(int number) {
        return (Tensor) Objects.requireNonNull(given.get(inputs.get(number).name()));
    }

    private void write(long at, MemorySegment from, long bytes) {
        if (bytes > 0) {
            MemorySegment mapped = cl.map(queue, buffer, OpenCl.CL_MAP_WRITE_INVALIDATE_REGION, at, bytes);
            try {
                MemorySegment.copy(from, 0, mapped, 0, bytes);
            } finally {
                cl.unmap(queue, buffer, mapped);
            }
        }
    }

    private void takeResults() {
        for (int k = 0; k < results.length; k++) {
            View v = plan.results().get(k);
            String name = outputs.get(k).name();
            if (v.place() instanceof Place.Slot(int number)) {
                Datum value = Objects.requireNonNull(slots[number]);
                if (results[k] instanceof Tensor target && value instanceof Tensor t) {
                    OutputCheck.store(name, t, target);
                } else {
                    results[k] = value;
                }
                continue;
            }
            long[] dims = dims(v.shape());
            Tensor target = (Tensor) results[k];
            if (target == null) {
                target = Tensor.zeros(v.type().element(), dims);
                results[k] = target;
            } else if (target.element() != v.type().element() || !Arrays.equals(target.dims(), dims)) {
                throw OutputCheck.wrongType(name, v.type().element().text() + Arrays.toString(dims), target);
            }
            try (Sight s = see(v)) {
                MemorySegment.copy(s.bytes, 0, target.data(), 0, target.byteSize());
            }
        }
        if (launches.mayFault()) {
            checkFaults();
        }
        Arrays.fill(slots, null);
        prepareSlots();
    }

    /** Constants stay in their slots for the next call. */
    private void prepareSlots() {
        run(plan.prepare());
    }

    private void checkFaults() {
        MemorySegment faults = cl.map(queue, buffer, OpenCl.CL_MAP_READ, 0, FAULT_BYTES);
        int number = faults.get(ValueLayout.JAVA_INT, 0);
        long index = faults.get(ValueLayout.JAVA_LONG, 8);
        long count = faults.get(ValueLayout.JAVA_LONG, 16);
        cl.unmap(queue, buffer, faults);
        if (number != 0) {
            location = launches.fault(number).location();
            throw new InvalidOpException("index " + index + " is outside of an axis of " + count + " elements");
        }
    }

    // Elements, seen from the host.

    /** The elements of a view in memory that the host may read, until it is closed. */
    private final class Sight implements AutoCloseable {
        final MemorySegment bytes;
        private final @Nullable MemorySegment mapped;

        Sight(MemorySegment bytes, @Nullable MemorySegment mapped) {
            this.bytes = bytes;
            this.mapped = mapped;
        }

        @Override
        public void close() {
            if (mapped != null) {
                cl.unmap(queue, buffer, mapped);
            }
        }
    }

    /** The elements of a contiguous view that is in no slot. */
    private Sight see(View v) {
        long bytes = bytes(v);
        ElementType type = v.type().element();
        if (v.place() instanceof Place.Constant(Weight w)) {
            return new Sight(weights.apply(w).data().asSlice(type.bytes(dim(v.offset())), bytes), null);
        }
        if (v.place() instanceof Place.Input(int number)) {
            return new Sight(input(number).data().asSlice(type.bytes(dim(v.offset())), bytes), null);
        }
        if (bytes == 0) {
            return new Sight(MemorySegment.ofArray(new byte[0]), null);
        }
        MemorySegment mapped = cl.map(queue, buffer, OpenCl.CL_MAP_READ, at(v), bytes);
        return new Sight(mapped, mapped);
    }

    /** The byte of the buffer where a view starts. */
    private long at(View v) {
        long start = switch (v.place()) {
            case Place.Buffer(int number) -> arena.at[number];
            case Place.Input(int number) -> inputAt[number];
            case Place.Output(int number) -> outputAt[number];
            case Place.Constant _, Place.Slot _ -> throw new IllegalStateException("not in the buffer: " + v);
        };
        return start * UNIT + v.type().element().bytes(dim(v.offset()));
    }

    /** What a view holds; {@code seen} takes what must be closed after it was used, or is null for a copy. */
    private Datum datum(View v, @Nullable List<Sight> seen) {
        if (v.place() instanceof Place.Slot(int number)) {
            return Objects.requireNonNull(slots[number]);
        }
        Sight s = see(v);
        long[] dims = dims(v.shape());
        if (seen != null || v.place() instanceof Place.Constant) {
            if (seen != null) {
                seen.add(s);
            }
            return Tensor.of(v.type().element(), dims, s.bytes);
        }
        try (s) {
            Tensor copy = Tensor.zeros(v.type().element(), dims);
            MemorySegment.copy(s.bytes, 0, copy.data(), 0, copy.byteSize());
            return copy;
        }
    }

    /** Puts a value where a view is, which is contiguous. */
    private void store(Datum value, View v) {
        if (v.place() instanceof Place.Slot(int number)) {
            slots[number] = value;
        } else {
            Tensor t = (Tensor) value;
            write(at(v), t.data(), t.byteSize());
        }
    }

    private boolean flag(View v) {
        List<Sight> seen = new ArrayList<>();
        boolean flag = ((Tensor) datum(v, seen)).getBoolean(0);
        seen.forEach(Sight::close);
        return flag;
    }

    private long number(View v) {
        List<Sight> seen = new ArrayList<>();
        long number = ((Tensor) datum(v, seen)).getLong(0);
        seen.forEach(Sight::close);
        return number;
    }

    // Steps.

    private void run(List<Instruction> list) {
        for (Instruction i : list) {
            location = i.location();
            deadline.check();
            run(i.step());
        }
    }

    private void run(Step step) {
        switch (step) {
            case Step.Copy s when s.to().isInSlot() -> store(datum(s.from(), null), s.to());
            case Step.Copy s when s.from().isInSlot() -> store(datum(s.from(), null), s.to());
            case Step.Pointwise s
            when !s.conditions().stream().allMatch(c -> dim(c.a()) == dim(c.b())) -> run(s.otherwise());
            case Step.Copy _,
                    Step.TableCopy _,
                    Step.GatherSlices _,
                    Step.Pointwise _,
                    Step.BatchedProduct _,
                    Step.MatrixProduct _,
                    Step.Convolution _,
                    Step.ComputedConvolution _,
                    Step.Pooling _,
                    Step.ReduceRows _,
                    Step.SoftmaxRows _,
                    Step.LayerNormRows _,
                    Step.Attention _ -> launches.of(step).forEach(this::launch);
            case Step.StoreDims s ->
                store(Tensor.vector(s.values().stream().mapToLong(this::dim).toArray()), s.to());
            case Step.HostOp s -> host(s);
            case Step.TakeInput(int number, View to) ->
                store(Objects.requireNonNull(given.get(inputs.get(number).name())), to);
            case Step.TakeConstant(Weight w, View to) -> store(weights.apply(w), to);
            case Step.Guard(Condition condition, String message) -> {
                if (!holds(condition)) {
                    throw new InvalidOpException(message);
                }
            }
            case Step.Fail(String message, List<View> _) -> throw new InvalidOpException(message);
            case Step.Bind(String symbol, View slot, int axis) ->
                symbols.put(symbol, ((Tensor) datum(slot, null)).dim(axis));
            case Step.BindZero(String symbol) -> symbols.put(symbol, 0L);
            case Step.Branch s -> run(flag(s.condition()) ? s.yes() : s.no());
            case Step.Repeat s -> repeat(s);
            case Step.Append s -> Objects.requireNonNull(lists.get(s.list())).add(datum(s.item(), null));
            case Step.Stack s -> {
                long[] dims = s.type().isRanked() ? dims(s.type().shape()) : new long[] {0};
                store(
                        OpStep.stacked(
                                Objects.requireNonNull(lists.get(s.list())),
                                s.type().element(),
                                dims),
                        s.to());
            }
        }
    }

    private void host(Step.HostOp s) {
        List<Sight> seen = new ArrayList<>();
        try {
            OpStep step = new OpStep();
            CoreOp op = HostOps.make(s, step, v -> datum(v, s.shares() ? seen : null), this::known);
            List<Datum> values = step.run(op);
            for (int i = 0; i < values.size(); i++) {
                store(values.get(i), s.results().get(i));
            }
            for (Step.HostOp.Binding b : s.bindings()) {
                symbols.put(
                        b.symbol(),
                        b.axis() < 0 ? step.bound(b.symbol()) : ((Tensor) values.get(b.result())).dim(b.axis()));
            }
        } finally {
            seen.forEach(Sight::close);
        }
    }

    private void repeat(Step.Repeat s) {
        long limit = s.limit().map(this::number).orElse(Long.MAX_VALUE);
        store(Tensor.scalar(s.condition().map(this::flag).orElse(true)), s.go());
        s.lists().forEach(list -> lists.put(list, new ArrayList<>()));
        for (long i = 0; i < limit && flag(s.go()); i++) {
            store(Tensor.scalar(i), s.iteration());
            run(s.body());
        }
    }

    private boolean holds(Condition condition) {
        return switch (condition) {
            case Condition.Equal(Dim a, Dim b) -> dim(a) == dim(b);
            case Condition.NonNegative(Dim d) -> dim(d) >= 0;
            case Condition.Broadcasts(Dim own, Dim all) -> dim(own) == 1 || dim(own) == dim(all);
            case Condition.Available(Dim elements, Dim made) -> dim(elements) > 0 || dim(made) == 0;
            case Condition.Inside(Dim elements, Dim at, Dim bound) ->
                dim(elements) == 0 || dim(at) >= 0 && dim(at) < dim(bound);
        };
    }

    // Launches.

    private void launch(Launch l) {
        for (int axis = 0; axis < l.items().size(); axis++) {
            long items = dim(l.items().get(axis));
            if (items <= 0) {
                return;
            }
            if (items > MOST_ITEMS) {
                throw new LatheException(Diagnostic.error(
                        "run.too-large",
                        "kernel " + l.kernel() + " would have " + items + " work items along an axis",
                        "give smaller inputs, such as a smaller batch"));
            }
            long group = axis > 0 ? 1 : Math.min(l.group(), program.device.largestGroup());
            global.setAtIndex(ValueLayout.JAVA_LONG, axis, Math.ceilDiv(items, group) * group);
            local.setAtIndex(ValueLayout.JAVA_LONG, axis, group);
        }
        long kernel = kernels.computeIfAbsent(l.kernel(), program::createKernel);
        int index = 0;
        for (Launch.Argument a : l.arguments()) {
            switch (a) {
                case Launch.Elements(View view) -> {
                    if (view.place() instanceof Place.Constant(Weight w)) {
                        set(kernel, index++, program.elements(w, weights.apply(w)));
                        set(kernel, index++, dim(view.offset()));
                    } else {
                        set(kernel, index++, buffer);
                        set(kernel, index++, at(view) / view.type().element().bytes(1));
                    }
                }
                case Launch.Size(Dim value) -> set(kernel, index++, dim(value));
                case Launch.LaunchNumber(float value) -> {
                    argument.set(ValueLayout.JAVA_FLOAT, 0, value);
                    cl.setArgument(kernel, index++, 4, argument);
                }
                case Launch.Arranged(Panels panels) -> set(kernel, index++, program.panels(panels, weights));
                case Launch.Tables(List<AxisTable> all) -> set(kernel, index++, tables(l, all));
                case Launch.Fault(int number) -> {
                    set(kernel, index++, buffer);
                    argument.set(ValueLayout.JAVA_INT, 0, number);
                    cl.setArgument(kernel, index++, 4, argument);
                }
            }
        }
        cl.enqueueKernel(queue, kernel, l.items().size(), global, local);
        if (++ahead == AHEAD) {
            ahead = 0;
            long before = marker;
            marker = cl.marker(queue);
            if (before != 0) {
                cl.await(before);
            }
        }
    }

    private void set(long kernel, int index, long value) {
        argument.set(ValueLayout.JAVA_LONG, 0, value);
        cl.setArgument(kernel, index, 8, argument);
    }

    private long tables(Launch l, List<AxisTable> all) {
        Long known = tables.get(l);
        if (known != null) {
            return known;
        }
        List<int[]> parts = all.stream().map(this::table).toList();
        int[] joined =
                new int[Math.toIntExact(parts.stream().mapToLong(p -> p.length).sum())];
        int at = 0;
        for (int[] part : parts) {
            System.arraycopy(part, 0, joined, at, part.length);
            at += part.length;
        }
        long made = program.createBuffer("a table of indices", 4L * joined.length);
        tables.put(l, made);
        if (joined.length > 0) {
            MemorySegment mapped = cl.map(queue, made, OpenCl.CL_MAP_WRITE_INVALIDATE_REGION, 0, 4L * joined.length);
            MemorySegment.copy(joined, 0, mapped, ValueLayout.JAVA_INT, 0, joined.length);
            cl.unmap(queue, made, mapped);
        }
        return made;
    }

    private int[] table(AxisTable table) {
        return switch (table) {
            case AxisTable.Padded t ->
                MovementEvaluation.padTable(t.mode(), index(t.before()), index(t.size()), index(t.after()));
            case AxisTable.Nearest t -> {
                int in = index(t.in());
                int out = index(t.out());
                double scale = t.scale().isEmpty()
                        ? (double) out / Math.max(1, in)
                        : t.scale().getAsDouble();
                yield ResizeEvaluation.nearestTable(t.coordinates(), t.mode(), in, out, scale);
            }
        };
    }

    private int index(Dim d) {
        return Sizes.index(dim(d));
    }
}
