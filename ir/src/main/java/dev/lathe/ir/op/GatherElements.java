package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.IndexingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The element of {@code x} at each position of {@code indices}, with the coordinate along {@code axis} replaced by the
 * index in {@code [-n, n)}.
 */
public record GatherElements(Value x, Value indices, int axis) implements Indexing {
    @Override
    public List<Type> infer(Check check) {
        check.integer(indices).axis(axis, x).rank(indices, x.tensorType().rank());
        return check.one(x.tensorType().element(), indices.tensorType().shape());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(IndexingEvaluation.gatherElements(e.tensor(x), e.tensor(indices), axis));
    }
}
