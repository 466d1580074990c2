package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * {@code x} as numbers of 8 bits without sign, over the range of its values and zero: the numbers, of {@code x}'s
 * shape, the scale and the zero point, scalars. What they stand for is {@link Dequantize}. ONNX DynamicQuantizeLinear.
 */
public record DynamicQuantize(Value x) implements CompositeOp {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(x);
        ElementType element = x.tensorType().element();
        check.that(element.isFloat(), "dynamic quantization of " + element.text());
        return List.of(
                x.tensorType().withElement(ElementType.U8),
                new TensorType(element, Shape.SCALAR),
                new TensorType(ElementType.U8, Shape.SCALAR));
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ROUNDING;
    }

    @Override
    public List<Value> expandAll(Builder b) {
        List<Integer> all = IntStream.range(0, x.tensorType().rank()).boxed().toList();
        Value zero = b.scalar(x, 0);
        Value low = b.min(b.reduce(ReduceFunction.REDUCE_MIN, x, all, false), zero);
        Value high = b.max(b.reduce(ReduceFunction.REDUCE_MAX, x, all, false), zero);
        Value top = b.scalar(x, 255);
        Value scale = b.divide(b.subtract(high, low), top);
        Value exact = b.negate(b.divide(low, scale));
        Value zeroPoint = b.cast(b.unary(UnaryFunction.ROUND, b.min(b.max(exact, zero), top)), ElementType.U8);
        Value y = b.add(new Quantize(x, scale, Optional.of(zeroPoint), ElementType.U8, ElementType.F32, 0, 0, true));
        return List.of(y, scale, zeroPoint);
    }
}
