package dev.lathe.ir.eval;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The meaning of the indexing ops. An index outside the tensor is an error. */
public final class IndexingEvaluation {
    private IndexingEvaluation() {}

    private static long index(Tensor indices, long at, long n) {
        long i = indices.getLong(at);
        if (i < -n || i >= n) {
            throw new InvalidOpException("index " + i + " outside [" + -n + ", " + (n - 1) + "]");
        }
        return i < 0 ? i + n : i;
    }

    public static Tensor gather(Tensor x, Tensor indices, int axis) {
        long[] xd = x.dims();
        long outer = Strides.elements(Arrays.copyOf(xd, axis));
        long inner = Strides.elements(Arrays.copyOfRange(xd, axis + 1, xd.length));
        long n = xd[axis];
        long[] dims = new long[xd.length - 1 + indices.rank()];
        System.arraycopy(xd, 0, dims, 0, axis);
        System.arraycopy(indices.dims(), 0, dims, axis, indices.rank());
        System.arraycopy(xd, axis + 1, dims, axis + indices.rank(), xd.length - axis - 1);
        Tensor out = Tensor.zeros(x.element(), dims);
        long to = 0;
        for (long o = 0; o < outer; o++) {
            for (long i = 0; i < indices.size(); i++) {
                long from = (o * n + index(indices, i, n)) * inner;
                for (long j = 0; j < inner; j++) {
                    out.copyElement(to++, x, from + j);
                }
            }
        }
        return out;
    }

    public static Tensor gatherElements(Tensor x, Tensor indices, int axis) {
        long[] strides = Strides.of(x.dims());
        Tensor out = Tensor.zeros(x.element(), indices.dims());
        Strides.forEach(indices.dims(), (at, i) -> {
            long own = at[axis];
            long from = Strides.offset(at, strides) + (index(indices, i, x.dim(axis)) - own) * strides[axis];
            out.copyElement(i, x, from);
        });
        return out;
    }

    public static Tensor gatherNd(Tensor x, Tensor indices, int batch) {
        int tuple = Math.toIntExact(indices.dim(-1));
        long[] lead = Arrays.copyOf(indices.dims(), indices.rank() - 1);
        long[] tail = Arrays.copyOfRange(x.dims(), batch + tuple, x.rank());
        long inner = Strides.elements(tail);
        long[] dims = Arrays.copyOf(lead, lead.length + tail.length);
        System.arraycopy(tail, 0, dims, lead.length, tail.length);
        long[] strides = Strides.of(x.dims());
        Tensor out = Tensor.zeros(x.element(), dims);
        Strides.forEach(lead, (at, i) -> {
            long from = 0;
            for (int b = 0; b < batch; b++) {
                from += at[b] * strides[b];
            }
            for (int t = 0; t < tuple; t++) {
                from += index(indices, i * tuple + t, x.dim(batch + t)) * strides[batch + t];
            }
            for (long j = 0; j < inner; j++) {
                out.copyElement(i * inner + j, x, from + j);
            }
        });
        return out;
    }

    private static Tensor copy(Tensor x) {
        Tensor out = Tensor.zeros(x.element(), x.dims());
        for (long i = 0; i < x.size(); i++) {
            out.copyElement(i, x, i);
        }
        return out;
    }

    private static void update(Tensor out, long to, Tensor updates, long from, ScatterReduction reduction) {
        if (reduction == ScatterReduction.NONE) {
            out.copyElement(to, updates, from);
        } else if (out.element().isFloat()) {
            double a = out.getDouble(to);
            double b = updates.getDouble(from);
            out.setDouble(
                    to,
                    switch (reduction) {
                        case ADD -> a + b;
                        case MUL -> a * b;
                        case MIN -> Math.min(a, b);
                        default -> Math.max(a, b);
                    });
        } else {
            long a = out.getLong(to);
            long b = updates.getLong(from);
            boolean less = out.element() == ElementType.U64 ? Long.compareUnsigned(a, b) < 0 : a < b;
            out.setLong(
                    to,
                    switch (reduction) {
                        case ADD -> a + b;
                        case MUL -> a * b;
                        case MIN -> less ? a : b;
                        default -> less ? b : a;
                    });
        }
    }

    public static Tensor scatterElements(
            Tensor x, Tensor indices, Tensor updates, int axis, ScatterReduction reduction) {
        Tensor out = copy(x);
        long[] strides = Strides.of(x.dims());
        Strides.forEach(indices.dims(), (at, i) -> {
            long to = Strides.offset(at, strides) + (index(indices, i, x.dim(axis)) - at[axis]) * strides[axis];
            update(out, to, updates, i, reduction);
        });
        return out;
    }

    public static Tensor scatterNd(Tensor x, Tensor indices, Tensor updates, ScatterReduction reduction) {
        Tensor out = copy(x);
        int tuple = Math.toIntExact(indices.dim(-1));
        long inner = Strides.elements(Arrays.copyOfRange(x.dims(), tuple, x.rank()));
        long[] strides = Strides.of(x.dims());
        for (long i = 0; i < Strides.elements(Arrays.copyOf(indices.dims(), indices.rank() - 1)); i++) {
            long to = 0;
            for (int t = 0; t < tuple; t++) {
                to += index(indices, i * tuple + t, x.dim(t)) * strides[t];
            }
            for (long j = 0; j < inner; j++) {
                update(out, to + j, updates, i * inner + j, reduction);
            }
        }
        return out;
    }

    public static Tensor nonZero(Tensor x) {
        List<long[]> found = new ArrayList<>();
        Strides.forEach(x.dims(), (at, i) -> {
            boolean zero = x.element().isString()
                    ? x.getString(i).isEmpty()
                    : x.element().isFloat() ? x.getDouble(i) == 0 : x.getLong(i) == 0;
            if (!zero) {
                found.add(at.clone());
            }
        });
        Tensor out = Tensor.zeros(ElementType.I64, x.rank(), found.size());
        for (int r = 0; r < x.rank(); r++) {
            for (int i = 0; i < found.size(); i++) {
                out.setLong((long) r * found.size() + i, found.get(i)[r]);
            }
        }
        return out;
    }
}
