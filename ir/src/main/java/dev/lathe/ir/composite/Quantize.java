package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * {@code saturate(round(x / scale) + zeroPoint)} as numbers of type {@code to}; the quotient has type
 * {@code precision} and is rounded to even. One scale for all (a scalar), one for each position of {@code axis} (a
 * vector), or, if {@code blockSize} is not 0, one for each block of so many positions of {@code axis} (the rank of
 * {@code x}). To floats nothing is rounded, and {@code saturate} says what becomes of too large numbers. ONNX
 * QuantizeLinear.
 */
public record Quantize(
        Value x,
        Value scale,
        Optional<Value> zeroPoint,
        ElementType to,
        ElementType precision,
        int axis,
        long blockSize,
        boolean saturate)
        implements CompositeOp {
    /** Wide enough for every zero point, narrow enough for every sum with one. */
    private static final double LIMIT = 1 << 20;

    @Override
    public List<Type> infer(Check check) {
        check.numeric(x);
        check.that(precision.isFloat(), "a precision of %s", precision.text());
        QuantizationScale.check(check, scale, x, axis, blockSize);
        zeroPoint.ifPresent(z -> QuantizationScale.check(check, z, x, axis, blockSize));
        check.that(to.isNumeric(), "quantization to %s", to.text());
        zeroPoint.ifPresent(z -> check.element(z, to));
        return List.of(x.tensorType().withElement(to));
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
        Value factor = QuantizationScale.over(b, scale, x, axis, blockSize);
        Value exact = b.divide(b.cast(x, precision), b.cast(factor, precision));
        Optional<Value> zero = zeroPoint.map(z -> QuantizationScale.over(b, z, x, axis, blockSize));
        if (to.isFloat()) {
            Value shifted = zero.map(z -> b.add(exact, b.cast(z, precision))).orElse(exact);
            return List.of(b.add(new Cast(shifted, to, saturate)));
        }
        Value rounded = b.cast(b.unary(UnaryFunction.ROUND, exact), ElementType.F32);
        long low = to.isSigned() ? -(1L << (to.bits() - 1)) : 0;
        long high = (1L << (to.isSigned() ? to.bits() - 1 : to.bits())) - 1;
        Optional<Long> shift = zeroPoint.isEmpty()
                ? Optional.of(0L)
                : zeroPoint.flatMap(b::constant).flatMap(Quantize::one);
        if (to.bits() < 32 && shift.isPresent()) {
            // Bounds before the shift, so that there is nothing to do behind it.
            long s = shift.get();
            Value inside = b.min(b.max(rounded, b.scalar(rounded, low - s)), b.scalar(rounded, high - s));
            Value moved = b.cast(inside, ElementType.I32);
            return List.of(b.cast(s == 0 ? moved : b.add(moved, b.scalar(moved, s)), to));
        }
        Value bounded = b.min(b.max(rounded, b.scalar(rounded, -LIMIT)), b.scalar(rounded, LIMIT));
        Value whole = b.cast(bounded, ElementType.I32);
        Value shifted = zero.map(z -> b.add(whole, b.cast(z, ElementType.I32))).orElse(whole);
        if (to.bits() >= 32) {
            return List.of(b.cast(shifted, to));
        }
        Value least = b.constant(Tensor.scalar(ElementType.I32, low));
        Value greatest = b.constant(Tensor.scalar(ElementType.I32, high));
        return List.of(b.cast(b.min(b.max(shifted, least), greatest), to));
    }

    /** The integer that all elements are, if they are one. */
    private static Optional<Long> one(Tensor t) {
        for (long i = 1; i < t.size(); i++) {
            if (t.getLong(i) != t.getLong(0)) {
                return Optional.empty();
            }
        }
        return t.size() == 0 ? Optional.empty() : Optional.of(t.getLong(0));
    }
}
