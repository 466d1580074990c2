package dev.lathe.passes.lower;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The integers of a value that constants determine, read where they are stored: seen through casts that widen,
 * transposes, and the addition or subtraction of one other constant, such as a zero point for each column. Nothing is
 * computed but what is asked for.
 */
final class StoredIntegers {
    private final Tensor stored;
    private final long[] dims;
    /** From one index of an axis to the next, in elements of {@link #stored}. */
    private final long[] strides;
    /** What is added to the elements, if anything is. */
    private final @Nullable StoredIntegers added;

    private final int sign;

    private StoredIntegers(Tensor stored, long[] dims, long[] strides, @Nullable StoredIntegers added, int sign) {
        this.stored = stored;
        this.dims = dims;
        this.strides = strides;
        this.added = added;
        this.sign = sign;
    }

    /** Null if {@code v} is something else. */
    static @Nullable StoredIntegers of(Value v, Uses uses) {
        Node n = uses.definition(v);
        if (n == null || !(v.type() instanceof TensorType t) || !t.isRanked() || !t.isStatic()) {
            return null;
        }
        return switch (n.op()) {
            case Constant(Tensor c)
            when c.element().isInteger() -> new StoredIntegers(c, c.dims(), rowMajor(c.dims()), null, 0);
            case Cast c when c.to() == ElementType.I32 && isNarrow(c.x()) -> of(c.x(), uses);
            case Transpose m -> transposed(of(m.x(), uses), m);
            case Reshape m -> reshaped(of(m.x(), uses), t);
            case Binary b when b.function() == BinaryFunction.ADD -> sum(of(b.x(), uses), of(b.y(), uses), t, 1);
            case Binary b when b.function() == BinaryFunction.SUBTRACT -> sum(of(b.x(), uses), of(b.y(), uses), t, -1);
            default -> null;
        };
    }

    private static boolean isNarrow(Value v) {
        ElementType e = v.tensorType().element();
        return e.isInteger() && e.bits() <= 16;
    }

    private static @Nullable StoredIntegers transposed(@Nullable StoredIntegers x, Transpose m) {
        if (x == null) {
            return null;
        }
        int[] perm = m.perm().stream().mapToInt(i -> i).toArray();
        return new StoredIntegers(
                x.stored,
                Arrays.stream(perm).mapToLong(i -> x.dims[i]).toArray(),
                Arrays.stream(perm).mapToLong(i -> x.strides[i]).toArray(),
                transposed(x.added, m),
                x.sign);
    }

    private static @Nullable StoredIntegers reshaped(@Nullable StoredIntegers x, TensorType to) {
        if (x == null || x.added != null || !Arrays.equals(x.strides, rowMajor(x.dims))) {
            return null;
        }
        long[] dims = dims(to);
        return new StoredIntegers(x.stored, dims, rowMajor(dims), null, 0);
    }

    private static @Nullable StoredIntegers sum(
            @Nullable StoredIntegers x, @Nullable StoredIntegers y, TensorType to, int sign) {
        if (x == null || y == null || x.added != null || y.added != null || !Arrays.equals(x.dims, dims(to))) {
            return null;
        }
        return new StoredIntegers(x.stored, x.dims, x.strides, y.broadcast(x.dims), sign);
    }

    private StoredIntegers broadcast(long[] to) {
        long[] wide = new long[to.length];
        int skip = to.length - dims.length;
        for (int i = 0; i < dims.length; i++) {
            wide[skip + i] = dims[i] == 1 ? 0 : strides[i];
        }
        return new StoredIntegers(stored, to, wide, null, 0);
    }

    private static long[] rowMajor(long[] dims) {
        long[] strides = new long[dims.length];
        long stride = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= dims[i];
        }
        return strides;
    }

    private static long offset(long[] index, long[] strides) {
        long offset = 0;
        for (int i = 0; i < index.length; i++) {
            offset += index[i] * strides[i];
        }
        return offset;
    }

    private static long[] dims(TensorType t) {
        return t.shape().dims().stream().mapToLong(d -> d.constant()).toArray();
    }

    int rank() {
        return dims.length;
    }

    long dim(int axis) {
        return dims[axis];
    }

    /**
     * Adds to element {@code j} of {@code sums} the absolute values of the elements that have index {@code at} along
     * {@code axis} and {@code j} along {@code columnAxis}.
     */
    void addMagnitudes(int axis, long at, int columnAxis, long[] sums) {
        long[] index = new long[dims.length];
        index[axis] = at;
        do {
            long own = offset(index, strides);
            long other = added == null ? 0 : offset(index, added.strides);
            long columnStride = strides[columnAxis];
            long otherStride = added == null ? 0 : added.strides[columnAxis];
            for (int j = 0; j < sums.length; j++) {
                long x = stored.getLong(own + j * columnStride);
                if (added != null) {
                    x += sign * added.stored.getLong(other + j * otherStride);
                }
                sums[j] += Math.abs(x);
            }
        } while (next(index, axis, columnAxis));
    }

    /** The next index that is the same along two axes; false if there is none. */
    private boolean next(long[] index, int axis, int other) {
        for (int a = dims.length - 1; a >= 0; a--) {
            if (a != axis && a != other) {
                if (++index[a] < dims[a]) {
                    return true;
                }
                index[a] = 0;
            }
        }
        return false;
    }
}
