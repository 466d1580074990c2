package dev.lathe.passes.fuse;

import static dev.lathe.passes.Pattern.*;
import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Value;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Match;
import dev.lathe.passes.Pattern;
import dev.lathe.passes.Rule;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Layer normalization and softmax as exporters spell them out. */
final class NormalizationRules {
    private static final Pattern.Var X = var("x");
    private static final Pattern.Var MEAN = var("mean");
    private static final Pattern.Var CENTERED = var("centered");
    private static final Pattern.Var VARIANCE = var("variance");
    private static final Pattern.Var EPSILON = var("epsilon");
    private static final Pattern.Var E = var("e");
    private static final Pattern.Var SUM = var("sum");
    private static final Pattern.Var MAX = var("max");

    private NormalizationRules() {}

    private static Pattern mean(Pattern x) {
        return reduce(ReduceFunction.REDUCE_MEAN, NormalizationRules::isTrailing, x);
    }

    private static final Pattern DEVIATION = as(CENTERED, subtract(X, as(MEAN, mean(X))));
    private static final Pattern SQUARE = either(multiply(CENTERED, CENTERED), pow(CENTERED, number(2)));
    private static final Pattern NORM =
            unary(UnaryFunction.SQRT, add(as(VARIANCE, mean(SQUARE)), as(EPSILON, number(x -> x >= 0))));
    private static final Pattern EXPONENTIAL = as(
            E,
            unary(
                    UnaryFunction.EXP,
                    subtract(X, as(MAX, reduce(ReduceFunction.REDUCE_MAX, NormalizationRules::isOneAxis, X)))));
    private static final Pattern TOTAL = as(SUM, reduce(ReduceFunction.REDUCE_SUM, NormalizationRules::isOneAxis, E));

    static final List<Rule<?>> RULES = List.of(
            rule(
                    "(x - mean) / sqrt(variance + ε) -> layer_norm(x)",
                    divide(DEVIATION, NORM),
                    NormalizationRules::layerNorm),
            rule(
                    "(x - mean) * (1 / sqrt(variance + ε)) -> layer_norm(x)",
                    multiply(DEVIATION, unary(UnaryFunction.RECIPROCAL, NORM)),
                    NormalizationRules::layerNorm),
            rule("layer_norm(x) * scale", Binary.class, NormalizationRules::scale),
            rule("layer_norm(x) + bias", Binary.class, NormalizationRules::bias),
            rule("e / sum(e) -> softmax(x)", divide(EXPONENTIAL, TOTAL), NormalizationRules::softmax),
            rule(
                    "e * (1 / sum(e)) -> softmax(x)",
                    multiply(EXPONENTIAL, unary(UnaryFunction.RECIPROCAL, TOTAL)),
                    NormalizationRules::softmax));

    private static boolean isTrailing(Reduce r) {
        int rank = r.x().tensorType().rank();
        return r.keepDims()
                && !r.axes().isEmpty()
                && r.axes().stream().sorted().toList().getFirst()
                        == rank - r.axes().size();
    }

    private static boolean isOneAxis(Reduce r) {
        return r.keepDims() && r.axes().size() == 1;
    }

    private static @Nullable List<Integer> axes(Match m, Pattern.Var reduced) {
        Reduce r = m.definition(m.get(reduced), Reduce.class);
        return r == null ? null : r.axes().stream().sorted().toList();
    }

    private static @Nullable Value layerNorm(Match m) {
        List<Integer> axes = axes(m, MEAN);
        if (axes == null || !axes.equals(axes(m, VARIANCE))) {
            return null;
        }
        double epsilon = m.number(m.get(EPSILON)).orElseThrow();
        return m.ifSameType(
                m.builder().add(new LayerNorm(m.get(X), Optional.empty(), Optional.empty(), axes.getFirst(), epsilon)));
    }

    private static @Nullable Value softmax(Match m) {
        List<Integer> axes = axes(m, SUM);
        return axes == null || !axes.equals(axes(m, MAX))
                ? null
                : m.builder().add(new Softmax(m.get(X), axes.getFirst()));
    }

    private static @Nullable Value scale(Binary n, Match m) {
        if (n.function() != BinaryFunction.MULTIPLY) {
            return null;
        }
        for (Value v : n.operands()) {
            LayerNorm norm = m.isUsedOnce(v) ? m.definition(v, LayerNorm.class) : null;
            Value scale = v == n.x() ? n.y() : n.x();
            if (norm != null && norm.scale().isEmpty() && norm.bias().isEmpty()) {
                return perElement(scale, norm, m)
                        .map(s -> m.ifSameType(m.builder()
                                .add(new LayerNorm(
                                        norm.x(), Optional.of(s), norm.bias(), norm.axis(), norm.epsilon()))))
                        .orElse(null);
            }
        }
        return null;
    }

    private static @Nullable Value bias(Binary n, Match m) {
        if (n.function() != BinaryFunction.ADD) {
            return null;
        }
        for (Value v : n.operands()) {
            LayerNorm norm = m.isUsedOnce(v) ? m.definition(v, LayerNorm.class) : null;
            Value bias = v == n.x() ? n.y() : n.x();
            if (norm != null && norm.bias().isEmpty()) {
                Optional<Value> b = perElement(bias, norm, m);
                if (b.isPresent()) {
                    return m.ifSameType(
                            m.builder().add(new LayerNorm(norm.x(), norm.scale(), b, norm.axis(), norm.epsilon())));
                }
            }
        }
        return null;
    }

    /**
     * {@code v} with the shape of the normalized axes, if it has one number for each element of these and no other
     * axis.
     */
    private static Optional<Value> perElement(Value v, LayerNorm norm, Match m) {
        Shape x = norm.x().tensorType().shape();
        Shape normalized = x.slice(norm.axis(), x.rank());
        Shape s = v.tensorType().shape();
        int more = s.rank() - normalized.rank();
        if (more < 0
                || !s.slice(more, s.rank()).equals(normalized)
                || !s.slice(0, more).dims().stream().allMatch(d -> d.equals(Dim.ONE))) {
            return Optional.empty();
        }
        return Optional.of(m.builder().reshape(v, normalized));
    }
}
