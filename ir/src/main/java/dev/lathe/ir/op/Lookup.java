package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.TabularEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The i64 position of each element of {@code x} in the vector {@code keys}, or their number if it is not among them; of
 * equal keys the last counts. NaN equals NaN, and -0 equals 0. ONNX LabelEncoder.
 */
public record Lookup(Value x, Value keys) implements Tabular {
    @Override
    public List<Type> infer(Check check) {
        check.sameElement(x, keys).rank(keys, 1);
        return List.of(x.tensorType().withElement(ElementType.I64));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(TabularEvaluation.lookup(e.tensor(x), e.tensor(keys)));
    }
}
