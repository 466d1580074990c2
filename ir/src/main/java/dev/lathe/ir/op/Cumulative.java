package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReductionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The running sum or product along {@code axis}, without the element itself if {@code exclusive}, from the end if
 * {@code reverse}.
 */
public record Cumulative(CumulativeFunction function, Value x, int axis, boolean exclusive, boolean reverse)
        implements Reduction {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(x).axis(axis, x);
        return List.of(x.type());
    }

    @Override
    public Cost cost() {
        return new Cost(x.tensorType().shape().elements());
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ReductionEvaluation.cumulative(function, e.tensor(x), axis, exclusive, reverse));
    }
}
