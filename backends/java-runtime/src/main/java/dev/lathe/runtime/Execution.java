package dev.lathe.runtime;

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
import dev.lathe.runtime.machine.MachineAddress;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One call of a model at a time: its arenas, its kernels, and the shapes that they are prepared for. A call with the
 * shapes of the call before allocates nothing.
 *
 * <p>Generated code extends this. Buffers live in one array for each kind of element; what fits none of them is a
 * {@link Datum} in {@code boxed}.
 */
public abstract class Execution implements ConcurrentModel.Call {
    /** Bytes of an element of each arena: floats, doubles, longs, ints, shorts, bytes. */
    private static final int[] ARENA_BYTES = {4, 8, 8, 4, 2, 1};

    /** A power of two; to look makes an object until C2 has compiled it. */
    private static final int CALLS_BETWEEN_LOOKS = 256;

    protected float[] floats = {};
    protected double[] doubles = {};
    protected long[] longs = {};
    protected int[] ints = {};
    protected short[] shorts = {};
    protected byte[] bytes = {};
    protected final @Nullable Datum[] boxed;
    /** How many threads a kernel may use. */
    protected final int workers;
    /** Room for filters that its kernels share. */
    protected final WidenedFilters widened = new WidenedFilters();
    /** Room for what they keep for themselves. */
    protected final Workspace workspace = new Workspace();
    /** Where the current step comes from, for errors. */
    protected String step = "";

    private final List<Port> inputPorts;
    private final List<Port> outputPorts;
    private final String[] inputNames;
    private final String[] outputNames;
    private final @Nullable Datum[] inputs;
    private final @Nullable Object[] inputArrays;
    /** Copies of inputs whose elements are not in an array. */
    private final @Nullable Tensor[] staged;

    private final long[][] knownDims;
    private final long[][] resultDims;
    private final @Nullable Datum[] results;
    /** Where results are made whose tensors cannot take them while the call runs. */
    private final @Nullable Tensor[] stagedResults;

    private final boolean[] isStaged;
    /** The tensors for results that were looked at last. */
    private final @Nullable Tensor[] checked;

    private Map<String, Long> symbols = Map.of();
    /** Bytes of the results that this call makes tensors for. */
    private long resultBytes;

    /** What tells where {@link #floats} is; null where nothing does. */
    private final @Nullable MachineAddress address = Machine.address();

    private int calls;
    /** From the start of {@link #floats} to its first line of a cache, as the buffers are laid out. */
    private int lead;

    private boolean prepared;
    private boolean isIntact = true;

    /** Who hears of the steps; null but for a profile. */
    private final @Nullable StepTimes times;
    /** The number of the step that runs; -1 if none does. */
    private int running = -1;
    /** When it began. */
    private long began;

    protected Execution(CompiledModel model, int boxes) {
        inputPorts = model.inputs();
        inputNames = names(inputPorts);
        outputPorts = model.outputs();
        outputNames = names(outputPorts);
        workers = model.workers();
        times = model.times();
        boxed = new Datum[boxes];
        inputs = new Datum[inputNames.length];
        inputArrays = new Object[inputNames.length];
        staged = new Tensor[inputNames.length];
        knownDims = new long[inputNames.length][];
        resultDims = new long[outputNames.length][];
        results = new Datum[outputNames.length];
        stagedResults = new Tensor[outputNames.length];
        isStaged = new boolean[outputNames.length];
        checked = new Tensor[outputNames.length];
    }

    private static String[] names(List<Port> ports) {
        String[] names = new String[ports.size()];
        for (int k = 0; k < names.length; k++) {
            names[k] = ports.get(k).name();
        }
        return names;
    }

    /** Reads the symbols, lays out the arenas, prepares the kernels. */
    protected abstract void prepare();

    /** Runs all steps and hands the results over, by {@link #result}. */
    protected abstract void execute();

    @Override
    public final @Nullable Datum[] call(
            Map<String, ? extends Datum> given, @Nullable Map<String, Tensor> targets, Deadline deadline) {
        step = "";
        try {
            boolean same = take(given) && !hasMoved();
            if (!same) {
                prepared = false;
                symbols = InputCheck.bind(inputPorts, given);
            }
            if (targets != null) {
                check(targets);
            }
            isIntact = false;
            read();
            for (int k = 0; k < results.length; k++) {
                results[k] = targets == null ? null : Objects.requireNonNull(targets.get(outputNames[k]));
                isStaged[k] = false;
            }
            if (!same) {
                resultBytes = 0;
                prepare();
                prepared = true;
            }
            execute();
        } catch (InvalidOpException
                | ArithmeticException
                | IllegalArgumentException
                | IndexOutOfBoundsException
                | NegativeArraySizeException e) {
            throw failed(e);
        } catch (LatheException e) {
            throw Sizes.at(e, Location.NONE, step);
        } catch (OutOfMemoryError e) {
            throw Sizes.at(Sizes.outOfMemory("this call"), Location.NONE, step);
        }
        for (int k = 0; k < results.length; k++) {
            if (isStaged[k]) {
                Tensor target = (Tensor) Objects.requireNonNull(results[k]);
                copy(Objects.requireNonNull(stagedResults[k]), target, target.byteSize());
            }
        }
        isIntact = true;
        return results;
    }

    /** Notes that the step of this number begins, and so that the one before has ended. */
    protected final void begin(int number) {
        if (times != null) {
            next(number);
        }
    }

    /** Notes that the last step has ended. */
    protected final void end() {
        if (times != null) {
            next(-1);
        }
    }

    private void next(int number) {
        long now = System.nanoTime();
        if (running >= 0 && times != null) {
            times.took(running, now - began);
        }
        running = number;
        began = now;
    }

    @Override
    public final boolean isIntact() {
        return isIntact;
    }

    /** Looks at the tensors for results, unless they are those of the call before. */
    private void check(Map<String, Tensor> targets) {
        boolean same = targets.size() == outputNames.length;
        for (int k = 0; k < outputNames.length && same; k++) {
            Tensor t = targets.get(outputNames[k]);
            // Memory off the heap may have been closed since.
            same = t != null && t == checked[k] && t.array() != null;
        }
        if (!same) {
            OutputCheck.names(outputPorts, targets);
            for (int k = 0; k < outputNames.length; k++) {
                checked[k] = targets.get(outputNames[k]);
            }
        }
    }

    /** Stops the call if its time is over; generated code asks at each iteration of a loop. */
    protected static void checkDeadline() {
        WorkerPool.check();
    }

    private LatheException failed(RuntimeException e) {
        return new LatheException(Diagnostic.error(
                "run.op-failed",
                step.isEmpty() ? String.valueOf(e.getMessage()) : step + ": " + e.getMessage(),
                "check the values of the inputs against what the model expects"));
    }

    /** Takes the inputs; whether they have the types of the call before. */
    private boolean take(Map<String, ? extends Datum> given) {
        boolean same = prepared && given.size() == inputNames.length;
        for (int k = 0; k < inputNames.length; k++) {
            Datum now = given.get(inputNames[k]);
            same = same && now instanceof Tensor t && inputs[k] instanceof Tensor old && sameType(t, old, knownDims[k]);
            inputs[k] = now;
            if (now instanceof Tensor t && !same) {
                knownDims[k] = t.dims();
            }
        }
        return same;
    }

    /** Finds or makes the arrays that hold the inputs. */
    private void read() {
        for (int k = 0; k < inputs.length; k++) {
            if (inputs[k] instanceof Tensor t) {
                Object array = t.array();
                inputArrays[k] = array == null ? copy(k, t) : array;
            }
        }
    }

    private static boolean sameType(Tensor now, Tensor old, long[] dims) {
        if (now.element() != old.element() || now.rank() != dims.length) {
            return false;
        }
        for (int k = 0; k < dims.length; k++) {
            if (now.dim(k) != dims[k]) {
                return false;
            }
        }
        return true;
    }

    /** The elements of input {@code k}, which are off the heap, in an array of its own. */
    private @Nullable Object copy(int k, Tensor t) {
        if (t.element().isString()) {
            return null;
        }
        Tensor copy = staged[k];
        if (copy == null || copy.element() != t.element() || copy.size() != t.size()) {
            copy = Tensor.zeros(t.element(), t.size());
            staged[k] = copy;
        }
        try {
            copy(t, copy, t.byteSize());
        } catch (IllegalStateException | WrongThreadException e) {
            throw InputCheck.unreadable(inputNames[k], t);
        }
        return copy.array();
    }

    private static void copy(Tensor from, Tensor to, long bytes) {
        MemorySegment.copy(from.data(), 0, to.data(), 0, bytes);
    }

    /** The array that holds input {@code k}, from 0 on. */
    protected final Object input(int k) {
        return Objects.requireNonNull(inputArrays[k]);
    }

    protected final Datum given(int k) {
        return Objects.requireNonNull(inputs[k]);
    }

    /** The value of a symbol that the inputs bind. */
    protected final long symbol(String name) {
        return Objects.requireNonNull(symbols.get(name));
    }

    // Sizes are computed by these four, in prepare: exactly, and what is no index of an array ends the call.

    protected static long plus(long a, long b) {
        return Sizes.plus(a, b);
    }

    protected static long times(long a, long b) {
        return Sizes.times(a, b);
    }

    protected static long floorDiv(long a, long b) {
        return Sizes.floorDiv(a, b);
    }

    protected static int size(long n) {
        return Sizes.index(n);
    }

    /** The product of dimensions, as the number of elements of a buffer. */
    protected static long elements(long... dims) {
        return Sizes.elements(dims);
    }

    /** Tells the dimensions of result {@code k}. */
    protected final void resultDims(int k, ElementType type, long... dims) {
        for (long d : dims) {
            if (d < 0) {
                throw new InvalidOpException(
                        "output \"" + outputNames[k] + "\" would have the dimensions " + Arrays.toString(dims));
            }
        }
        int size = Sizes.length("output \"" + outputNames[k] + "\"", type, dims);
        if (results[k] == null) {
            resultBytes = Sizes.plus(resultBytes, Sizes.bytes(type, size));
        }
        resultDims[k] = dims;
    }

    /** Whether buffers no longer begin at lines, since the array is elsewhere; looked at in some calls only. */
    private boolean hasMoved() {
        return (calls++ & CALLS_BETWEEN_LOOKS - 1) == 0 && lead != lead();
    }

    /** From the start of the floats to the first line of a cache, in elements. */
    private int lead() {
        return address == null || floats.length == 0 ? 0 : (int) (-(address.of(floats) >> 2) & (Arena.ALIGNMENT - 1));
    }

    /** Lets the buffers of floats, which are laid out, begin at lines of a cache, of which a vector is one. */
    protected final void align(Arena arena) {
        lead = lead();
        arena.move(lead);
    }

    /**
     * Makes room for arenas of at least so many elements. Nothing is made if they, and the results that the caller
     * gave no tensors for, cannot fit into the heap.
     *
     * @throws LatheException {@code run.too-large}
     */
    protected final void arenas(long floats, long doubles, long longs, long ints, long shorts, long bytes) {
        long needed = resultBytes;
        long led = floats == 0 ? 0 : Sizes.plus(floats, Arena.ALIGNMENT);
        long[] sizes = {led, doubles, longs, ints, shorts, bytes};
        for (int k = 0; k < sizes.length; k++) {
            needed = Sizes.plus(needed, Sizes.times(sizes[k], ARENA_BYTES[k]));
        }
        for (int k = 0; k < sizes.length; k++) {
            Sizes.arrayLength(
                    "the buffers of this call take " + needed + " bytes, of which one array", sizes[k], ARENA_BYTES[k]);
        }
        String what = "this call, for its buffers and results,";
        Sizes.fit(what, needed);
        try {
            // The old array may go before the new one comes.
            if (this.floats.length < led) {
                this.floats = new float[0];
                this.floats = new float[(int) led];
            }
            if (this.doubles.length < doubles) {
                this.doubles = new double[0];
                this.doubles = new double[(int) doubles];
            }
            if (this.longs.length < longs) {
                this.longs = new long[0];
                this.longs = new long[(int) longs];
            }
            if (this.ints.length < ints) {
                this.ints = new int[0];
                this.ints = new int[(int) ints];
            }
            if (this.shorts.length < shorts) {
                this.shorts = new short[0];
                this.shorts = new short[(int) shorts];
            }
            if (this.bytes.length < bytes) {
                this.bytes = new byte[0];
                this.bytes = new byte[(int) bytes];
            }
        } catch (OutOfMemoryError e) {
            throw Sizes.outOfMemory(what, needed);
        }
    }

    /**
     * The array in which the steps make result {@code k}, from 0 on: that of the caller's tensor, or of a new one.
     * These elements come after the last step where that tensor is off the heap; where it is also an input, which
     * later steps still read; and where rows end within a vector, which must not reach over the end of its array.
     *
     * @param exact whether the steps use no vectors that could
     */
    protected final Object output(int k, ElementType type, boolean exact) {
        Tensor target = target(k, type);
        Object array = target.array();
        int rank = target.rank();
        boolean whole = exact || rank > 0 && target.dim(rank - 1) % Machine.LANES == 0;
        if (array != null && whole && !isInput(array)) {
            return array;
        }
        long size = target.size() + Machine.LANES;
        Tensor stage = stagedResults[k];
        if (stage == null || stage.element() != type || stage.size() != size) {
            stage = Tensor.zeros(type, size);
            stagedResults[k] = stage;
        }
        isStaged[k] = true;
        return Objects.requireNonNull(stage.array());
    }

    private boolean isInput(Object array) {
        for (Object input : inputArrays) {
            if (input == array) {
                return true;
            }
        }
        return false;
    }

    /** The tensor for result {@code k}: the caller's, or a new one. */
    private Tensor target(int k, ElementType type) {
        Tensor target = (Tensor) results[k];
        if (target == null) {
            target = Tensor.zeros(type, resultDims[k]);
            results[k] = target;
        } else if (target.element() != type || !hasDims(target, resultDims[k])) {
            throw wrongTarget(k, type.text() + Arrays.toString(resultDims[k]), target);
        }
        return target;
    }

    /** Hands result {@code k} over: the elements of {@code array}, which is one of the arenas, from {@code at} on. */
    protected final void result(int k, ElementType type, Object array, int at) {
        Tensor target = target(k, type);
        Object to = target.array();
        if (to != null) {
            System.arraycopy(array, at, to, 0, Math.toIntExact(target.size()));
        } else {
            target.data().copyFrom(segment(array, at, type, target.size()));
        }
    }

    private static boolean hasDims(Tensor t, long[] dims) {
        boolean same = t.rank() == dims.length;
        for (int k = 0; k < dims.length && same; k++) {
            same = t.dim(k) == dims[k];
        }
        return same;
    }

    private LatheException wrongTarget(int k, String type, Tensor target) {
        return OutputCheck.wrongType(outputNames[k], type, target);
    }

    /** The caller's tensor for result {@code k}, if that can be made in it; null for none. */
    protected final @Nullable Tensor wanted(int k) {
        return results[k] instanceof Tensor t && t.array() instanceof Object array && !isInput(array) ? t : null;
    }

    /** Hands result {@code k} over. */
    protected final void result(int k, Datum value) {
        if (results[k] == value) {
            return; // it was made there
        }
        if (results[k] instanceof Tensor target && value instanceof Tensor t) {
            if (target.element() != t.element() || !Arrays.equals(target.dims(), t.dims())) {
                throw wrongTarget(k, t.type().toString(), target);
            }
            if (t.element().isString()) {
                for (long e = 0; e < t.size(); e++) {
                    target.copyElement(e, t, e);
                }
            } else {
                copy(t, target, t.byteSize());
            }
        } else {
            results[k] = value;
        }
    }

    private static MemorySegment segment(Object array, int at, ElementType type, long size) {
        MemorySegment all = switch (array) {
            case float[] x -> MemorySegment.ofArray(x);
            case double[] x -> MemorySegment.ofArray(x);
            case long[] x -> MemorySegment.ofArray(x);
            case int[] x -> MemorySegment.ofArray(x);
            case short[] x -> MemorySegment.ofArray(x);
            case byte[] x -> MemorySegment.ofArray(x);
            default -> throw new IllegalStateException("no elements in " + array.getClass());
        };
        return all.asSlice(type.bytes(at), type.bytes(size));
    }

    /** The elements of {@code array} from {@code at} on as a tensor that shares them; for ops without a kernel. */
    protected static Tensor tensor(ElementType type, Object array, int at, long... dims) {
        return Tensor.of(type, dims, segment(array, at, type, elements(dims)));
    }

    /** A copy of those elements. */
    protected static Tensor copied(ElementType type, Object array, int at, long... dims) {
        Tensor copy = Tensor.zeros(type, dims);
        copy.data().copyFrom(segment(array, at, type, copy.size()));
        return copy;
    }

    /** Copies the elements of a tensor into {@code array} from {@code at} on. */
    protected static void unbox(Datum value, Object array, int at) {
        Tensor t = (Tensor) value;
        segment(array, at, t.element(), t.size()).copyFrom(t.data().asSlice(0, t.byteSize()));
    }

    /** Dimension {@code axis} of a tensor. */
    protected static long dim(Datum value, int axis) {
        return ((Tensor) value).dim(axis);
    }

    /** Whether a tensor of one bool is true. */
    protected static boolean flag(Datum value) {
        return ((Tensor) value).getBoolean(0);
    }

    /** The number in a tensor of one integer. */
    protected static long number(Datum value) {
        return ((Tensor) value).getLong(0);
    }

    /** Stops the call if a condition on the shapes does not hold. */
    protected static void require(boolean condition, String what) {
        if (!condition) {
            fail(what);
        }
    }

    /** Stops the call. */
    protected static void fail(String message) {
        throw new InvalidOpException(message);
    }

    /** What box {@code k} holds. */
    protected final Datum box(int k) {
        return Objects.requireNonNull(boxed[k]);
    }
}
