package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ElementwiseEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * A comparison of the elements of two tensors of one element type, broadcast; the result is bool. Any comparison but
 * {@code not_equal} with NaN is false.
 */
public record Compare(Comparison function, Value x, Value y) implements Elementwise {
    @Override
    public List<Type> infer(Check check) {
        check.sameElement(x, y);
        return check.one(
                ElementType.BOOL,
                check.broadcast(x.tensorType().shape(), y.tensorType().shape()));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ElementwiseEvaluation.compare(function, e.tensor(x), e.tensor(y)));
    }
}
