package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ElementwiseEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/** {@code function} of the elements of two tensors of one element type, broadcast. */
public record Binary(BinaryFunction function, Value x, Value y) implements Elementwise {
    @Override
    public List<Type> infer(Check check) {
        check.sameElement(x, y);
        switch (function) {
            case AND, OR, XOR -> check.bool(x);
            case BIT_AND, BIT_OR, BIT_XOR, SHIFT_LEFT, SHIFT_RIGHT -> check.integer(x);
            default -> check.numeric(x);
        }
        TensorType t = x.tensorType();
        return List.of(t.withShape(check.broadcast(t.shape(), y.tensorType().shape())));
    }

    @Override
    public Cost cost() {
        return new Cost(Check.INSTANCE
                .broadcast(x.tensorType().shape(), y.tensorType().shape())
                .elements());
    }

    @Override
    public Tolerance tolerance() {
        return function == BinaryFunction.POW ? Tolerance.ROUNDING : Tolerance.EXACT;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ElementwiseEvaluation.binary(function, e.tensor(x), e.tensor(y)));
    }
}
