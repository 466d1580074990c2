package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContainerEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The value that {@code map}, a map to scalars, has for each element of {@code keys}, or the scalar {@code otherwise}
 * where it has none. If {@code complete}, each key of the map must be among {@code keys}. ONNX DictVectorizer, CastMap.
 */
public record MapLookup(Value map, Value keys, Value otherwise, boolean complete) implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.rank(otherwise, 0)
                .element(otherwise, check.map(map, keys.tensorType().element()));
        return List.of(keys.tensorType().withElement(otherwise.tensorType().element()));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContainerEvaluation.mapLookup(
                (Datum.Mapping) e.datum(map), e.tensor(keys), e.tensor(otherwise), complete));
    }
}
