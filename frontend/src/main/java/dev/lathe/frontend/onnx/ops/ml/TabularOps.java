package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Operators of {@code ai.onnx.ml} that prepare the features of a table. */
public final class TabularOps {
    private enum Norm {
        MAX,
        L1,
        L2
    }

    private TabularOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.ML + "ArrayFeatureExtractor").since(1, TabularOps::extract);
        t.on(Domains.ML + "Binarizer").since(1, n -> {
            Value x = floats(n.b, n.in(0));
            Value above = n.b.compare(Comparison.GREATER, x, n.b.scalar(x, n.f("threshold", 0)));
            return n.b.cast(above, n.element(0));
        });
        t.on(Domains.ML + "Imputer").since(1, TabularOps::impute);
        t.on(Domains.ML + "Normalizer").since(1, TabularOps::normalize);
        t.on(Domains.ML + "Scaler").since(1, n -> {
            Value x = floats(n.b, n.in(0));
            Value moved = n.b.subtract(x, attribute(n, "offset", x, 0));
            return n.b.cast(n.b.multiply(moved, attribute(n, "scale", x, 1)), ElementType.F32);
        });
        t.on(Domains.ML + "FeatureVectorizer").since(1, TabularOps::concatenate);
    }

    /** {@code x} as f64 if it is that, else as f32. */
    static Value floats(Builder b, Value x) {
        return b.cast(x, x.tensorType().element() == ElementType.F64 ? ElementType.F64 : ElementType.F32);
    }

    /** Operand {@code i} as rows of samples; a vector is one. */
    static Value rows(OnnxNode n, int i) {
        return switch (n.rank(i)) {
            case 1 -> n.b.reshape(n.in(i), Shape.of(Dim.ONE, n.shape(i).dim(0)));
            case 2 -> n.in(i);
            default -> throw new InvalidOpException("operand " + i + " must have rank 1 or 2");
        };
    }

    static Tensor vector(List<Float> values) {
        float[] all = new float[values.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = values.get(i);
        }
        return Tensor.of(all, all.length);
    }

    static Tensor longs(List<Long> values) {
        return Tensor.vector(values.stream().mapToLong(Long::longValue).toArray());
    }

    static Tensor strings(List<String> values) {
        return Tensor.ofStrings(values.toArray(String[]::new), values.size());
    }

    /** A list of floats in the type of {@code like}, or {@code otherwise} if it is absent or empty. */
    private static Value attribute(OnnxNode n, String name, Value like, double otherwise) {
        List<Float> given = n.floats(name).orElse(List.of());
        return given.isEmpty()
                ? n.b.scalar(like, otherwise)
                : n.b.cast(n.b.constant(vector(given)), like.tensorType().element());
    }

    /** Columns of the last axis. */
    private static Value extract(OnnxNode n) {
        Value at = n.b.reshape(n.in(1), Shape.of(n.shape(1).elements()));
        Value x = n.rank(0) == 1 ? rows(n, 0) : n.in(0);
        return n.b.gather(x, at, x.tensorType().rank() - 1);
    }

    private static Value impute(OnnxNode n) {
        Builder b = n.b;
        Value x = n.in(0);
        ElementType element = n.element(0);
        if (!element.isFloat()) {
            List<Long> values = n.ints("imputed_value_int64s")
                    .orElseThrow(() -> new InvalidOpException("imputed_value_int64s is missing"));
            Value replaced = b.cast(b.constant(Tensor.scalar(n.i("replaced_value_int64", 0))), element);
            return b.select(b.compare(Comparison.EQUAL, x, replaced), b.cast(b.constant(longs(values)), element), x);
        }
        List<Float> values = n.floats("imputed_value_floats")
                .orElseThrow(() -> new InvalidOpException("imputed_value_floats is missing"));
        float replaced = n.f("replaced_value_float", 0);
        Value hit = Float.isNaN(replaced)
                ? b.unary(UnaryFunction.IS_NAN, x)
                : b.compare(Comparison.EQUAL, x, b.scalar(x, replaced));
        return b.select(hit, b.cast(b.constant(vector(values)), element), x);
    }

    /** Each row over its norm, unless that is 0. */
    private static Value normalize(OnnxNode n) {
        Builder b = n.b;
        Value x = floats(b, n.in(0));
        int axis = n.rank(0) - 1;
        Value norm = switch (n.choice("norm", Norm.MAX)) {
            case MAX -> b.reduceMax(x, axis);
            case L1 -> b.reduceSum(b.unary(UnaryFunction.ABS, x), axis);
            case L2 -> b.sqrt(b.reduce(ReduceFunction.REDUCE_SUM, b.multiply(x, x), List.of(axis), true));
        };
        Value isZero = b.compare(Comparison.EQUAL, norm, b.scalar(norm, 0));
        return b.cast(b.binary(BinaryFunction.DIVIDE, x, b.select(isZero, b.scalar(norm, 1), norm)), ElementType.F32);
    }

    /** The operands beside each other, each cut or filled with zeros to the width that is given for it. */
    private static Value concatenate(OnnxNode n) {
        Builder b = n.b;
        List<Long> widths = n.ints("inputdimensions").orElse(List.of());
        List<Value> parts = new ArrayList<>();
        for (int i = 0; i < n.inputs.size(); i++) {
            Value x = b.cast(rows(n, i), ElementType.F32);
            Dim width = x.tensorType().dim(1);
            if (i < widths.size() && !width.isConstant(widths.get(i))) {
                Dim wanted = Dim.of(widths.get(i));
                Dim kept = width.min(wanted);
                x = b.add(new Pad(
                        b.slice(x, 1, Dim.ZERO, kept),
                        Optional.empty(),
                        List.of(Dim.ZERO, Dim.ZERO),
                        List.of(Dim.ZERO, wanted.minus(kept)),
                        PadMode.CONSTANT));
            }
            parts.add(x);
        }
        return b.concat(parts, 1);
    }
}
