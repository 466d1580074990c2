package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Dim;
import java.util.List;

/** What the models of {@code ai.onnx.ml} make of the scores of a row, {@code [N, scores]}. */
enum PostTransform {
    NONE,
    SOFTMAX,
    LOGISTIC,
    SOFTMAX_ZERO,
    PROBIT;

    /** The constant of Winitzki's approximation of the error function. */
    private static final double WINITZKI = 0.147;
    /** Scores within this of 0 stay nearly 0 in {@link #SOFTMAX_ZERO}. */
    private static final double ZERO = 1e-7;

    static PostTransform of(OnnxNode n) {
        return n.choice("post_transform", NONE);
    }

    Value apply(Builder b, Value scores) {
        return switch (this) {
            case NONE -> scores;
            case SOFTMAX -> b.add(new Softmax(scores, 1));
            case LOGISTIC -> b.unary(UnaryFunction.SIGMOID, scores);
            case SOFTMAX_ZERO -> softmaxZero(b, scores);
            case PROBIT -> probit(b, scores);
        };
    }

    /**
     * The scores of two classes from that of the second, {@code [N, 1]}: with its complement if it is a
     * {@code probability}, else with its negative; the standard leaves this open, and this is what ONNX Runtime does.
     */
    Value applyToPair(Builder b, Value score, boolean probability) {
        if (this == PROBIT) {
            Value p = probit(b, score);
            return b.concat(List.of(b.negate(p), p), 1);
        }
        if (probability && this != LOGISTIC) {
            return b.concat(List.of(b.subtract(b.scalar(score, 1), score), score), 1);
        }
        Value both = b.concat(List.of(b.negate(score), score), 1);
        return this == LOGISTIC ? apply(b, both) : both;
    }

    /** As softmax, but scores of 0 do not count in the sum. */
    private static Value softmaxZero(Builder b, Value x) {
        Value max = b.reduceMax(x, 1);
        Value isZero = b.compare(Comparison.LESS_OR_EQUAL, b.unary(UnaryFunction.ABS, x), b.scalar(x, ZERO));
        Value e = b.exp(b.subtract(x, max));
        Value sum = b.reduceSum(b.select(isZero, b.scalar(x, 0), e), 1);
        Value kept = b.select(isZero, b.multiply(x, b.exp(b.negate(max))), e);
        Value nothing = b.compare(Comparison.EQUAL, sum, b.scalar(sum, 0));
        return b.divide(kept, b.select(nothing, b.scalar(sum, 1), sum));
    }

    /** The quantile of the normal distribution, through Winitzki's inverse of the error function. */
    private static Value probit(Builder b, Value p) {
        Value x = b.subtract(b.multiply(p, b.scalar(p, 2)), b.scalar(p, 1));
        Value one = b.scalar(p, 1);
        Value log = b.unary(UnaryFunction.LOG, b.multiply(b.subtract(one, x), b.add(one, x)));
        Value v = b.add(b.multiply(log, b.scalar(p, 0.5)), b.scalar(p, 2 / (Math.PI * WINITZKI)));
        Value root = b.sqrt(b.subtract(b.multiply(v, v), b.multiply(log, b.scalar(p, 1 / WINITZKI))));
        Value inverse = b.multiply(b.unary(UnaryFunction.SIGN, x), b.sqrt(b.subtract(root, v)));
        return b.multiply(inverse, b.scalar(p, Math.sqrt(2)));
    }

    /** Column {@code i}, which is kept as an axis. */
    static Value column(Builder b, Value scores, long i) {
        return b.slice(scores, 1, Dim.of(i), Dim.ONE);
    }
}
