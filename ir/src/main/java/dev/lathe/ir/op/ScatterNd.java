package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.IndexingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/** {@code x} with the slices {@code updates} written at index tuples. ONNX ScatterND. */
public record ScatterNd(Value x, Value indices, Value updates, ScatterReduction reduction) implements Indexing {
    @Override
    public List<Type> infer(Check check) {
        check.integer(indices).sameElement(x, updates).rankAtLeast(indices, 1);
        Shape s = x.tensorType().shape();
        Shape i = indices.tensorType().shape();
        if (i.dim(-1).isConstant()) {
            long tuple = i.dim(-1).constant();
            check.that(tuple <= s.rank(), "index tuples of %s in %s", tuple, x.type());
            Shape slices = i.slice(0, i.rank() - 1).concat(s.slice((int) tuple, s.rank()));
            check.rank(updates, slices.rank());
            for (int axis = 0; axis < slices.rank(); axis++) {
                check.same(slices.dim(axis), updates.tensorType().dim(axis), "updates and the places they go to");
            }
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
        return List.of(IndexingEvaluation.scatterNd(e.tensor(x), e.tensor(indices), e.tensor(updates), reduction));
    }
}
