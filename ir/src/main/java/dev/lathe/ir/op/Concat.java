package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.MovementEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/** The operands one after the other along {@code axis}. */
public record Concat(List<Value> inputs, int axis) implements Movement {
    @Override
    public List<Type> infer(Check check) {
        check.that(!inputs.isEmpty(), "concat of nothing");
        TensorType first = inputs.getFirst().tensorType();
        check.axis(axis, inputs.getFirst());
        Shape shape = first.shape();
        Dim sum = first.dim(axis);
        for (Value v : inputs.subList(1, inputs.size())) {
            check.sameElement(inputs.getFirst(), v).rank(v, first.rank());
            for (int i = 0; i < first.rank(); i++) {
                if (i != axis) {
                    shape = shape.with(
                            i, check.same(shape.dim(i), v.tensorType().dim(i), "axis " + i + " of a concat"));
                }
            }
            sum = sum.plus(v.tensorType().dim(axis));
        }
        return check.one(first.element(), shape.with(axis, sum));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(MovementEvaluation.concat(inputs.stream().map(e::tensor).toList(), axis));
    }
}
