package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * {@code (x - zeroPoint) * scale} as floats of type {@code to}; scales and zero points as those of {@link Quantize},
 * but that zero points of integers may be floats of type {@code to}. ONNX DequantizeLinear, and of weights with such
 * zero points part of MatMulNBits.
 */
public record Dequantize(Value x, Value scale, Optional<Value> zeroPoint, ElementType to, int axis, long blockSize)
        implements CompositeOp {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(x);
        check.that(to.isFloat(), "dequantization to %s", to.text());
        QuantizationScale.check(check, scale, x, axis, blockSize);
        zeroPoint.ifPresent(z -> QuantizationScale.check(check, z, x, axis, blockSize));
        if (!hasFloatZeroPoint()) {
            zeroPoint.ifPresent(z -> check.sameElement(x, z));
        }
        return List.of(x.tensorType().withElement(to));
    }

    /** Whether integers lie around zero points that are floats. */
    public boolean hasFloatZeroPoint() {
        return x.tensorType().element().isInteger()
                && zeroPoint.filter(z -> z.tensorType().element() == to).isPresent();
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ROUNDING;
    }

    @Override
    public boolean isElementwise() {
        return QuantizationScale.isScalar(scale) && zeroPoint.stream().allMatch(QuantizationScale::isScalar);
    }

    @Override
    public List<Value> expandAll(Builder b) {
        Value factor = b.cast(QuantizationScale.over(b, scale, x, axis, blockSize), to);
        ElementType middle = x.tensorType().element().isInteger() && !hasFloatZeroPoint() ? ElementType.I32 : to;
        Value centered = zeroPoint
                .map(z ->
                        b.subtract(b.cast(x, middle), b.cast(QuantizationScale.over(b, z, x, axis, blockSize), middle)))
                .orElse(x);
        return List.of(b.multiply(b.cast(centered, to), factor));
    }
}
