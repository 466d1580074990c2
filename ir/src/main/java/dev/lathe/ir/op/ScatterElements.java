package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.IndexingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Type;
import java.util.List;

/** {@code x} with {@code updates} written at the positions that {@link GatherElements} would read. */
public record ScatterElements(Value x, Value indices, Value updates, int axis, ScatterReduction reduction)
        implements Indexing {
    @Override
    public List<Type> infer(Check check) {
        check.integer(indices).sameElement(x, updates).axis(axis, x);
        check.rank(indices, x.tensorType().rank()).rank(updates, x.tensorType().rank());
        for (int i = 0; i < x.tensorType().rank(); i++) {
            check.same(indices.tensorType().dim(i), updates.tensorType().dim(i), "indices and updates");
        }
        return List.of(x.type());
    }

    @Override
    public Tolerance tolerance() {
        return reduction == ScatterReduction.ADD || reduction == ScatterReduction.MUL
                ? Tolerance.ACCUMULATING
                : Tolerance.EXACT;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(
                IndexingEvaluation.scatterElements(e.tensor(x), e.tensor(indices), e.tensor(updates), axis, reduction));
    }
}
