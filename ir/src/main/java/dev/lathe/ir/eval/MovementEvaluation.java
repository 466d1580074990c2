package dev.lathe.ir.eval;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The meaning of the movement ops: elements are copied, never computed. */
public final class MovementEvaluation {
    private MovementEvaluation() {}

    public static Tensor transpose(Tensor x, List<Integer> perm) {
        long[] strides = Strides.of(x.dims());
        long[] dims = new long[x.rank()];
        long[] permuted = new long[x.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = x.dim(perm.get(i));
            permuted[i] = strides[perm.get(i)];
        }
        return copy(x, dims, permuted, 0);
    }

    public static Tensor broadcast(Tensor x, long[] dims) {
        long[] actual = Strides.broadcastShape(List.of(x.dims(), dims));
        return copy(x, actual, Strides.broadcast(x.dims(), actual), 0);
    }

    public static Tensor slice(Tensor x, long[] starts, long[] sizes, List<Long> steps) {
        long[] strides = Strides.of(x.dims());
        long base = 0;
        for (int i = 0; i < sizes.length; i++) {
            base = Sizes.plus(base, Sizes.times(starts[i], strides[i]));
            strides[i] = Sizes.times(strides[i], steps.get(i));
            sizes[i] = Math.max(0, sizes[i]);
        }
        return copy(x, sizes, strides, base);
    }

    /**
     * The tensor of {@code dims} whose element at an index is that of {@code x} at {@code base} plus the index times
     * {@code strides}.
     */
    private static Tensor copy(Tensor x, long[] dims, long[] strides, long base) {
        Tensor out = Tensor.zeros(x.element(), dims);
        Strides.forEach(dims, (index, i) -> out.copyElement(i, x, base + Strides.offset(index, strides)));
        return out;
    }

    public static Tensor concat(List<Tensor> inputs, int axis) {
        long[] dims = inputs.getFirst().dims();
        dims[axis] = inputs.stream().mapToLong(t -> t.dim(axis)).sum();
        Tensor out = Tensor.zeros(inputs.getFirst().element(), dims);
        long[] strides = Strides.of(dims);
        long at = 0;
        for (Tensor t : inputs) {
            long[] own = t.dims();
            own[axis] = dims[axis];
            if (!Arrays.equals(own, dims)) {
                throw new InvalidOpException(
                        "items of type " + inputs.getFirst().type() + " and " + t.type() + " along axis " + axis);
            }
            long base = at * strides[axis];
            Strides.forEach(t.dims(), (index, i) -> out.copyElement(base + Strides.offset(index, strides), t, i));
            at += t.dim(axis);
        }
        return out;
    }

    /** Why a tensor with elements cannot be made of an empty axis; its number follows. */
    public static final String NOTHING_TO_REPEAT = "there is nothing to repeat along the empty axis ";

    public static Tensor pad(PadMode mode, Tensor x, Optional<Tensor> value, long[] before, long[] after) {
        long[] dims = x.dims();
        for (int i = 0; i < dims.length; i++) {
            dims[i] = Sizes.plus(dims[i], Sizes.plus(before[i], after[i]));
        }
        Tensor out = Tensor.zeros(x.element(), dims);
        long[] strides = Strides.of(x.dims());
        Tensor constant = value.orElse(null);
        Strides.forEach(dims, (index, flat) -> {
            long from = 0;
            for (int i = 0; i < index.length; i++) {
                long at = source(mode, index[i] - before[i], x.dim(i));
                if (at < 0) {
                    if (mode != PadMode.CONSTANT) {
                        throw new InvalidOpException(NOTHING_TO_REPEAT + i);
                    }
                    if (constant != null) {
                        out.copyElement(flat, constant, 0);
                    }
                    return;
                }
                from += at * strides[i];
            }
            out.copyElement(flat, x, from);
        });
        return out;
    }

    /** For each position of a padded axis the source index it shows; -1 for the constant, or if the axis is empty. */
    public static int[] padTable(PadMode mode, int before, int n, int after) {
        int[] table = new int[Sizes.index((long) before + n + after)];
        for (int i = 0; i < table.length; i++) {
            table[i] = (int) source(mode, i - (long) before, n);
        }
        return table;
    }

    /**
     * For each of {@code out} positions of a window along an axis of {@code n} elements, the element under each of its
     * taps; -1 for one in the padding.
     */
    public static int[] windowTable(int n, int before, int stride, int dilation, int taps, int out) {
        int[] table = new int[Sizes.index((long) out * taps)];
        for (int i = 0; i < table.length; i++) {
            long at = (long) (i / taps) * stride - before + (long) (i % taps) * dilation;
            table[i] = at >= 0 && at < n ? (int) at : -1;
        }
        return table;
    }

    /**
     * The same of a window that slides over the result, {@code out} elements, and stands at the {@code n} elements of
     * the operand: for each element of the result the tap over it that is number {@code round} of those, as
     * {@code position * taps + tap}; -1 if there are fewer.
     */
    public static int[] overlapTable(int n, int before, int stride, int dilation, int taps, int out, int round) {
        int[] table = new int[out];
        for (int o = 0; o < out; o++) {
            table[o] = -1;
            for (int k = 0, found = 0; k < taps && table[o] < 0; k++) {
                long from = (long) o + before - (long) k * dilation;
                if (from >= 0 && from % stride == 0 && from / stride < n && found++ == round) {
                    table[o] = Sizes.index(from / stride * taps + k);
                }
            }
        }
        return table;
    }

    /** The position along an axis of {@code n} elements that a padded position shows; -1 for none of them. */
    private static long source(PadMode mode, long at, long n) {
        if (at >= 0 && at < n) {
            return at;
        }
        if (n == 0) {
            return -1;
        }
        return switch (mode) {
            case CONSTANT -> -1;
            case EDGE -> at < 0 ? 0 : n - 1;
            case WRAP -> Math.floorMod(at, n);
            case REFLECT -> {
                if (n == 1) {
                    yield 0;
                }
                long period = 2 * (n - 1);
                long p = Math.floorMod(at, period);
                yield p < n ? p : period - p;
            }
        };
    }
}
