package dev.lathe.ir.eval;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The order of elements, and the ops that depend on it. */
public final class OrderingEvaluation {
    private OrderingEvaluation() {}

    /** Compares two elements of a tensor; NaN is greater than everything. */
    static int compare(Tensor x, long a, long b) {
        if (x.element().isFloat()) {
            double p = x.getDouble(a);
            double q = x.getDouble(b);
            return p < q ? -1 : p > q ? 1 : p == q ? 0 : Double.compare(p, q);
        }
        if (x.element().isString()) {
            return x.getString(a).compareTo(x.getString(b));
        }
        return x.element() == ElementType.U64
                ? Long.compareUnsigned(x.getLong(a), x.getLong(b))
                : Long.compare(x.getLong(a), x.getLong(b));
    }

    public static List<Tensor> topK(Tensor x, long k, int axis, boolean largest) {
        long[] strides = Strides.of(x.dims());
        long[] lines = x.dims();
        int extent = Math.toIntExact(lines[axis]);
        long[] dims = x.dims();
        dims[axis] = k;
        if (k > extent || k < 0) {
            throw new InvalidOpException("top " + k + " of " + extent + " elements");
        }
        lines[axis] = Math.min(1, extent);
        Tensor values = Tensor.zeros(x.element(), dims);
        Tensor indices = Tensor.zeros(ElementType.I64, dims);
        long[] outStrides = Strides.of(dims);
        Strides.forEach(lines, (index, i) -> {
            long base = Strides.offset(index, strides);
            long outBase = Strides.offset(index, outStrides);
            long step = strides[axis];
            Comparator<Integer> order = (a, b) -> compare(x, base + a * step, base + b * step);
            int[] best = IntStream.range(0, extent)
                    .boxed()
                    .sorted((largest ? order.reversed() : order).thenComparing(Comparator.naturalOrder()))
                    .limit(k)
                    .mapToInt(v -> v)
                    .toArray();
            for (int j = 0; j < k; j++) {
                values.copyElement(outBase + j * outStrides[axis], x, base + best[j] * step);
                indices.setLong(outBase + j * outStrides[axis], best[j]);
            }
        });
        return List.of(values, indices);
    }
}
