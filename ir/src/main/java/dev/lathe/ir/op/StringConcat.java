package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.TextEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;

/** Strings joined element by element; operands broadcast. ONNX StringConcat. */
public record StringConcat(Value x, Value y) implements Text {
    @Override
    public List<Type> infer(Check check) {
        check.element(x, ElementType.STRING).element(y, ElementType.STRING);
        return check.one(
                ElementType.STRING,
                check.broadcast(x.tensorType().shape(), y.tensorType().shape()));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(TextEvaluation.concat(e.tensor(x), e.tensor(y)));
    }
}
