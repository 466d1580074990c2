package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.Evaluation;
import dev.lathe.ir.eval.IndexingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Type;
import java.util.List;

/** {@code x} with the slices {@code updates} written at index tuples. ONNX ScatterND. */
public record ScatterNd(Value x, Value indices, Value updates, ScatterReduction reduction) implements Indexing {
    @Override
    public List<Type> infer(Check check) {
        check.integer(indices).sameElement(x, updates).rankAtLeast(indices, 1);
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
        return List.of(IndexingEvaluation.scatterNd(this, e.tensor(x), e.tensor(indices), e.tensor(updates)));
    }
}
