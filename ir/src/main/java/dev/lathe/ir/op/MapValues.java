package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContainerEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The scalars of {@code map} in the order of their keys, {@code [count]}; {@code count} is a symbol that this op binds.
 * ONNX CastMap.
 */
public record MapValues(Value map, Dim count) implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.that(count.isSymbol(), "the count must be a symbol, not %s", count);
        return check.one(check.map(map), Shape.of(count));
    }

    @Override
    public List<String> binds() {
        return List.of(count.symbolName());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        Datum.Mapping m = (Datum.Mapping) e.datum(map);
        return List.of(ContainerEvaluation.mapValues(m, Check.INSTANCE.map(map)));
    }
}
