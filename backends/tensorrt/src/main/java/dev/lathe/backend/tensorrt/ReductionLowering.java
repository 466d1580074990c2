package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Reduction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Reductions: Reduce, TopK and Cumulative layers. Pools are those of {@link PoolLowering}. */
final class ReductionLowering {
    private final Lowering lowering;

    ReductionLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor lower(Reduction op, Value result) {
        return switch (op) {
            case Reduce r -> reduce(r);
            case ArgReduce r -> argReduce(r);
            case Cumulative c -> cumulative(c);
            case Pool p ->
                new PoolLowering(lowering, p, p.kernel(), p.layout(), p.ceilMode(), result).pool(p.function());
            case PoolIndices p ->
                new PoolLowering(lowering, p, p.kernel(), p.layout(), p.ceilMode(), result)
                        .indices(p.x().tensorType(), p.columnMajor());
        };
    }

    private NetworkTensor reduce(Reduce op) {
        NetworkTensor x = lowering.tensor(op.x());
        if (op.axes().isEmpty()) {
            return x;
        }
        ElementType element = op.x().tensorType().element();
        if (element.isBool()) {
            NetworkTensor made =
                    net().reduce(operation(op.function()), net().cast(x, DataType.INT32), op.axes(), op.keepDims());
            return net().cast(made, DataType.BOOL);
        }
        if (op.function() == ReduceFunction.REDUCE_MEAN && !x.type().isFloat()) {
            NetworkTensor sum = net().reduce(Layer.ReduceOperation.SUM, x, op.axes(), op.keepDims());
            Dim count = op.axes().stream().map(a -> op.x().tensorType().dim(a)).reduce(Dim.ONE, Dim::times);
            // The mean of nothing is 0.
            return net().binary(
                            Layer.ElementWiseOperation.DIV,
                            sum,
                            net().cast(lowering.scalar(count.max(Dim.ONE)), x.type()));
        }
        NetworkTensor made = net().reduce(operation(op.function()), x, op.axes(), op.keepDims());
        return new ElementwiseLowering(lowering).wrapped(made, element);
    }

    private static Layer.ReduceOperation operation(ReduceFunction function) {
        return switch (function) {
            case REDUCE_SUM -> Layer.ReduceOperation.SUM;
            case REDUCE_PROD -> Layer.ReduceOperation.PROD;
            case REDUCE_MIN -> Layer.ReduceOperation.MIN;
            case REDUCE_MAX -> Layer.ReduceOperation.MAX;
            case REDUCE_MEAN -> Layer.ReduceOperation.AVG;
        };
    }

    /** The index that TopK finds; for the last of equals, in the opposite order. */
    private NetworkTensor argReduce(ArgReduce op) {
        NetworkTensor x = lowering.tensor(op.x());
        int axis = op.axis();
        List<Dim> dims = op.x().tensorType().shape().dims();
        if (op.selectLast()) {
            x = net().slice(
                            x,
                            lowering.extents(
                                    atAxis(dims.size(), axis, dims.get(axis).minus(1))),
                            lowering.extents(dims),
                            steps(dims.size(), axis));
        }
        Layer.TopKOperation function =
                op.function() == ArgFunction.ARG_MAX ? Layer.TopKOperation.MAX : Layer.TopKOperation.MIN;
        NetworkTensor index =
                net().topK(x, function, new Extents.Fixed(List.of(1L)), axis).get(1);
        if (op.selectLast()) {
            index = net().difference(lowering.size(dims.get(axis).minus(1)), index);
        }
        return op.keepDims() ? index : net().squeeze(index, List.of(axis));
    }

    private static List<Dim> atAxis(int rank, int axis, Dim value) {
        List<Dim> all = new java.util.ArrayList<>(Collections.nCopies(rank, Dim.ZERO));
        all.set(axis, value);
        return all;
    }

    private static List<Long> steps(int rank, int axis) {
        List<Long> all = new java.util.ArrayList<>(Net.repeat(rank, 1));
        all.set(axis, -1L);
        return all;
    }

    private NetworkTensor cumulative(Cumulative op) {
        NetworkTensor x = lowering.tensor(op.x());
        ElementType element = op.x().tensorType().element();
        ElementwiseLowering elementwise = new ElementwiseLowering(lowering);
        if (op.function() == CumulativeFunction.CUM_SUM) {
            return elementwise.wrapped(
                    net().add(new Layer.Cumulative(x, op.axis(), op.exclusive(), op.reverse())), element);
        }
        Dim n = op.x().tensorType().dim(op.axis());
        if (!n.isConstant()) {
            throw new LayerException(
                    "running products along " + n + " elements", "give the shapes of inputs with --shape");
        }
        // Products of ever longer runs: each with the one that ends where it begins.
        NetworkTensor y = op.exclusive() ? shifted(op, x, 1) : x;
        for (long run = 1; run < n.constant(); run *= 2) {
            y = elementwise.wrapped(net().product(y, shifted(op, y, run)), element);
        }
        return y;
    }

    /** {@code x} moved along the axis, with ones where nothing is. */
    private NetworkTensor shifted(Cumulative op, NetworkTensor x, long by) {
        List<Dim> dims = op.x().tensorType().shape().dims();
        return net().add(new Layer.Slice(
                x,
                lowering.extents(atAxis(dims.size(), op.axis(), Dim.of(op.reverse() ? by : -by))),
                lowering.extents(dims),
                new Extents.Fixed(Net.repeat(dims.size(), 1)),
                Layer.SampleMode.FILL,
                Optional.of(net().scalar(x.type(), 1))));
    }
}
