package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * A sequence of {@code items}, none or more, each of which is an {@code itemType}. ONNX SequenceConstruct,
 * SequenceEmpty.
 */
public record SequenceOf(List<Value> items, Type itemType) implements Container {
    @Override
    public List<Type> infer(Check check) {
        return List.of(new SequenceType(itemType));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(new Datum.Sequence(itemType, items.stream().map(e::datum).toList()));
    }
}
