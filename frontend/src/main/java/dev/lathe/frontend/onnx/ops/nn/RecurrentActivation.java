package dev.lathe.frontend.onnx.ops.nn;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.UnaryFunction;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/** One of the activation functions that recurrent nodes name, with its parameters. */
record RecurrentActivation(Function function, double alpha, double beta) {
    /**
     * The functions of the standard, with what their parameters are where a node gives none: as of the operator of
     * the same name; where the standard has none, as in ONNX Runtime. NaN is a parameter that a function does not
     * have.
     */
    enum Function {
        RELU(Double.NaN, Double.NaN),
        TANH(Double.NaN, Double.NaN),
        SIGMOID(Double.NaN, Double.NaN),
        AFFINE(0, 0),
        LEAKY_RELU(0.01, Double.NaN),
        THRESHOLDED_RELU(1, Double.NaN),
        SCALED_TANH(0, 0),
        HARD_SIGMOID(0.2, 0.5),
        ELU(1, Double.NaN),
        SOFTSIGN(Double.NaN, Double.NaN),
        SOFTPLUS(Double.NaN, Double.NaN);

        private final double alpha;
        private final double beta;

        Function(double alpha, double beta) {
            this.alpha = alpha;
            this.beta = beta;
        }

        private static Function named(String name) {
            for (Function f : values()) {
                if (f.name().replace("_", "").equals(name.toUpperCase(Locale.ROOT))) {
                    return f;
                }
            }
            throw new InvalidOpException("there is no activation \"" + name + "\"");
        }
    }

    /**
     * Those of all directions, in order. Parameters are given to the functions that have them, in this order too;
     * functions named for one direction hold for both.
     */
    static List<RecurrentActivation> of(OnnxNode n, List<String> defaults, int directions) {
        List<String> names = new ArrayList<>(n.strings("activations"));
        if (names.isEmpty()) {
            names.addAll(defaults);
        }
        if (names.size() == defaults.size() && directions == 2) {
            names.addAll(List.copyOf(names));
        }
        if (names.size() != defaults.size() * directions) {
            throw new InvalidOpException(
                    "it names " + names.size() + " activations, where " + defaults.size() * directions + " are needed");
        }
        Iterator<Float> alphas =
                n.floats("activation_alpha").orElse(Collections.emptyList()).iterator();
        Iterator<Float> betas =
                n.floats("activation_beta").orElse(Collections.emptyList()).iterator();
        List<RecurrentActivation> all = new ArrayList<>();
        for (String name : names) {
            Function f = Function.named(name);
            all.add(new RecurrentActivation(f, next(alphas, f.alpha), next(betas, f.beta)));
        }
        return all;
    }

    private static double next(Iterator<Float> given, double otherwise) {
        return !Double.isNaN(otherwise) && given.hasNext() ? given.next() : otherwise;
    }

    Value apply(Builder b, Value x) {
        return switch (function) {
            case RELU -> b.relu(x);
            case TANH -> b.unary(UnaryFunction.TANH, x);
            case SIGMOID -> b.unary(UnaryFunction.SIGMOID, x);
            case AFFINE -> b.add(b.multiply(x, b.scalar(x, alpha)), b.scalar(x, beta));
            case LEAKY_RELU -> ActivationOps.leakyRelu(b, x, (float) alpha);
            case THRESHOLDED_RELU -> ActivationOps.thresholdedRelu(b, x, (float) alpha);
            case SCALED_TANH ->
                b.multiply(b.unary(UnaryFunction.TANH, b.multiply(x, b.scalar(x, beta))), b.scalar(x, alpha));
            case HARD_SIGMOID -> ActivationOps.hardSigmoid(b, x, (float) alpha, (float) beta);
            case ELU -> {
                Value below = b.multiply(b.subtract(b.exp(x), b.scalar(x, 1)), b.scalar(x, alpha));
                yield b.select(b.compare(Comparison.LESS, x, b.scalar(x, 0)), below, x);
            }
            case SOFTSIGN -> b.divide(x, b.add(b.unary(UnaryFunction.ABS, x), b.scalar(x, 1)));
            case SOFTPLUS -> ActivationOps.softplus(b, x);
        };
    }
}
