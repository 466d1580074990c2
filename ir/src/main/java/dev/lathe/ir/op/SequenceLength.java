package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/** The number of items, an i64 scalar. ONNX SequenceLength. */
public record SequenceLength(Value sequence) implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.sequence(sequence);
        return List.of(TensorType.scalar(ElementType.I64));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(Tensor.scalar(
                (long) ((Datum.Sequence) e.datum(sequence)).items().size()));
    }
}
