package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContainerEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * All items, tensors, joined along {@code axis}, which is new if {@code newAxis}. Sizes of {@code result} that depend
 * on the items are {@code boundSymbols}. ONNX ConcatFromSequence.
 */
public record SequenceConcat(Value sequence, int axis, boolean newAxis, TensorType result, List<String> boundSymbols)
        implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.sequence(sequence);
        check.that(axis >= 0 && axis < result.rank(), "axis %s does not exist in %s", axis, result);
        return List.of(result);
    }

    @Override
    public List<String> binds() {
        return boundSymbols;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContainerEvaluation.concat((Datum.Sequence) e.datum(sequence), axis, newAxis));
    }
}
