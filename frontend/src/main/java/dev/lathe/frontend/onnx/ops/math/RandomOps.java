package dev.lathe.frontend.onnx.ops.math;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.RandomNormal;
import dev.lathe.ir.op.RandomUniform;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.List;
import java.util.Optional;

/** Random numbers, and dropout, which needs some while training. */
public final class RandomOps {
    private RandomOps() {}

    public static void addTo(Operators t) {
        t.on("RandomUniform")
                .since(1, n -> uniform(n, shape(n), type(n, ElementType.F32), n.f("low", 0), n.f("high", 1)));
        t.on("RandomUniformLike")
                .since(1, n -> uniform(n, n.shape(0), type(n, n.element(0)), n.f("low", 0), n.f("high", 1)));
        t.on("RandomNormal").since(1, n -> normal(n, shape(n), type(n, ElementType.F32)));
        t.on("RandomNormalLike").since(1, n -> normal(n, n.shape(0), type(n, n.element(0))));
        t.on("Bernoulli").since(15, n -> {
            Value threshold = n.b.cast(n.in(0), ElementType.F64);
            Value drawn = uniform(n, n.shape(0), ElementType.F64, 0, 1);
            return n.b.cast(n.b.compare(Comparison.LESS, drawn, threshold), type(n, n.element(0)));
        });
        t.on("Multinomial").since(7, RandomOps::multinomial);
        t.on("Dropout")
                .sinceAll(1, RandomOps::oldDropout)
                .sinceAll(7, RandomOps::identity)
                .sinceAll(12, RandomOps::dropout);
    }

    private static Shape shape(OnnxNode n) {
        return Shape.of(n.ints("shape").orElse(List.of()).stream().map(Dim::of).toList());
    }

    private static ElementType type(OnnxNode n, ElementType otherwise) {
        return n.has("dtype") ? ElementTypes.of(n.i("dtype", 1)) : otherwise;
    }

    private static Optional<Double> seed(OnnxNode n) {
        return n.has("seed") ? Optional.of((double) n.f("seed", 0)) : Optional.empty();
    }

    private static Value uniform(OnnxNode n, Shape shape, ElementType type, double low, double high) {
        return n.b.add(new RandomUniform(shape, type, low, high, seed(n)));
    }

    private static Value normal(OnnxNode n, Shape shape, ElementType type) {
        return n.b.add(new RandomNormal(shape, type, n.f("mean", 0), n.f("scale", 1), seed(n)));
    }

    /**
     * For each draw how many classes end, on the line of all probabilities one behind the other, at or before a number
     * that is drawn evenly.
     */
    private static Value multinomial(OnnxNode n) {
        Builder b = n.b;
        Dim batch = n.shape(0).dim(0);
        Dim classes = n.shape(0).dim(1);
        Value logits = b.cast(n.in(0), ElementType.F64);
        Value weights = b.exp(b.subtract(logits, b.reduceMax(logits, 1)));
        Value ends = b.add(new Cumulative(CumulativeFunction.CUM_SUM, weights, 1, false, false));
        Value total = b.slice(ends, 1, classes.minus(1), Dim.ONE);
        Value drawn =
                b.multiply(uniform(n, Shape.of(batch, Dim.of(n.i("sample_size", 1))), ElementType.F64, 0, 1), total);
        Value passed = b.compare(
                Comparison.LESS_OR_EQUAL, b.reshape(ends, Shape.of(batch, Dim.ONE, classes)), b.expandRight(drawn, 3));
        Value choice = b.reduce(ReduceFunction.REDUCE_SUM, b.cast(passed, ElementType.I32), List.of(2), false);
        return b.cast(choice, type(n, ElementType.I32));
    }

    private static List<Value> oldDropout(OnnxNode n) {
        if (n.flag("is_test", false)) {
            return identity(n);
        }
        return dropped(n, n.b.scalar(n.in(0), n.f("ratio", 0.5f)), Optional.empty(), n.element(0));
    }

    /** Inference keeps everything. */
    private static List<Value> identity(OnnxNode n) {
        Tensor one = n.opset < 10 ? Tensor.scalar(n.element(0), 1) : Tensor.scalar(true);
        return n.outputs > 1 ? List.of(n.in(0), n.b.broadcast(n.b.constant(one), n.shape(0))) : List.of(n.in(0));
    }

    private static List<Value> dropout(OnnxNode n) {
        Optional<Value> training = n.opt(2).map(v -> n.b.reshape(v, Shape.SCALAR));
        Optional<Boolean> known = training.isEmpty()
                ? Optional.of(false)
                : n.b.constant(training.get()).map(t -> t.getBoolean(0));
        if (known.isPresent() && !known.get()) {
            return identity(n);
        }
        Value ratio = n.opt(1)
                .map(r -> n.b.cast(n.b.reshape(r, Shape.SCALAR), n.element(0)))
                .orElseGet(() -> n.b.scalar(n.in(0), 0.5));
        return dropped(n, ratio, known.isPresent() ? Optional.empty() : training, ElementType.BOOL);
    }

    /**
     * Elements kept with the probability {@code 1 - ratio}, and made larger by as much, where {@code training} says
     * so.
     */
    private static List<Value> dropped(OnnxNode n, Value ratio, Optional<Value> training, ElementType maskType) {
        Builder b = n.b;
        Value x = n.in(0);
        Value drawn = uniform(n, n.shape(0), ElementType.F32, 0, 1);
        Value kept = b.compare(Comparison.GREATER_OR_EQUAL, drawn, b.cast(ratio, ElementType.F32));
        Value larger = b.divide(x, b.subtract(b.scalar(x, 1), ratio));
        Value y = b.select(kept, larger, b.scalar(x, 0));
        if (training.isPresent()) {
            Value all = b.constant(Tensor.scalar(true));
            return List.of(b.select(training.get(), y, x), b.select(training.get(), kept, all));
        }
        return List.of(y, b.cast(kept, maskType));
    }
}
