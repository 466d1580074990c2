package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContainerEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * The sequence with {@code item} before the position {@code index}, at the end if that is absent. ONNX SequenceInsert.
 */
public record SequenceInsert(Value sequence, Value item, Optional<Value> index, Type itemType) implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.sequence(sequence);
        index.ifPresent(check::integer);
        return List.of(new SequenceType(itemType));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContainerEvaluation.insert(
                (Datum.Sequence) e.datum(sequence), e.datum(item), index.map(e::tensor), itemType));
    }
}
