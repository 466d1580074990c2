package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ElementwiseEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;

/** {@code function} of each element; the result has the type of {@code x}, or bool for {@code is_nan}. */
public record Unary(UnaryFunction function, Value x) implements Elementwise {
    @Override
    public List<Type> infer(Check check) {
        switch (function) {
            case NOT -> check.bool(x);
            case BIT_NOT -> check.integer(x);
            case NEGATE, ABS, SIGN, RELU -> check.numeric(x);
            case IS_NAN -> {
                check.floating(x);
                return List.of(x.tensorType().withElement(ElementType.BOOL));
            }
            default -> check.floating(x);
        }
        return List.of(x.type());
    }

    @Override
    public Cost cost() {
        return new Cost(x.tensorType().shape().elements());
    }

    @Override
    public Tolerance tolerance() {
        return switch (function) {
            case NEGATE, ABS, SIGN, FLOOR, CEIL, ROUND, RELU, NOT, BIT_NOT, IS_NAN -> Tolerance.EXACT;
            default -> Tolerance.ROUNDING;
        };
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ElementwiseEvaluation.unary(function, e.tensor(x)));
    }
}
