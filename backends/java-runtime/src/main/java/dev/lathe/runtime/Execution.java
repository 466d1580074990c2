package dev.lathe.runtime;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One call of a model at a time: its arenas, its kernels, and the shapes that they are prepared for. A call with the shapes of the call before allocates nothing.
 *
 * <p>Generated code extends this. Buffers live in one array for each kind of element: {@code f} floats, {@code d} doubles, {@code l} longs, {@code i} ints, {@code s}
 * shorts and {@code b} bytes; what fits none of them is a {@link Datum} in {@code boxed}.
 */
public abstract class Execution {
    protected float[] f = {};
    protected double[] d = {};
    protected long[] l = {};
    protected int[] i = {};
    protected short[] s = {};
    protected byte[] b = {};
    protected final @Nullable Datum[] boxed;
    /** How many threads a kernel may use. */
    protected final int workers;
    /** Where the current step comes from, for errors. */
    protected String step = "";

    private final List<Port> inputPorts;
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
    private Map<String, Long> symbols = Map.of();
    private boolean prepared;

    protected Execution(CompiledModel model, int boxes) {
        inputPorts = model.inputs();
        inputNames = names(inputPorts);
        outputNames = names(model.outputs());
        workers = model.workers();
        boxed = new Datum[boxes];
        inputs = new Datum[inputNames.length];
        inputArrays = new Object[inputNames.length];
        staged = new Tensor[inputNames.length];
        knownDims = new long[inputNames.length][];
        resultDims = new long[outputNames.length][];
        results = new Datum[outputNames.length];
        stagedResults = new Tensor[outputNames.length];
        isStaged = new boolean[outputNames.length];
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

    /** The results in order: {@code targets}, filled, or new tensors. */
    final @Nullable Datum[] call(Map<String, ? extends Datum> given, @Nullable Map<String, Tensor> targets) {
        if (!take(given)) {
            prepared = false;
            symbols = InputCheck.bind(inputPorts, given);
            take(given);
            try {
                prepare();
            } catch (ArithmeticException | NegativeArraySizeException e) {
                throw tooLarge();
            } catch (InvalidOpException e) {
                throw failed(e);
            }
            prepared = true;
        }
        for (int k = 0; k < results.length; k++) {
            results[k] = targets == null ? null : CompiledModel.required(targets.get(outputNames[k]), outputNames[k]);
            isStaged[k] = false;
        }
        try {
            execute();
        } catch (InvalidOpException | ArithmeticException | IllegalArgumentException e) {
            throw failed(e);
        }
        for (int k = 0; k < results.length; k++) {
            if (isStaged[k]) {
                Tensor target = (Tensor) Objects.requireNonNull(results[k]);
                copy(Objects.requireNonNull(stagedResults[k]), target, target.byteSize());
            }
        }
        return results;
    }

    private LatheException failed(RuntimeException e) {
        return new LatheException(Diagnostic.error(
                "run.op-failed",
                step.isEmpty() ? String.valueOf(e.getMessage()) : step + ": " + e.getMessage(),
                "check the values of the inputs against what the model expects"));
    }

    private static LatheException tooLarge() {
        return new LatheException(
                LatheException.Fault.INPUT,
                List.of(Diagnostic.error(
                        "run.too-large",
                        "with these inputs an intermediate tensor has more elements than a Java array holds",
                        "give smaller inputs, such as a smaller batch")));
    }

    /** Takes the inputs; whether they have the types of the call before. */
    private boolean take(Map<String, ? extends Datum> given) {
        boolean same = prepared && given.size() == inputNames.length;
        for (int k = 0; k < inputNames.length; k++) {
            Datum now = given.get(inputNames[k]);
            same = same && now instanceof Tensor t && inputs[k] instanceof Tensor old && sameType(t, old, knownDims[k]);
            inputs[k] = now;
            if (now instanceof Tensor t) {
                if (!same) {
                    knownDims[k] = t.dims();
                }
                Object array = t.array();
                inputArrays[k] = array == null ? copy(k, t) : array;
            }
        }
        return same;
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
        copy(t, copy, t.byteSize());
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
    protected final int symbol(String name) {
        return Math.toIntExact(Objects.requireNonNull(symbols.get(name)));
    }

    /** The product of dimensions, as the number of elements of a buffer. */
    protected static long elements(long... dims) {
        long n = 1;
        for (long dim : dims) {
            n = Math.multiplyExact(n, Math.max(0, dim));
        }
        return n;
    }

    /** Tells the dimensions of result {@code k}. */
    protected final void resultDims(int k, long... dims) {
        resultDims[k] = dims;
    }

    /**
     * The array in which the steps make result {@code k}, from 0 on: that of the caller's tensor, or of a new one. These elements come after the last step where that
     * tensor is off the heap; where it is also an input, which later steps still read; and where rows end within a vector, which must not reach over the end of its array.
     */
    protected final Object output(int k, ElementType type) {
        Tensor target = target(k, type);
        Object array = target.array();
        int rank = target.rank();
        if (array != null && rank > 0 && target.dim(rank - 1) % Machine.LANES == 0 && !isInput(array)) {
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
        return new LatheException(
                LatheException.Fault.INPUT,
                List.of(Diagnostic.error(
                        "run.wrong-output",
                        "output \"" + outputNames[k] + "\" is " + type + ", but the tensor given for it is "
                                + target.type(),
                        "give a tensor of that type")));
    }

    /** Hands result {@code k} over. */
    protected final void result(int k, Datum value) {
        if (results[k] instanceof Tensor target && value instanceof Tensor t) {
            if (target.element() != t.element() || !Arrays.equals(target.dims(), t.dims())) {
                throw wrongTarget(k, t.type().toString(), target);
            }
            for (long e = 0; e < t.size(); e++) {
                target.copyElement(e, t, e);
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
    protected static int dim(Datum value, int axis) {
        return Math.toIntExact(((Tensor) value).dim(axis));
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

    /** An array of {@code old}'s type with at least {@code size} elements: {@code old} if that has. */
    protected static float[] grown(float[] old, int size) {
        return old.length >= size ? old : new float[size];
    }

    protected static double[] grown(double[] old, int size) {
        return old.length >= size ? old : new double[size];
    }

    protected static long[] grown(long[] old, int size) {
        return old.length >= size ? old : new long[size];
    }

    protected static int[] grown(int[] old, int size) {
        return old.length >= size ? old : new int[size];
    }

    protected static short[] grown(short[] old, int size) {
        return old.length >= size ? old : new short[size];
    }

    protected static byte[] grown(byte[] old, int size) {
        return old.length >= size ? old : new byte[size];
    }
}
