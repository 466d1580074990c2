package dev.lathe.frontend.onnx.ops.training;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.nn.ActivationOps;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Loss functions. */
public final class LossOps {
    private LossOps() {}

    public static void addTo(Operators t) {
        t.on("NegativeLogLikelihoodLoss").since(12, n -> likelihood(n, n.in(0)));
        t.on("SoftmaxCrossEntropyLoss").sinceAll(12, n -> {
            Value log = ActivationOps.logSoftmax(n.b, n.in(0), 1);
            return List.of(likelihood(n, log), log);
        });
    }

    /** {@code -w[t] * x[t]} for the target {@code t} of each position, joined as the node says. */
    private static Value likelihood(OnnxNode n, Value x) {
        Builder b = n.b;
        Value target = n.in(1);
        boolean ignores = n.has("ignore_index");
        Value ignored =
                ignores ? b.compare(Comparison.EQUAL, target, b.scalar(target, n.i("ignore_index", 0))) : target;
        Value safe = ignores ? b.select(ignored, b.scalar(target, 0), target) : target;
        Shape shape = n.shape(1);
        Shape column = Shape.of(shape.dim(0), Dim.ONE).concat(shape.slice(1, shape.rank()));
        Value picked = b.reshape(b.add(new GatherElements(x, b.reshape(safe, column), 1)), shape);
        Optional<Value> weights = n.opt(2).map(w -> b.gather(w, safe, 0));
        if (ignores) {
            Value zero = b.scalar(x, 0);
            Value one = b.broadcast(b.scalar(x, 1), shape);
            weights = Optional.of(b.select(ignored, zero, weights.orElse(one)));
        }
        Value loss = b.negate(weights.map(w -> b.multiply(picked, w)).orElse(picked));
        List<Integer> all = IntStream.range(0, shape.rank()).boxed().toList();
        return switch (n.s("reduction", "mean")) {
            case "none" -> loss;
            case "sum" -> b.reduce(ReduceFunction.REDUCE_SUM, loss, all, false);
            case "mean" ->
                weights.map(w -> b.divide(
                                b.reduce(ReduceFunction.REDUCE_SUM, loss, all, false),
                                b.reduce(ReduceFunction.REDUCE_SUM, w, all, false)))
                        .orElseGet(() -> b.reduce(ReduceFunction.REDUCE_MEAN, loss, all, false));
            default -> throw new InvalidOpException("there is no reduction \"" + n.s("reduction", "") + "\"");
        };
    }
}
