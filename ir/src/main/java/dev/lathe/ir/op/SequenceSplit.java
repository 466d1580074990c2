package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContainerEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * {@code x} cut along {@code axis} into items: each of the size {@code split} if that is an integer scalar, of its
 * entries if it is a vector, of one without the axis unless {@code keepDims} if it is absent. ONNX SplitToSequence.
 */
public record SequenceSplit(Value x, Optional<Value> split, int axis, boolean keepDims) implements Container {
    @Override
    public List<Type> infer(Check check) {
        check.axis(axis, x);
        split.ifPresent(check::integer);
        TensorType t = x.tensorType();
        TensorType item = split.isEmpty()
                ? t.withShape(
                        keepDims ? t.shape().with(axis, Dim.ONE) : t.shape().without(axis))
                : t.withShape(t.shape().with(axis, Dim.symbol("_")));
        return List.of(new SequenceType(item));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContainerEvaluation.split(e.tensor(x), split.map(e::tensor), axis, keepDims));
    }
}
