package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.IndexingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * Slices of {@code x} at index tuples, the last axis of {@code indices}; the first {@code batchDims} axes go together.
 * ONNX GatherND.
 */
public record GatherNd(Value x, Value indices, int batchDims) implements Indexing {
    @Override
    public List<Type> infer(Check check) {
        check.integer(indices).rankAtLeast(indices, 1).rankAtLeast(x, 1);
        Shape s = x.tensorType().shape();
        Shape i = indices.tensorType().shape();
        check.that(i.dim(-1).isConstant(), "the length of the index tuples must be a constant");
        int tuple = Math.toIntExact(i.dim(-1).constant());
        check.that(
                batchDims >= 0 && batchDims < i.rank() && batchDims + tuple <= s.rank(),
                "index tuples of %s with %s batch axes in %s",
                tuple,
                batchDims,
                x.type());
        for (int b = 0; b < batchDims; b++) {
            check.same(s.dim(b), i.dim(b), "the batches of index tuples");
        }
        return check.one(
                x.tensorType().element(), i.slice(0, i.rank() - 1).concat(s.slice(batchDims + tuple, s.rank())));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(IndexingEvaluation.gatherNd(e.tensor(x), e.tensor(indices), batchDims));
    }
}
