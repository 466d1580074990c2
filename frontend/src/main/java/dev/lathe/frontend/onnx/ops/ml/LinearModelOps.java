package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** Linear models of {@code ai.onnx.ml}. */
public final class LinearModelOps {
    private LinearModelOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.ML + "LinearRegressor").since(1, n -> {
            Value scores = scores(n, n.i("targets", 1));
            return PostTransform.of(n).apply(n.b, scores);
        });
        t.on(Domains.ML + "LinearClassifier").sinceAll(1, LinearModelOps::classify);
    }

    /** A list of floats that must be there. */
    static List<Float> required(OnnxNode n, String name) {
        return n.floats(name)
                .filter(v -> !v.isEmpty())
                .orElseThrow(() -> new InvalidOpException("attribute \"" + name + "\" is missing"));
    }

    /** {@code values} as the rows of a matrix. */
    static Tensor matrix(String name, List<Float> values, long rows) {
        if (rows <= 0 || values.size() % rows != 0) {
            throw new InvalidOpException(
                    "attribute \"" + name + "\" has " + values.size() + " values for " + rows + " rows");
        }
        Tensor flat = TabularOps.vector(values);
        return Tensor.of(flat.toFloatArray(), rows, values.size() / rows);
    }

    /** {@code x} times the transposed {@code rows}. */
    static Value product(Builder b, Value x, Tensor rows) {
        return b.matMul(x, b.transpose(b.constant(rows), List.of(1, 0)));
    }

    private static Value scores(OnnxNode n, long targets) {
        Value x = n.b.cast(TabularOps.rows(n, 0), ElementType.F32);
        Value products = product(n.b, x, matrix("coefficients", required(n, "coefficients"), targets));
        List<Float> intercepts = n.floats("intercepts").orElse(List.of());
        if (intercepts.isEmpty()) {
            return products;
        }
        if (intercepts.size() != targets) {
            throw new InvalidOpException(intercepts.size() + " intercepts for " + targets + " targets");
        }
        return n.b.add(products, n.b.constant(TabularOps.vector(intercepts)));
    }

    private static List<Value> classify(OnnxNode n) {
        ClassLabels labels = ClassLabels.of(n, "classlabels_ints");
        PostTransform transform = PostTransform.of(n);
        Value scores = scores(n, classes(n, labels));
        boolean single = scores.tensorType().dim(1).isConstant(1);
        if (single && labels.count() == 2) {
            return List.of(labels.ofPair(scores, 0), transform.applyToPair(n.b, scores, true));
        }
        return List.of(labels.best(scores), transform.apply(n.b, scores));
    }

    /** How many rows the coefficients have. */
    private static long classes(OnnxNode n, ClassLabels labels) {
        int intercepts = n.floats("intercepts").orElse(List.of()).size();
        if (intercepts > 0) {
            return intercepts;
        }
        Dim features = TabularOps.rows(n, 0).tensorType().dim(1);
        return features.isConstant() && features.constant() > 0
                ? required(n, "coefficients").size() / features.constant()
                : labels.count();
    }
}
