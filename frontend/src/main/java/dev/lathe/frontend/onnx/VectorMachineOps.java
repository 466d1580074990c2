package dev.lathe.frontend.onnx;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.PairwiseProbabilities;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** Support vector machines of {@code ai.onnx.ml}. */
final class VectorMachineOps {
    /** How near a pairwise probability may come to 0 and 1. */
    private static final double MARGIN = 1e-7;

    private enum Kernel {
        LINEAR,
        POLY,
        RBF,
        SIGMOID
    }

    private VectorMachineOps() {}

    static void addTo(Operators t) {
        t.on(TabularOps.DOMAIN + "SVMRegressor").since(1, VectorMachineOps::regress);
        t.on(TabularOps.DOMAIN + "SVMClassifier").sinceAll(1, VectorMachineOps::classify);
    }

    /** The kernel of each row of {@code x} with each support vector, {@code [N, vectors]}. */
    private static Value kernel(OnnxNode n, Value x, Tensor vectors) {
        Builder b = n.b;
        List<Float> parameters = n.floats("kernel_params").orElse(List.of());
        double gamma = parameters.isEmpty() ? 0 : parameters.getFirst();
        double offset = parameters.size() < 2 ? 0 : parameters.get(1);
        double degree = parameters.size() < 3 ? 0 : parameters.get(2);
        Value dots = LinearModelOps.product(b, x, vectors);
        Kernel kernel = n.choice("kernel_type", Kernel.LINEAR);
        return switch (kernel) {
            case LINEAR -> dots;
            case POLY -> {
                Value line = b.add(b.multiply(dots, b.scalar(x, gamma)), b.scalar(x, offset));
                yield b.binary(BinaryFunction.POW, line, b.scalar(x, degree));
            }
            case SIGMOID ->
                b.unary(
                        UnaryFunction.TANH,
                        b.add(b.multiply(dots, b.scalar(x, gamma)), b.scalar(x, offset)));
            case RBF -> {
                Value lengths = b.reduceSum(b.multiply(x, x), 1);
                Value distances = b.add(
                        b.subtract(lengths, b.multiply(dots, b.scalar(x, 2))), b.constant(squaredLengths(vectors)));
                Value positive = b.max(distances, b.scalar(x, 0));
                yield b.exp(b.multiply(positive, b.scalar(x, -gamma)));
            }
        };
    }

    private static Tensor squaredLengths(Tensor vectors) {
        long width = vectors.dim(1);
        Tensor out = Tensor.zeros(ElementType.F32, vectors.dim(0));
        for (long i = 0; i < out.size(); i++) {
            double sum = 0;
            for (long k = 0; k < width; k++) {
                sum += vectors.getDouble(i * width + k) * vectors.getDouble(i * width + k);
            }
            out.setDouble(i, sum);
        }
        return out;
    }

    private static Value regress(OnnxNode n) {
        Builder b = n.b;
        Value x = b.cast(TabularOps.rows(n, 0), ElementType.F32);
        List<Float> coefficients = LinearModelOps.required(n, "coefficients");
        Tensor line = LinearModelOps.matrix("coefficients", coefficients, 1);
        long supports = n.i("n_supports", 0);
        Value features = supports > 0
                ? kernel(
                        n,
                        x,
                        LinearModelOps.matrix(
                                "support_vectors", LinearModelOps.required(n, "support_vectors"), supports))
                : x;
        Value sum = LinearModelOps.product(b, features, line);
        Value score = b.add(sum, b.constant(Tensor.scalar((float) LinearModelOps.required(n, "rho").getFirst())));
        if (n.flag("one_class", false)) {
            Value inside = b.compare(Comparison.GREATER, score, b.scalar(score, 0));
            return b.select(inside, b.scalar(score, 1), b.scalar(score, -1));
        }
        return PostTransform.of(n).apply(b, score);
    }

    private static List<Value> classify(OnnxNode n) {
        ClassLabels labels = ClassLabels.of(n, "classlabels_ints");
        Value x = n.b.cast(TabularOps.rows(n, 0), ElementType.F32);
        List<Long> counts = n.ints("vectors_per_class").orElse(List.of());
        return counts.isEmpty() ? linear(n, labels, x) : pairwise(n, labels, x, counts);
    }

    private static List<Value> linear(OnnxNode n, ClassLabels labels, Value x) {
        Tensor rows =
                LinearModelOps.matrix("coefficients", LinearModelOps.required(n, "coefficients"), labels.count());
        Value scores = n.b.add(
                LinearModelOps.product(n.b, x, rows),
                n.b.constant(Tensor.scalar((float) LinearModelOps.required(n, "rho").getFirst())));
        return List.of(labels.best(scores), PostTransform.of(n).apply(n.b, scores));
    }

    /** One machine for each pair of classes, which vote. */
    private static List<Value> pairwise(OnnxNode n, ClassLabels labels, Value x, List<Long> counts) {
        Builder b = n.b;
        int classes = counts.size();
        if (classes < 2 || classes != labels.count()) {
            throw new InvalidOpException(
                    "vectors_per_class has " + classes + " entries for " + labels.count() + " class labels");
        }
        if (counts.stream().anyMatch(c -> c < 0)) {
            throw new InvalidOpException("vectors_per_class has a negative entry");
        }
        long vectors = counts.stream().mapToLong(Long::longValue).sum();
        int pairs = classes * (classes - 1) / 2;
        Value kernels = kernel(
                n,
                x,
                LinearModelOps.matrix("support_vectors", LinearModelOps.required(n, "support_vectors"), vectors));
        Value sums = b.matMul(kernels, b.constant(machines(n, counts, (int) vectors, pairs)));
        Value scores = b.add(sums, b.constant(exactly(n, "rho", pairs)));
        Value first = b.cast(b.compare(Comparison.GREATER, scores, b.scalar(scores, 0)), ElementType.F32);
        Value second = b.subtract(b.scalar(first, 1), first);
        Value votes = b.add(
                b.matMul(first, b.constant(members(classes, true))),
                b.matMul(second, b.constant(members(classes, false))));
        Value label = labels.best(votes);
        PostTransform transform = PostTransform.of(n);
        if (!n.floats("prob_a").orElse(List.of()).isEmpty()) {
            Value z = b.add(
                    b.multiply(scores, b.constant(exactly(n, "prob_a", pairs))),
                    b.constant(exactly(n, "prob_b", pairs)));
            Value p = b.unary(UnaryFunction.SIGMOID, b.negate(z));
            Value inside = b.min(b.max(p, b.scalar(p, MARGIN)), b.scalar(p, 1 - MARGIN));
            return List.of(label, transform.apply(b, b.add(new PairwiseProbabilities(inside, classes))));
        }
        boolean complement = transform == PostTransform.SOFTMAX || transform == PostTransform.SOFTMAX_ZERO;
        return List.of(label, classes == 2 ? transform.applyToPair(b, scores, complement) : transform.apply(b, scores));
    }

    private static Tensor exactly(OnnxNode n, String name, int size) {
        List<Float> values = LinearModelOps.required(n, name);
        if (values.size() < size) {
            throw new InvalidOpException("attribute \"" + name + "\" has " + values.size() + " values of " + size);
        }
        return TabularOps.vector(values.subList(0, size));
    }

    /** The weight of each support vector in each pair: the coefficients have a row for all classes but one. */
    private static Tensor machines(OnnxNode n, List<Long> counts, int vectors, int pairs) {
        int classes = counts.size();
        List<Float> coefficients = LinearModelOps.required(n, "coefficients");
        if (coefficients.size() != (long) vectors * (classes - 1)) {
            throw new InvalidOpException(coefficients.size() + " coefficients for " + vectors + " support vectors of "
                    + classes + " classes");
        }
        Tensor weights = Tensor.zeros(ElementType.F32, vectors, pairs);
        int pair = 0;
        long[] starts = new long[classes + 1];
        for (int i = 0; i < classes; i++) {
            starts[i + 1] = starts[i] + counts.get(i);
        }
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++, pair++) {
                for (long k = starts[i]; k < starts[i + 1]; k++) {
                    weights.setFloat(k * pairs + pair, coefficients.get((int) ((j - 1L) * vectors + k)));
                }
                for (long k = starts[j]; k < starts[j + 1]; k++) {
                    weights.setFloat(k * pairs + pair, coefficients.get((int) ((long) i * vectors + k)));
                }
            }
        }
        return weights;
    }

    /** Which class is the first, or second, of each pair, {@code [pairs, classes]}. */
    private static Tensor members(int classes, boolean first) {
        Tensor out = Tensor.zeros(ElementType.F32, (long) classes * (classes - 1) / 2, classes);
        long pair = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++, pair++) {
                out.setFloat(pair * classes + (first ? i : j), 1);
            }
        }
        return out;
    }
}
