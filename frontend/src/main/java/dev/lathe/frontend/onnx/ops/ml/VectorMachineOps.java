package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.PairwiseProbabilities;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Support vector machines of {@code ai.onnx.ml}. */
public final class VectorMachineOps {
    /** How near a pairwise probability may come to 0 and 1. */
    private static final double MARGIN = 1e-7;

    /** So many classes have fewer pairs than there are numbers of type int. */
    private static final int CLASS_LIMIT = (1 << 15) - 1;

    private enum Kernel {
        LINEAR,
        POLY,
        RBF,
        SIGMOID
    }

    private VectorMachineOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.ML + "SVMRegressor").since(1, VectorMachineOps::regress);
        t.on(Domains.ML + "SVMClassifier").sinceAll(1, VectorMachineOps::classify);
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
                b.unary(UnaryFunction.TANH, b.add(b.multiply(dots, b.scalar(x, gamma)), b.scalar(x, offset)));
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
        Value score = b.add(sum, b.constant(Tensor.scalar((float)
                LinearModelOps.required(n, "rho").getFirst())));
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
        Tensor rows = LinearModelOps.matrix("coefficients", LinearModelOps.required(n, "coefficients"), labels.count());
        Value scores = n.b.add(LinearModelOps.product(n.b, x, rows), n.b.constant(Tensor.scalar((float)
                LinearModelOps.required(n, "rho").getFirst())));
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
        if (classes > CLASS_LIMIT) {
            throw new InvalidOpException("more than " + CLASS_LIMIT + " classes");
        }
        if (counts.stream().anyMatch(c -> c < 0)) {
            throw new InvalidOpException("vectors_per_class has a negative entry");
        }
        long vectors = counts.stream().mapToLong(Long::longValue).sum();
        int pairs = classes * (classes - 1) / 2;
        Tensor offsets = exactly(n, "rho", pairs);
        Value kernels = kernel(
                n, x, LinearModelOps.matrix("support_vectors", LinearModelOps.required(n, "support_vectors"), vectors));
        Value scores = b.add(decisions(n, kernels, counts, (int) vectors), b.constant(offsets));
        Value first = b.cast(b.compare(Comparison.GREATER, scores, b.scalar(scores, 0)), ElementType.F32);
        Value second = b.subtract(b.scalar(first, 1), first);
        Value won = b.gather(b.concat(List.of(first, second), 1), b.constant(opponents(classes)), 1);
        Value votes = b.reduce(ReduceFunction.REDUCE_SUM, won, List.of(2), false);
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

    /**
     * What the machine of each pair of classes says before its offset, {@code [N, pairs]}. The vectors of a class
     * have a coefficient for each other class.
     */
    private static Value decisions(OnnxNode n, Value kernels, List<Long> counts, int vectors) {
        Builder b = n.b;
        int classes = counts.size();
        List<Float> coefficients = LinearModelOps.required(n, "coefficients");
        if (coefficients.size() != (long) vectors * (classes - 1)) {
            throw new InvalidOpException(coefficients.size() + " coefficients for " + vectors + " support vectors of "
                    + classes + " classes");
        }
        Value rows = b.transpose(
                b.constant(LinearModelOps.matrix("coefficients", coefficients, classes - 1L)), List.of(1, 0));
        // The share of each class in the decisions against each other one.
        List<Value> shares = new ArrayList<>();
        long start = 0;
        for (long count : counts) {
            Value own = b.slice(kernels, 1, Dim.of(start), Dim.of(count));
            shares.add(b.matMul(own, b.slice(rows, 0, Dim.of(start), Dim.of(count))));
            start += count;
        }
        long[] first = new long[classes * (classes - 1) / 2];
        long[] second = new long[first.length];
        int pair = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++, pair++) {
                first[pair] = (long) i * (classes - 1) + j - 1;
                second[pair] = (long) j * (classes - 1) + i;
            }
        }
        Value all = b.concat(shares, 1);
        return b.add(
                b.gather(all, b.constant(Tensor.vector(first)), 1),
                b.gather(all, b.constant(Tensor.vector(second)), 1));
    }

    /**
     * For each class where its results against the others are: among those of the first of each pair, then those of
     * the second.
     */
    private static Tensor opponents(int classes) {
        int pairs = classes * (classes - 1) / 2;
        long[] at = new long[2 * pairs];
        int pair = 0;
        for (int i = 0; i < classes; i++) {
            for (int j = i + 1; j < classes; j++, pair++) {
                at[i * (classes - 1) + j - 1] = pair;
                at[j * (classes - 1) + i] = (long) pairs + pair;
            }
        }
        return Tensor.of(at, classes, classes - 1L);
    }
}
