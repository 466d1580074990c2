package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ElementwiseEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/** {@code x} where {@code condition} (bool) holds, {@code y} elsewhere; all three broadcast. */
public record Select(Value condition, Value x, Value y) implements Elementwise {
    @Override
    public List<Type> infer(Check check) {
        check.bool(condition).sameElement(x, y);
        Shape shape = check.broadcast(x.tensorType().shape(), y.tensorType().shape());
        return check.one(
                x.tensorType().element(), check.broadcast(condition.tensorType().shape(), shape));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ElementwiseEvaluation.select(e.tensor(condition), e.tensor(x), e.tensor(y)));
    }
}
