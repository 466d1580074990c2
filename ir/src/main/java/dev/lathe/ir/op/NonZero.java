package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.IndexingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The coordinates of the elements that are not zero, i64 {@code [rank, count]}, in row-major order; {@code count} is a
 * symbol that this op binds. ONNX NonZero.
 */
public record NonZero(Value x, Dim count) implements Indexing {
    @Override
    public List<Type> infer(Check check) {
        check.that(count.isSymbol(), "the count must be a symbol, not %s", count);
        return check.one(ElementType.I64, Shape.of(Dim.of(x.tensorType().rank()), count));
    }

    @Override
    public List<String> binds() {
        return List.of(count.symbolName());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(IndexingEvaluation.nonZero(e.tensor(x)));
    }
}
