package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.Evaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/** {@code start + i * delta} for {@code i} in {@code [0, count)}; all scalars of one type. When {@code count} is not known it is a symbol that this op binds to {@code max(ceil((limit - start) / delta), 0)}. ONNX Range. */
public record Range(Value start, Value limit, Value delta, Dim count, boolean bindsCount) implements Creation {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(start).sameElement(start, limit).sameElement(start, delta);
        check.rank(start, 0).rank(limit, 0).rank(delta, 0);
        return check.one(start.tensorType().element(), Shape.of(count));
    }

    @Override
    public List<String> binds() {
        return bindsCount ? List.of(count.symbolName()) : List.of();
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        throw new AssertionError("evaluate");
    }
}
