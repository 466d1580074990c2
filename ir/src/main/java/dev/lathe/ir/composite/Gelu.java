package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Type;
import java.util.List;

/** The Gaussian error linear unit, {@code x/2 * (1 + erf(x/√2))}, or its tanh approximation. ONNX Gelu-20. */
public record Gelu(Value x, boolean tanhApproximation) implements CompositeOp {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x);
        return List.of(x.type());
    }

    @Override
    public boolean isElementwise() {
        return true;
    }

    @Override
    public List<Value> expandAll(Builder b) {
        Value half = b.multiply(x, b.scalar(x, 0.5));
        Value inner;
        if (tanhApproximation) {
            Value cube = b.multiply(b.multiply(x, x), x);
            Value polynomial = b.add(x, b.multiply(cube, b.scalar(x, 0.044715)));
            inner = b.unary(UnaryFunction.TANH, b.multiply(polynomial, b.scalar(x, Math.sqrt(2 / Math.PI))));
        } else {
            inner = b.unary(UnaryFunction.ERF, b.multiply(x, b.scalar(x, Math.sqrt(0.5))));
        }
        return List.of(b.multiply(half, b.add(inner, b.scalar(x, 1))));
    }
}
