package dev.lathe.frontend.onnx.ops.math;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.shape.RuntimeAxes;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.stream.IntStream;

/** Reductions, and what else goes along an axis. */
public final class ReductionOps {
    private ReductionOps() {}

    public static void addTo(Operators t) {
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
}
