package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.MovementEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * Along each axis the elements {@code start + i * step} for {@code i} in {@code [0, size)}; all must exist. Steps may
 * be negative.
 */
public record Slice(Value x, List<Dim> starts, List<Dim> sizes, List<Long> steps) implements Movement {
    @Override
    public List<Type> infer(Check check) {
        int rank = x.tensorType().rank();
        check.that(
                starts.size() == rank && sizes.size() == rank && steps.size() == rank,
                "slice of %s with %s starts, %s sizes, %s steps",
                x.type(),
                starts.size(),
                sizes.size(),
                steps.size());
        for (int i = 0; i < rank; i++) {
            check.that(steps.get(i) != 0, "step 0 along axis %s", i);
            Dim n = x.tensorType().dim(i);
            if (n.isConstant()
                    && starts.get(i).isConstant()
                    && sizes.get(i).isConstant()
                    && sizes.get(i).constant() > 0) {
                long first = starts.get(i).constant();
                long last = first + (sizes.get(i).constant() - 1) * steps.get(i);
                check.that(
                        Math.min(first, last) >= 0 && Math.max(first, last) < n.constant(),
                        "slice [%s .. %s] outside axis %s of %s",
                        first,
                        last,
                        i,
                        x.type());
            }
        }
        return check.one(x.tensorType().element(), Shape.of(sizes));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(MovementEvaluation.slice(e.tensor(x), e.dims(starts), e.dims(sizes), steps));
    }
}
