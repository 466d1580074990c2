package dev.lathe.frontend.onnx;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Reductions, pools and the like. */
final class ReductionOps {
    private ReductionOps() {}

    static void addTo(Operators t) {
        reduction(t, "ReduceSum", 13, (n, x, axes) -> n.b.reduce(ReduceFunction.REDUCE_SUM, x, axes, keep(n)));
        reduction(t, "ReduceMean", 18, (n, x, axes) -> n.b.reduce(ReduceFunction.REDUCE_MEAN, x, axes, keep(n)));
        reduction(t, "ReduceMax", 18, (n, x, axes) -> n.b.reduce(ReduceFunction.REDUCE_MAX, x, axes, keep(n)));
        reduction(t, "ReduceMin", 18, (n, x, axes) -> n.b.reduce(ReduceFunction.REDUCE_MIN, x, axes, keep(n)));
        reduction(t, "ReduceProd", 18, (n, x, axes) -> n.b.reduce(ReduceFunction.REDUCE_PROD, x, axes, keep(n)));
        reduction(
                t,
                "ReduceL1",
                18,
                (n, x, axes) -> n.b.reduce(ReduceFunction.REDUCE_SUM, n.b.unary(UnaryFunction.ABS, x), axes, keep(n)));
        reduction(t, "ReduceL2", 18, (n, x, axes) -> squareRoot(n, squares(n, x, axes)));
        reduction(t, "ReduceSumSquare", 18, ReductionOps::squares);
        reduction(
                t,
                "ReduceLogSum",
                18,
                (n, x, axes) -> n.b.unary(UnaryFunction.LOG, n.b.reduce(ReduceFunction.REDUCE_SUM, x, axes, keep(n))));
        reduction(t, "ReduceLogSumExp", 18, ReductionOps::logSumExp);
        t.on("ArgMax").since(1, n -> arg(n, ArgFunction.ARG_MAX));
        t.on("ArgMin").since(1, n -> arg(n, ArgFunction.ARG_MIN));
        t.on("CumSum")
                .since(
                        11,
                        n -> n.b.add(new Cumulative(
                                CumulativeFunction.CUM_SUM,
                                n.in(0),
                                OnnxNode.axis(n.longs(1).getFirst(), n.rank(0)),
                                n.flag("exclusive", false),
                                n.flag("reverse", false))));
        t.on("TopK")
                .sinceAll(1, n -> topK(n, Dim.of(n.i("k", 1))))
                .sinceAll(10, n -> topK(n, n.dims(1).getFirst()));
        t.on("MaxPool").sinceAll(1, ReductionOps::maxPool);
        t.on("AveragePool")
                .since(
                        1,
                        n -> pool(
                                n,
                                n.flag("count_include_pad", false)
                                        ? PoolFunction.AVERAGE_POOL_PADDED
                                        : PoolFunction.AVERAGE_POOL));
        t.on("LpPool").since(2, ReductionOps::lpPool);
        t.on("GlobalAveragePool").since(1, n -> global(n, ReduceFunction.REDUCE_MEAN));
        t.on("GlobalMaxPool").since(1, n -> global(n, ReduceFunction.REDUCE_MAX));
    }

    private interface Reducer {
        Value reduce(OnnxNode n, Value x, List<Integer> axes);
    }

    /** An operator whose axes are an attribute before opset {@code axesAreOperand}, and an operand from there on. */
    private static void reduction(Operators t, String name, int axesAreOperand, Reducer f) {
        t.on(name)
                .since(1, n -> f.reduce(n, n.in(0), axes(n, n.ints("axes").orElse(List.of()))))
                .since(axesAreOperand, n -> {
                    List<Long> axes = n.opt(1).isPresent() ? n.longs(1) : List.of();
                    return axes.isEmpty() && n.flag("noop_with_empty_axes", false)
                            ? untouched(n, f)
                            : f.reduce(n, n.in(0), axes(n, axes));
                });
    }

    /** No axes and nothing to do: only what the reduction does to each element. */
    private static Value untouched(OnnxNode n, Reducer f) {
        Value x = n.in(0);
        return n.type.startsWith("ReduceL") || n.type.equals("ReduceSumSquare") ? f.reduce(n, x, List.of()) : x;
    }

    private static List<Integer> axes(OnnxNode n, List<Long> given) {
        return given.isEmpty()
                ? IntStream.range(0, n.rank(0)).boxed().toList()
                : OnnxNode.axes(given, n.rank(0)).stream().sorted().toList();
    }

    private static boolean keep(OnnxNode n) {
        return n.flag("keepdims", true);
    }

    private static Value squares(OnnxNode n, Value x, List<Integer> axes) {
        return n.b.reduce(ReduceFunction.REDUCE_SUM, n.b.multiply(x, x), axes, keep(n));
    }

    /** Of integers too: by way of floats. */
    private static Value squareRoot(OnnxNode n, Value v) {
        ElementType type = v.tensorType().element();
        return type.isFloat() ? n.b.sqrt(v) : n.b.cast(n.b.sqrt(n.b.cast(v, ElementType.F64)), type);
    }

    private static Value logSumExp(OnnxNode n, Value x, List<Integer> axes) {
        Value max = n.b.reduce(ReduceFunction.REDUCE_MAX, x, axes, true);
        Value sum = n.b.reduce(ReduceFunction.REDUCE_SUM, n.b.exp(n.b.subtract(x, max)), axes, true);
        Value y = n.b.add(n.b.unary(UnaryFunction.LOG, sum), max);
        if (keep(n)) {
            return y;
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < n.rank(0); i++) {
            if (!axes.contains(i)) {
                dims.add(n.shape(0).dim(i));
            }
        }
        return n.b.reshape(y, Shape.of(dims));
    }

    private static Value arg(OnnxNode n, ArgFunction f) {
        int axis = OnnxNode.axis(n.i("axis", 0), n.rank(0));
        return n.b.add(new ArgReduce(f, n.in(0), axis, keep(n), n.flag("select_last_index", false)));
    }

    private static List<Value> topK(OnnxNode n, Dim k) {
        int axis = OnnxNode.axis(n.i("axis", -1), n.rank(0));
        return n.b.addAll(new TopK(n.in(0), k, axis, n.flag("largest", true), n.flag("sorted", true)));
    }

    private static List<Long> window(OnnxNode n, String name, long otherwise) {
        int spatial = n.rank(0) - 2;
        return n.ints(name).filter(l -> l.size() == spatial).orElse(Collections.nCopies(spatial, otherwise));
    }

    private static List<Long> kernel(OnnxNode n) {
        return n.ints("kernel_shape")
                .orElseThrow(() -> new InvalidOpException("attribute \"kernel_shape\" is missing"));
    }

    private static Value pool(OnnxNode n, PoolFunction f) {
        return pool(n, f, n.in(0));
    }

    private static Value pool(OnnxNode n, PoolFunction f, Value x) {
        List<Long> strides = window(n, "strides", 1);
        List<Long> dilations = window(n, "dilations", 1);
        List<Dim> pads = ContractionOps.pads(n, n.rank(0) - 2, kernel(n), strides, dilations);
        return n.b.add(new Pool(
                f, x, kernel(n), strides, pads, dilations, n.flag("ceil_mode", false), ChannelLayout.CHANNELS_FIRST));
    }

    private static List<Value> maxPool(OnnxNode n) {
        Value y = pool(n, PoolFunction.MAX_POOL);
        if (n.outputs < 2) {
            return List.of(y);
        }
        List<Long> strides = window(n, "strides", 1);
        List<Long> dilations = window(n, "dilations", 1);
        List<Dim> pads = ContractionOps.pads(n, n.rank(0) - 2, kernel(n), strides, dilations);
        Value indices = n.b.add(new PoolIndices(
                n.in(0),
                kernel(n),
                strides,
                pads,
                dilations,
                n.flag("ceil_mode", false),
                ChannelLayout.CHANNELS_FIRST,
                n.flag("storage_order", false)));
        return List.of(y, indices);
    }

    private static Value lpPool(OnnxNode n) {
        Value x = n.in(0);
        Value p = n.b.scalar(x, n.i("p", 2));
        Value powers = n.b.binary(BinaryFunction.POW, n.b.unary(UnaryFunction.ABS, x), p);
        Value sums = pool(n, PoolFunction.SUM_POOL, powers);
        return n.b.binary(BinaryFunction.POW, sums, n.b.scalar(x, 1.0 / n.i("p", 2)));
    }

    private static Value global(OnnxNode n, ReduceFunction f) {
        return n.b.reduce(f, n.in(0), IntStream.range(2, n.rank(0)).boxed().toList(), true);
    }
}
