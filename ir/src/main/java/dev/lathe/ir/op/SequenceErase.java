package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContainerEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/** The sequence without the item at {@code index}, without the last if that is absent. ONNX SequenceErase. */
public record SequenceErase(Value sequence, Optional<Value> index) implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.sequence(sequence);
        index.ifPresent(check::integer);
        return List.of(sequence.type());
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContainerEvaluation.erase((Datum.Sequence) e.datum(sequence), index.map(e::tensor)));
    }
}
