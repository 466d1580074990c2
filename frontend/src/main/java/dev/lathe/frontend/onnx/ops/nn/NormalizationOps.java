package dev.lathe.frontend.onnx.ops.nn;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.shape.ShapeOps;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Normalizations. */
public final class NormalizationOps {
    /** The power of local response normalizations, of which square roots make it. */
    private static final float USUAL_BETA = 0.75f;

    private NormalizationOps() {}

    public static void addTo(Operators t) {
        t.on("BatchNormalization").sinceAll(1, NormalizationOps::batchNorm);
        t.on("InstanceNormalization").since(1, NormalizationOps::instanceNorm);
        // The standard has it since opset 17; optimizers write it into older models too.
        t.on("LayerNormalization").sinceAll(1, NormalizationOps::layerNorm);
        t.on("LpNormalization").since(1, NormalizationOps::lpNorm);
        t.on("RMSNormalization").since(23, NormalizationOps::rmsNorm);
        t.on("GroupNormalization").since(18, NormalizationOps::groupNorm);
        t.on("LRN").since(1, NormalizationOps::localResponse);
        t.on("MeanVarianceNormalization").since(9, NormalizationOps::meanVariance);
    }

    /** A vector with an element for each channel, as it broadcasts over {@code [N, C, …]}. */
    private static Value perChannel(OnnxNode n, Value v) {
        List<Dim> dims = ShapeOps.repeat(Dim.ONE, Math.max(1, n.rank(0) - 1));
        dims.set(0, v.tensorType().dim(0));
        return n.b.reshape(v, Shape.of(dims));
    }

    private static List<Value> batchNorm(OnnxNode n) {
        Value x = n.in(0);
        Value epsilon = n.b.scalar(n.in(4), n.f("epsilon", 1e-5f));
        boolean training = n.opset >= 14 ? n.flag("training_mode", false) : n.opset < 7 && !n.flag("is_test", false);
        if (training) {
            return trainedBatchNorm(n, x, epsilon);
        }
        Value scale = n.b.divide(n.in(1), n.b.sqrt(n.b.add(n.in(4), epsilon)));
        Value shift = n.b.subtract(n.in(2), n.b.multiply(n.in(3), scale));
        return List.of(n.b.add(n.b.multiply(x, like(n, x, perChannel(n, scale))), like(n, x, perChannel(n, shift))));
    }

    private static Value like(OnnxNode n, Value x, Value v) {
        return n.b.cast(v, x.tensorType().element());
    }

    /** With the statistics of this batch, and the running ones. */
    private static List<Value> trainedBatchNorm(OnnxNode n, Value x, Value epsilon) {
        List<Integer> axes =
                IntStream.range(0, n.rank(0)).filter(i -> i != 1).boxed().toList();
        Value mean = n.b.reduce(ReduceFunction.REDUCE_MEAN, x, axes, true);
        Value centered = n.b.subtract(x, mean);
        Value variance = n.b.reduce(ReduceFunction.REDUCE_MEAN, n.b.multiply(centered, centered), axes, true);
        Value normal = n.b.divide(centered, n.b.sqrt(n.b.add(variance, like(n, x, epsilon))));
        Value y = n.b.add(n.b.multiply(normal, perChannel(n, n.in(1))), perChannel(n, n.in(2)));
        double momentum = n.f("momentum", 0.9f);
        return List.of(y, running(n, n.in(3), mean, momentum), running(n, n.in(4), variance, momentum));
    }

    private static Value running(OnnxNode n, Value old, Value now, double momentum) {
        Value flat = n.b.cast(
                n.b.reshape(now, old.tensorType().shape()), old.tensorType().element());
        return n.b.add(
                n.b.multiply(old, n.b.scalar(old, momentum)), n.b.multiply(flat, n.b.scalar(flat, 1 - momentum)));
    }

    private static Value instanceNorm(OnnxNode n) {
        Value x = n.in(0);
        List<Integer> axes = IntStream.range(2, n.rank(0)).boxed().toList();
        Value centered = n.b.subtract(x, n.b.reduce(ReduceFunction.REDUCE_MEAN, x, axes, true));
        Value variance = n.b.reduce(ReduceFunction.REDUCE_MEAN, n.b.multiply(centered, centered), axes, true);
        Value normal = n.b.divide(centered, n.b.sqrt(n.b.add(variance, n.b.scalar(x, n.f("epsilon", 1e-5f)))));
        return n.b.add(n.b.multiply(normal, perChannel(n, n.in(1))), perChannel(n, n.in(2)));
    }

    private static List<Value> layerNorm(OnnxNode n) {
        Value x = n.in(0);
        int axis = OnnxNode.axis(n.i("axis", -1), n.rank(0));
        double epsilon = n.f("epsilon", 1e-5f);
        Value y = n.b.add(new LayerNorm(x, Optional.of(n.in(1)), n.opt(2), axis, epsilon));
        if (n.outputs < 2) {
            return List.of(y);
        }
        Value stashed = stashed(n, x);
        List<Integer> axes = IntStream.range(axis, n.rank(0)).boxed().toList();
        Value mean = n.b.reduce(ReduceFunction.REDUCE_MEAN, stashed, axes, true);
        Value centered = n.b.subtract(stashed, mean);
        Value variance = n.b.reduce(ReduceFunction.REDUCE_MEAN, n.b.multiply(centered, centered), axes, true);
        Value factor = n.b.unary(UnaryFunction.RECIPROCAL, n.b.sqrt(n.b.add(variance, n.b.scalar(variance, epsilon))));
        return new ArrayList<>(List.of(y, mean, factor));
    }

    private static Value lpNorm(OnnxNode n) {
        Value x = n.in(0);
        int axis = OnnxNode.axis(n.i("axis", -1), n.rank(0));
        long p = n.i("p", 2);
        if (p != 1 && p != 2) {
            throw new InvalidOpException("p is " + p + ", where 1 or 2 is needed");
        }
        Value norm = p == 1
                ? n.b.reduceSum(n.b.unary(UnaryFunction.ABS, x), axis)
                : n.b.sqrt(n.b.reduceSum(n.b.multiply(x, x), axis));
        Value zero = n.b.scalar(norm, 0);
        Value isZero = n.b.compare(Comparison.EQUAL, norm, zero);
        return n.b.select(isZero, zero, n.b.binary(BinaryFunction.DIVIDE, x, norm));
    }

    /** {@code x} in the type that a node asks to compute in. */
    private static Value stashed(OnnxNode n, Value x) {
        ElementType type = ElementTypes.of(n.i("stash_type", 1));
        return n.b.cast(x, type);
    }

    private static Value rmsNorm(OnnxNode n) {
        int axis = OnnxNode.axis(n.i("axis", -1), n.rank(0));
        Value x = stashed(n, n.in(0));
        List<Integer> axes = IntStream.range(axis, n.rank(0)).boxed().toList();
        Value mean = n.b.reduce(ReduceFunction.REDUCE_MEAN, n.b.multiply(x, x), axes, true);
        Value root = n.b.sqrt(n.b.add(mean, n.b.scalar(mean, n.f("epsilon", 1e-5f))));
        Value normal = n.b.cast(n.b.divide(x, root), n.element(1));
        return n.b.multiply(normal, n.in(1));
    }

    /**
     * Statistics for each group of channels; scales and biases for each group in opset 18, for each channel from 21
     * on.
     */
    private static Value groupNorm(OnnxNode n) {
        Builder b = n.b;
        Shape s = n.shape(0);
        Dim groups = Dim.of(n.i("num_groups", 1));
        Dim size = s.dim(1).floorDiv(groups).times(s.slice(2, s.rank()).elements());
        Value x = b.reshape(n.opset >= 21 ? stashed(n, n.in(0)) : n.in(0), Shape.of(s.dim(0), groups, size));
        Value centered = b.subtract(x, b.reduce(ReduceFunction.REDUCE_MEAN, x, List.of(2), true));
        Value variance = b.reduce(ReduceFunction.REDUCE_MEAN, b.multiply(centered, centered), List.of(2), true);
        Value normal = b.divide(centered, b.sqrt(b.add(variance, b.scalar(x, n.f("epsilon", 1e-5f)))));
        if (n.opset < 21) {
            Shape line = Shape.of(groups, Dim.ONE);
            return b.reshape(b.add(b.multiply(normal, b.reshape(n.in(1), line)), b.reshape(n.in(2), line)), s);
        }
        Value back = b.reshape(b.cast(normal, n.element(0)), s);
        return b.add(b.multiply(back, perChannel(n, n.in(1))), perChannel(n, n.in(2)));
    }

    /** Each element over a power of the squares of its neighbours along the channels. */
    private static Value localResponse(OnnxNode n) {
        Builder b = n.b;
        Value x = n.in(0);
        Shape s = n.shape(0);
        long size = n.i("size", 1);
        Shape plane = Shape.of(s.dim(0), Dim.ONE, s.dim(1), s.slice(2, s.rank()).elements());
        Value sums = b.add(new Pool(
                PoolFunction.SUM_POOL,
                b.reshape(b.multiply(x, x), plane),
                List.of(size, 1L),
                new Window(
                        List.of(1L, 1L),
                        List.of(Dim.of((size - 1) / 2), Dim.ZERO, Dim.of(size / 2), Dim.ZERO),
                        List.of(1L, 1L)),
                false,
                ChannelLayout.CHANNELS_FIRST));
        Value scaled = b.multiply(b.reshape(sums, s), b.scalar(x, n.f("alpha", 1e-4f) / (double) size));
        Value base = b.add(scaled, b.scalar(x, n.f("bias", 1)));
        float beta = n.f("beta", USUAL_BETA);
        if (beta == USUAL_BETA) { // vectors have square roots, but no powers
            Value root = b.unary(UnaryFunction.SQRT, base);
            return b.divide(x, b.multiply(root, b.unary(UnaryFunction.SQRT, root)));
        }
        return b.divide(x, b.binary(BinaryFunction.POW, base, b.scalar(x, beta)));
    }

    private static Value meanVariance(OnnxNode n) {
        Builder b = n.b;
        Value x = n.in(0);
        List<Integer> axes = OnnxNode.axes(n.ints("axes").orElse(List.of(0L, 2L, 3L)), n.rank(0));
        Value mean = b.reduce(ReduceFunction.REDUCE_MEAN, x, axes, true);
        Value squares = b.reduce(ReduceFunction.REDUCE_MEAN, b.multiply(x, x), axes, true);
        Value deviation = b.sqrt(b.subtract(squares, b.multiply(mean, mean)));
        return b.divide(b.subtract(x, mean), b.add(deviation, b.scalar(x, 1e-9)));
    }
}
