package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.IndexingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * Slices of {@code x} along {@code axis} at integer {@code indices} in {@code [-n, n)}; the indices' shape replaces the
 * axis.
 */
public record Gather(Value x, Value indices, int axis) implements Indexing {
    @Override
    public List<Type> infer(Check check) {
        check.integer(indices).axis(axis, x);
        Shape s = x.tensorType().shape();
        return check.one(
                x.tensorType().element(),
                s.slice(0, axis).concat(indices.tensorType().shape()).concat(s.slice(axis + 1, s.rank())));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(IndexingEvaluation.gather(e.tensor(x), e.tensor(indices), axis));
    }
}
