package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContainerEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The item at {@code index}, an integer scalar that counts from the end if it is negative. Sizes of {@code result} that
 * differ between items are {@code boundSymbols}. ONNX SequenceAt.
 */
public record SequenceAt(Value sequence, Value index, Type result, List<String> boundSymbols) implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.sequence(sequence);
        check.integer(index);
        return List.of(result);
    }

    @Override
    public List<String> binds() {
        return boundSymbols;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContainerEvaluation.at((Datum.Sequence) e.datum(sequence), e.tensor(index)));
    }
}
