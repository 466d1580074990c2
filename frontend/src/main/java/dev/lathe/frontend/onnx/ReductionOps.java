package dev.lathe.frontend.onnx;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Comparison;
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
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Reductions, pools and the like. */
final class ReductionOps {
    private ReductionOps() {}

    static void addTo(Operators t) {
        UnaryFn same = (_, x) -> x;
        reduction(t, "ReduceSum", 13, same, ReduceFunction.REDUCE_SUM, same);
        reduction(t, "ReduceMean", 18, same, ReduceFunction.REDUCE_MEAN, same);
        reduction(t, "ReduceMax", 18, same, ReduceFunction.REDUCE_MAX, same);
        reduction(t, "ReduceMin", 18, same, ReduceFunction.REDUCE_MIN, same);
        reduction(t, "ReduceProd", 18, same, ReduceFunction.REDUCE_PROD, same);
        UnaryFn magnitude = (n, x) -> n.b.unary(UnaryFunction.ABS, x);
        UnaryFn square = (n, x) -> n.b.multiply(x, x);
        UnaryFn log = (n, x) -> inFloats(n, UnaryFunction.LOG, x);
        reduction(t, "ReduceL1", 18, magnitude, ReduceFunction.REDUCE_SUM, same);
        reduction(t, "ReduceL2", 18, square, ReduceFunction.REDUCE_SUM, (n, x) -> inFloats(n, UnaryFunction.SQRT, x));
        reduction(t, "ReduceSumSquare", 18, square, ReduceFunction.REDUCE_SUM, same);
        reduction(t, "ReduceLogSum", 18, same, ReduceFunction.REDUCE_SUM, log);
        reduction(t, "ReduceLogSumExp", 18, ReductionOps::logSumExp);
        t.on("ArgMax").since(1, n -> arg(n, ArgFunction.ARG_MAX));
        t.on("ArgMin").since(1, n -> arg(n, ArgFunction.ARG_MIN));
        t.on("CumSum").since(11, n -> cumulative(n, CumulativeFunction.CUM_SUM));
        t.on("CumProd").since(26, n -> cumulative(n, CumulativeFunction.CUM_PROD));
        t.on("TopK")
                .sinceAll(1, n -> topK(n, Dim.of(n.i("k", 1))))
                .sinceAll(10, n -> topK(n, n.dims(1).getFirst()));
        t.on("MaxPool").sinceAll(1, ReductionOps::maxPool);
        t.on("AveragePool").since(1, ReductionOps::averagePool);
        t.on("LpPool").since(1, ReductionOps::lpPool);
        t.on("GlobalAveragePool").since(1, n -> global(n, ReduceFunction.REDUCE_MEAN));
        t.on("GlobalLpPool").since(1, n -> {
            Value p = n.b.scalar(n.in(0), n.opset < 2 ? n.f("p", 2) : n.i("p", 2));
            Value powers = n.b.binary(BinaryFunction.POW, n.b.unary(UnaryFunction.ABS, n.in(0)), p);
            List<Integer> axes = IntStream.range(2, n.rank(0)).boxed().toList();
            Value sum = n.b.reduce(ReduceFunction.REDUCE_SUM, powers, axes, true);
            return n.b.binary(BinaryFunction.POW, sum, n.b.divide(n.b.scalar(p, 1), p));
        });
        t.on("GlobalMaxPool").since(1, n -> global(n, ReduceFunction.REDUCE_MAX));
    }

    private static Value cumulative(OnnxNode n, CumulativeFunction f) {
        boolean exclusive = n.flag("exclusive", false);
        boolean reverse = n.flag("reverse", false);
        return RuntimeAxes.known(n, 1)
                ? n.b.add(
                        new Cumulative(f, n.in(0), OnnxNode.axis(n.longs(1).getFirst(), n.rank(0)), exclusive, reverse))
                : RuntimeAxes.cumulative(n, f, exclusive, reverse);
    }

    /** A function of each element. */
    private interface UnaryFn {
        Value apply(OnnxNode n, Value x);
    }

    /** What the axes of a node are: known, or held by an operand. */
    private sealed interface Axes {
        record Known(List<Integer> axes) implements Axes {}

        record Computed(int operand) implements Axes {}
    }

    private interface Reducer {
        Value reduce(OnnxNode n, Value x, Axes axes, boolean keepDims);
    }

    /** A reduction with functions of each element before and after it. */
    private static void reduction(
            Operators t, String name, int axesAreOperand, UnaryFn before, ReduceFunction f, UnaryFn after) {
        reduction(
                t,
                name,
                axesAreOperand,
                (n, x, axes, keepDims) -> after.apply(n, reduce(n, f, before.apply(n, x), axes, keepDims)));
    }

    /** An operator whose axes are an attribute before opset {@code axesAreOperand}, and an operand from there on. */
    private static void reduction(Operators t, String name, int axesAreOperand, Reducer f) {
        t.on(name)
                .since(1, n -> f.reduce(n, n.in(0), known(n, n.ints("axes").orElse(List.of())), keep(n)))
                .since(axesAreOperand, n -> f.reduce(n, n.in(0), axesOperand(n), keep(n)));
    }

    private static Axes axesOperand(OnnxNode n) {
        if (!RuntimeAxes.known(n, 1)) {
            return new Axes.Computed(1);
        }
        List<Long> axes = n.opt(1).isPresent() ? n.longs(1) : List.of();
        return axes.isEmpty() && n.flag("noop_with_empty_axes", false) ? new Axes.Known(List.of()) : known(n, axes);
    }

    private static Axes known(OnnxNode n, List<Long> given) {
        return new Axes.Known(
                given.isEmpty()
                        ? IntStream.range(0, n.rank(0)).boxed().toList()
                        : OnnxNode.axes(given, n.rank(0)).stream().sorted().toList());
    }

    private static Value reduce(OnnxNode n, ReduceFunction f, Value x, Axes axes, boolean keepDims) {
        return switch (axes) {
            case Axes.Known(List<Integer> known) -> known.isEmpty() ? x : n.b.reduce(f, x, known, keepDims);
            case Axes.Computed(int operand) ->
                RuntimeAxes.reduce(n, (v, axis) -> n.b.reduce(f, v, List.of(axis), true), x, operand, keepDims);
        };
    }

    private static boolean keep(OnnxNode n) {
        return n.flag("keepdims", true);
    }

    /** Of integers too: by way of floats. */
    private static Value inFloats(OnnxNode n, UnaryFunction f, Value v) {
        ElementType type = v.tensorType().element();
        return type.isFloat() ? n.b.unary(f, v) : n.b.cast(n.b.unary(f, n.b.cast(v, ElementType.F64)), type);
    }

    private static Value logSumExp(OnnxNode n, Value given, Axes axes, boolean keepDims) {
        ElementType type = given.tensorType().element();
        Value x = type.isFloat() ? given : n.b.cast(given, ElementType.F64);
        Value y = switch (axes) {
            case Axes.Known(List<Integer> known) -> {
                Value kept = logSumExp(n.b, x, known);
                // Along axes of one element each, a sum only removes them.
                yield keepDims ? kept : reduce(n, ReduceFunction.REDUCE_SUM, kept, axes, false);
            }
            case Axes.Computed(int operand) ->
                RuntimeAxes.reduce(n, (v, axis) -> logSumExp(n.b, v, List.of(axis)), x, operand, keepDims);
        };
        return n.b.cast(y, type);
    }

    private static Value logSumExp(Builder b, Value x, List<Integer> axes) {
        if (axes.isEmpty()) {
            return x;
        }
        Value greatest = b.reduce(ReduceFunction.REDUCE_MAX, x, axes, true);
        // Infinities stay what they are, and are not subtracted from themselves.
        Value finite =
                b.compare(Comparison.LESS, b.unary(UnaryFunction.ABS, greatest), b.scalar(x, Double.POSITIVE_INFINITY));
        Value max = b.select(finite, greatest, b.scalar(x, 0));
        Value sum = b.reduce(ReduceFunction.REDUCE_SUM, b.exp(b.subtract(x, max)), axes, true);
        return b.add(b.unary(UnaryFunction.LOG, sum), max);
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

    static Value averagePool(OnnxNode n) {
        return pool(
                n, n.flag("count_include_pad", false) ? PoolFunction.AVERAGE_POOL_PADDED : PoolFunction.AVERAGE_POOL);
    }

    private static Value pool(OnnxNode n, PoolFunction f) {
        return pool(n, f, n.in(0));
    }

    static Value pool(OnnxNode n, PoolFunction f, Value x) {
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
        double norm = n.opset < 2 ? n.f("p", 2) : n.i("p", 2);
        Value p = n.b.scalar(x, norm);
        Value powers = n.b.binary(BinaryFunction.POW, n.b.unary(UnaryFunction.ABS, x), p);
        Value sums = pool(n, PoolFunction.SUM_POOL, powers);
        return n.b.binary(BinaryFunction.POW, sums, n.b.scalar(x, 1.0 / norm));
    }

    private static Value global(OnnxNode n, ReduceFunction f) {
        return n.b.reduce(f, n.in(0), IntStream.range(2, n.rank(0)).boxed().toList(), true);
    }
}
