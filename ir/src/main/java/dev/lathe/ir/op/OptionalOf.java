package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/** An optional value: {@code element}, or nothing. ONNX Optional. */
public record OptionalOf(Optional<Value> element, Type elementType) implements Container {
    @Override
    public List<Type> infer(Check check) {
        return List.of(new OptionalType(elementType));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(new Datum.Maybe(elementType, element.map(e::datum)));
    }
}
