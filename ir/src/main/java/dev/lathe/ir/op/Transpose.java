package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.MovementEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/** Axis {@code i} of the result is axis {@code perm[i]} of {@code x}. */
public record Transpose(Value x, List<Integer> perm) implements Movement {
    @Override
    public List<Type> infer(Check check) {
        check.axes(perm, x);
        check.that(perm.size() == x.tensorType().rank(), "permutation %s for %s", perm, x.type());
        return check.one(
                x.tensorType().element(),
                Shape.of(perm.stream().map(x.tensorType()::dim).toList()));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(MovementEvaluation.transpose(e.tensor(x), perm));
    }
}
