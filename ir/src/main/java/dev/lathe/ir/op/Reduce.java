package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReductionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code function} over {@code axes}, which are kept with size 1 if {@code keepDims}. Booleans reduce by min (and) and
 * max (or).
 */
public record Reduce(ReduceFunction function, Value x, List<Integer> axes, boolean keepDims) implements Reduction {
    @Override
    public List<Type> infer(Check check) {
        check.axes(axes, x);
        boolean extremum = function == ReduceFunction.REDUCE_MIN || function == ReduceFunction.REDUCE_MAX;
        check.that(
                x.tensorType().element().isNumeric()
                        || (extremum && x.tensorType().element().isBool()),
                "%s of %s",
                mnemonic(),
                x.type());
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.tensorType().rank(); i++) {
            if (!axes.contains(i)) {
                dims.add(x.tensorType().dim(i));
            } else if (keepDims) {
                dims.add(Dim.ONE);
            }
        }
        return check.one(x.tensorType().element(), Shape.of(dims));
    }

    @Override
    public Cost cost() {
        return new Cost(x.tensorType().shape().elements());
    }

    @Override
    public Tolerance tolerance() {
        return switch (function) {
            case REDUCE_MIN, REDUCE_MAX -> Tolerance.EXACT;
            default -> Tolerance.ACCUMULATING;
        };
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ReductionEvaluation.reduce(function, e.tensor(x), axes, keepDims));
    }
}
