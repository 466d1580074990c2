package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.OrderingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The {@code k} largest (or smallest) elements along {@code axis} and their i64 indices, in order if {@code sorted}; of
 * equals the one with the lower index comes first. ONNX TopK.
 */
public record TopK(Value x, Dim k, int axis, boolean largest, boolean sorted) implements Ordering {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(x).axis(axis, x);
        Shape shape = x.tensorType().shape().with(axis, k);
        return List.of(TensorType.of(x.tensorType().element(), shape), TensorType.of(ElementType.I64, shape));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.copyOf(OrderingEvaluation.topK(e.tensor(x), e.dim(k), axis, largest));
    }
}
