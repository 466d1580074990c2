package dev.lathe.frontend.onnx.ops.microsoft;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Layer normalizations with what graph optimizers fuse into them: residual sums, biases, embeddings. */
public final class MicrosoftNormalizationOps {
    private MicrosoftNormalizationOps() {}

    public static void addTo(Operators t) {
        // Optimizers write this one into the standard domain too.
        t.on("SimplifiedLayerNormalization").sinceAll(1, MicrosoftNormalizationOps::simplified);
        t.on(Domains.MICROSOFT + "SimplifiedLayerNormalization").sinceAll(1, MicrosoftNormalizationOps::simplified);
        t.on(Domains.MICROSOFT + "SkipLayerNormalization").sinceAll(1, MicrosoftNormalizationOps::skip);
        t.on(Domains.MICROSOFT + "SkipSimplifiedLayerNormalization")
                .sinceAll(1, MicrosoftNormalizationOps::skipSimplified);
        t.on(Domains.MICROSOFT + "EmbedLayerNormalization").sinceAll(1, MicrosoftNormalizationOps::embed);
    }

    /** {@code 1 / sqrt(mean(x²) + epsilon)} over the axes from {@code axis} on, in at least 32 bits. */
    private static Value inverseRoot(Builder b, Value x, int axis, double epsilon) {
        Value wide = x.tensorType().element().bits() < 32 ? b.cast(x, ElementType.F32) : x;
        List<Integer> axes =
                IntStream.range(axis, x.tensorType().rank()).boxed().toList();
        Value squares = b.reduce(ReduceFunction.REDUCE_MEAN, b.multiply(wide, wide), axes, true);
        return b.unary(UnaryFunction.RECIPROCAL, b.sqrt(b.add(squares, b.scalar(squares, epsilon))));
    }

    private static Value scaled(Builder b, Value x, Value factor, Value scale) {
        Value normal = b.multiply(b.cast(x, factor.tensorType().element()), factor);
        return b.multiply(b.cast(normal, scale.tensorType().element()), scale);
    }

    private static List<Value> simplified(OnnxNode n) {
        int axis = OnnxNode.axis(n.i("axis", -1), n.rank(0));
        Value factor = inverseRoot(n.b, n.in(0), axis, n.f("epsilon", 1e-5f));
        return List.of(scaled(n.b, n.in(0), factor, n.in(1)), factor);
    }

    private static List<Value> skipSimplified(OnnxNode n) {
        Value sum = MicrosoftOps.biased(n, n.b.add(n.in(0), n.in(1)), 3);
        int axis = n.rank(0) - 1;
        Value factor = inverseRoot(n.b, sum, axis, n.f("epsilon", 1e-12f));
        Value mean = n.b.reduce(ReduceFunction.REDUCE_MEAN, sum, List.of(axis), true);
        return List.of(scaled(n.b, sum, factor, n.in(2)), mean, factor, sum);
    }

    private static List<Value> skip(OnnxNode n) {
        Builder b = n.b;
        Value sum = MicrosoftOps.biased(n, b.add(n.in(0), n.in(1)), 4);
        int axis = n.rank(0) - 1;
        double epsilon = n.f("epsilon", 1e-12f);
        Value y = b.add(new LayerNorm(sum, Optional.of(n.in(2)), n.opt(3), axis, epsilon));
        if (n.outputs < 2) {
            return List.of(y);
        }
        Value mean = b.reduce(ReduceFunction.REDUCE_MEAN, sum, List.of(axis), true);
        return List.of(y, mean, inverseRoot(b, b.subtract(sum, mean), axis, epsilon), sum);
    }

    /** Words, positions and segments looked up, summed and normalized; how many words of each text count; the sum. */
    private static List<Value> embed(OnnxNode n) {
        Builder b = n.b;
        Shape ids = n.shape(0);
        Value words = b.gather(n.in(2), n.in(0), 0);
        Value positions = b.gather(n.in(3), n.opt(8).orElseGet(() -> b.iota(ids.dim(1))), 0);
        Value sum = b.add(words, positions);
        if (n.opt(4).isPresent() && n.opt(1).isPresent()) {
            sum = b.add(sum, b.gather(n.in(4), n.in(1), 0));
        }
        Value y = b.add(new LayerNorm(sum, Optional.of(n.in(5)), Optional.of(n.in(6)), 2, n.f("epsilon", 1e-12f)));
        Value zero = b.constant(Tensor.scalar(ElementType.I32, 0));
        Value counts = n.opt(7)
                .map(mask -> b.reduce(
                        ReduceFunction.REDUCE_SUM,
                        b.cast(b.compare(Comparison.EQUAL, mask, b.scalar(mask, 1)), ElementType.I32),
                        List.of(1),
                        false))
                .orElseGet(() -> b.broadcast(zero, Shape.of(ids.dim(0))));
        return List.of(y, counts, sum);
    }
}
