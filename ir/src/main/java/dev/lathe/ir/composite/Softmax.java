package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.type.Type;
import java.util.List;

/** {@code exp(x - max) / sum} along {@code axis}. ONNX Softmax-13. */
public record Softmax(Value x, int axis) implements CompositeOp {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x).axis(axis, x);
        return List.of(x.type());
    }

    @Override
    public List<Value> expandAll(Builder b) {
        Value e = b.exp(b.subtract(x, b.reduceMax(x, axis)));
        return List.of(b.divide(e, b.reduceSum(e, axis)));
    }
}
