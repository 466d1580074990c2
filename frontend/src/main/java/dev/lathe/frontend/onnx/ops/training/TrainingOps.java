package dev.lathe.frontend.onnx.ops.training;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import java.util.ArrayList;
import java.util.List;

/** Steps of optimizers: tensors, their gradients and running averages in, the new ones out. */
public final class TrainingOps {
    private static final String DOMAIN = "ai.onnx.preview.training:";

    private TrainingOps() {}

    public static void addTo(Operators t) {
        t.on(DOMAIN + "Adagrad").sinceAll(1, n -> each(n, 3, TrainingOps::adagrad));
        t.on(DOMAIN + "Adam").sinceAll(1, n -> each(n, 4, TrainingOps::adam));
        t.on(DOMAIN + "Momentum").sinceAll(1, n -> each(n, 3, TrainingOps::momentum));
    }

    private interface Step {
        /** The new tensor and its new averages, from the tensor, its gradient and its averages. */
        List<Value> step(OnnxNode n, Value rate, List<Value> state);
    }

    /** Operands after the rate and the count are the {@code parts} of the state, each for all tensors. */
    private static List<Value> each(OnnxNode n, int parts, Step step) {
        int operands = n.inputs.size() - 2;
        if (operands <= 0 || operands % parts != 0) {
            throw new InvalidOpException(operands + " operands are not " + parts + " for each tensor");
        }
        int tensors = operands / parts;
        List<List<Value>> results = new ArrayList<>();
        for (int i = 0; i < tensors; i++) {
            List<Value> state = new ArrayList<>();
            for (int p = 0; p < parts; p++) {
                state.add(n.in(2 + p * tensors + i));
            }
            Value rate = n.b.cast(n.in(0), state.getFirst().tensorType().element());
            results.add(step.step(n, rate, state));
        }
        List<Value> ordered = new ArrayList<>();
        for (int p = 0; p < results.getFirst().size(); p++) {
            for (List<Value> r : results) {
                ordered.add(r.get(p));
            }
        }
        return ordered;
    }

    private static Value times(Builder b, Value x, double factor) {
        return b.multiply(x, b.scalar(x, factor));
    }

    private static Value regularized(OnnxNode n, Value x, Value gradient) {
        return n.b.add(times(n.b, x, n.f("norm_coefficient", 0)), gradient);
    }

    private static List<Value> adagrad(OnnxNode n, Value rate, List<Value> state) {
        Builder b = n.b;
        Value x = state.get(0);
        Value gradient = regularized(n, x, state.get(1));
        Value count = b.cast(n.in(1), x.tensorType().element());
        Value r = b.divide(rate, b.add(times(b, count, n.f("decay_factor", 0)), b.scalar(x, 1)));
        Value squares = b.add(state.get(2), b.multiply(gradient, gradient));
        Value adaptive = b.add(b.sqrt(squares), b.scalar(x, n.f("epsilon", 1e-6f)));
        return List.of(b.subtract(x, b.divide(b.multiply(r, gradient), adaptive)), squares);
    }

    private static List<Value> adam(OnnxNode n, Value rate, List<Value> state) {
        Builder b = n.b;
        Value x = state.get(0);
        double alpha = n.f("alpha", 0.9f);
        double beta = n.f("beta", 0.999f);
        Value gradient = regularized(n, x, state.get(1));
        Value average = b.add(times(b, state.get(2), alpha), times(b, gradient, 1 - alpha));
        Value squares = b.add(times(b, state.get(3), beta), times(b, b.multiply(gradient, gradient), 1 - beta));
        Value root = b.add(b.sqrt(squares), b.scalar(x, n.f("epsilon", 1e-6f)));
        Value count = b.cast(n.in(1), x.tensorType().element());
        Value one = b.scalar(x, 1);
        Value betas = b.subtract(one, b.binary(BinaryFunction.POW, b.scalar(x, beta), count));
        Value alphas = b.subtract(one, b.binary(BinaryFunction.POW, b.scalar(x, alpha), count));
        Value later = b.divide(b.multiply(rate, b.sqrt(betas)), alphas);
        Value adjusted = b.select(b.compare(Comparison.GREATER, count, b.scalar(count, 0)), later, rate);
        Value moved = b.subtract(x, b.divide(b.multiply(adjusted, average), root));
        return List.of(times(b, moved, 1 - n.f("norm_coefficient_post", 0)), average, squares);
    }

    private static List<Value> momentum(OnnxNode n, Value rate, List<Value> state) {
        Builder b = n.b;
        Value x = state.get(0);
        double alpha = n.f("alpha", 0);
        Value gradient = regularized(n, x, state.get(1));
        Value count = n.in(1);
        Value beta = b.select(
                b.compare(Comparison.GREATER, count, b.scalar(count, 0)), b.scalar(x, n.f("beta", 1)), b.scalar(x, 1));
        Value velocity = b.add(times(b, state.get(2), alpha), b.multiply(beta, gradient));
        Value direction =
                n.s("mode", "standard").equals("nesterov") ? b.add(gradient, times(b, velocity, alpha)) : velocity;
        return List.of(b.subtract(x, b.multiply(rate, direction)), velocity);
    }
}
