package dev.lathe.ir.autodiff;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Reduction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Rules of {@link Reduction} ops. */
final class ReductionGradients {
    private ReductionGradients() {}

    /** Adds the derivatives of the operands; a reason if there are none. */
    static @Nullable String add(Adjoints a, Reduction op, Value y, Value dy) {
        Builder b = a.builder();
        switch (op) {
            case Reduce r -> reduce(a, r, y, dy);
            case Cumulative c -> {
                if (c.function() != CumulativeFunction.CUM_SUM) {
                    return "write a running product of positive numbers as exp(cum_sum(log(x)))";
                }
                a.add(c.x(), b.add(new Cumulative(c.function(), dy, c.axis(), c.exclusive(), !c.reverse())));
            }
            case Pool p -> {
                return PoolGradients.add(a, p, y, dy);
            }
            case ArgReduce _, PoolIndices _ -> throw new IllegalStateException("indices have no adjoint");
        }
        return null;
    }

    private static void reduce(Adjoints a, Reduce r, Value y, Value dy) {
        Builder b = a.builder();
        Value x = r.x();
        Shape all = x.tensorType().shape();
        Shape kept = all;
        Dim count = Dim.ONE;
        for (int axis : r.axes()) {
            count = count.times(all.dim(axis));
            kept = kept.with(axis, Dim.ONE);
        }
        Value wide = b.broadcast(b.reshape(dy, kept), all);
        ElementType element = x.tensorType().element();
        switch (r.function()) {
            case REDUCE_SUM -> a.add(x, wide);
            case REDUCE_MEAN -> a.add(x, b.divide(wide, b.cast(b.dim(count), element)));
            case REDUCE_MAX, REDUCE_MIN -> { // those that are the largest share it
                Value best = b.compare(Comparison.EQUAL, x, b.reshape(y, kept));
                Value mask = b.cast(best, element);
                Value ties = b.reduce(ReduceFunction.REDUCE_SUM, mask, r.axes(), true);
                a.add(x, b.multiply(wide, b.divide(mask, ties)));
            }
            case REDUCE_PROD -> a.add(x, b.multiply(wide, others(b, x, r.axes())));
        }
    }

    /** For each element the product of all others along {@code axes}: that of those before, times those after. */
    private static Value others(Builder b, Value x, List<Integer> axes) {
        int rank = x.tensorType().rank();
        List<Integer> perm = new ArrayList<>(
                IntStream.range(0, rank).filter(i -> !axes.contains(i)).boxed().toList());
        int outer = perm.size();
        perm.addAll(axes);
        Value turned = b.transpose(x, perm);
        Shape s = turned.tensorType().shape();
        Value flat = b.reshape(
                turned,
                s.slice(0, outer).concat(Shape.of(List.of(s.slice(outer, rank).elements()))));
        Value before = b.add(new Cumulative(CumulativeFunction.CUM_PROD, flat, outer, true, false));
        Value after = b.add(new Cumulative(CumulativeFunction.CUM_PROD, flat, outer, true, true));
        Value product = b.reshape(b.multiply(before, after), s);
        return b.transpose(
                product, IntStream.range(0, rank).mapToObj(perm::indexOf).toList());
    }
}
