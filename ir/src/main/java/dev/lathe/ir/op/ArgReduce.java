package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReductionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The i64 index of the smallest or largest element along {@code axis}; of equals the first, or the last if
 * {@code selectLast}.
 */
public record ArgReduce(ArgFunction function, Value x, int axis, boolean keepDims, boolean selectLast)
        implements Reduction {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(x).axis(axis, x);
        Shape shape = x.tensorType().shape();
        return check.one(ElementType.I64, keepDims ? shape.with(axis, Dim.ONE) : shape.without(axis));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ReductionEvaluation.argReduce(function, e.tensor(x), axis, keepDims, selectLast));
    }
}
