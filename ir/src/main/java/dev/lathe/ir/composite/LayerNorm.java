package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Standardization over the axes from {@code axis} on, then {@code scale} and {@code bias}, which broadcast to
 * {@code x}. ONNX LayerNormalization-17, first result.
 */
public record LayerNorm(Value x, Optional<Value> scale, Optional<Value> bias, int axis, double epsilon)
        implements CompositeOp {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x).axis(axis, x);
        scale.ifPresent(v -> check.sameElement(x, v));
        bias.ifPresent(v -> check.sameElement(x, v));
        return List.of(x.type());
    }

    @Override
    public List<Value> expandAll(Builder b) {
        List<Integer> axes =
                IntStream.range(axis, x.tensorType().rank()).boxed().toList();
        Value centered = b.subtract(x, b.reduce(ReduceFunction.REDUCE_MEAN, x, axes, true));
        Value variance = b.reduce(ReduceFunction.REDUCE_MEAN, b.multiply(centered, centered), axes, true);
        Value y = b.divide(centered, b.sqrt(b.add(variance, b.scalar(x, epsilon))));
        if (scale.isPresent()) {
            y = b.multiply(y, scale.get());
        }
        if (bias.isPresent()) {
            y = b.add(y, bias.get());
        }
        return List.of(y);
    }
}
