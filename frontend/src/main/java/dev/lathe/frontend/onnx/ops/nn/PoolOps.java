package dev.lathe.frontend.onnx.ops.nn;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.type.Dim;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Pools. */
public final class PoolOps {
    private PoolOps() {}

    public static void addTo(Operators t) {
        t.on("MaxPool").sinceAll(1, PoolOps::maxPool);
        t.on("AveragePool").since(1, PoolOps::averagePool);
        t.on("LpPool").since(1, PoolOps::lpPool);
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

    private static Window window(OnnxNode n) {
        List<Long> strides = steps(n, "strides");
        List<Long> dilations = steps(n, "dilations");
        List<Dim> pads = ContractionOps.pads(n, n.rank(0) - 2, kernel(n), strides, dilations);
        return new Window(strides, pads, dilations);
    }

    /** An attribute with a number for each spatial axis, or 1 for all. */
    private static List<Long> steps(OnnxNode n, String name) {
        int spatial = n.rank(0) - 2;
        return n.ints(name).filter(l -> l.size() == spatial).orElse(Collections.nCopies(spatial, 1L));
    }

    private static List<Long> kernel(OnnxNode n) {
        return n.ints("kernel_shape")
                .orElseThrow(() -> new InvalidOpException("attribute \"kernel_shape\" is missing"));
    }

    public static Value averagePool(OnnxNode n) {
        return pool(
                n, n.flag("count_include_pad", false) ? PoolFunction.AVERAGE_POOL_PADDED : PoolFunction.AVERAGE_POOL);
    }

    private static Value pool(OnnxNode n, PoolFunction f) {
        return pool(n, f, n.in(0));
    }

    public static Value pool(OnnxNode n, PoolFunction f, Value x) {
        return n.b.add(new Pool(f, x, kernel(n), window(n), n.flag("ceil_mode", false), ChannelLayout.CHANNELS_FIRST));
    }

    private static List<Value> maxPool(OnnxNode n) {
        Value y = pool(n, PoolFunction.MAX_POOL);
        if (n.outputs < 2) {
            return List.of(y);
        }
        Value indices = n.b.add(new PoolIndices(
                n.in(0),
                kernel(n),
                window(n),
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
