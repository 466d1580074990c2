package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The discrete Fourier transform along {@code axis}, whose size is {@code n}. The last axis of {@code x} holds real
 * numbers (its size is 1) or the parts of complex ones (2), that of the result two parts. If {@code inverse}, with the
 * opposite angles, divided by {@code n}. If {@code oneSided}, the first {@code n / 2 + 1} numbers alone. ONNX DFT.
 */
public record FourierTransform(Value x, int axis, boolean inverse, boolean oneSided) implements CompositeOp {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x).rankAtLeast(x, 2).axis(axis, x);
        int last = x.tensorType().rank() - 1;
        check.that(axis < last, "axis %d is that of the real and imaginary parts", axis);
        Dim parts = x.tensorType().dim(last);
        check.that(parts.isConstant(1) || parts.isConstant(2), "numbers of %s parts", parts);
        Shape result = x.tensorType().shape().with(axis, bins()).with(last, Dim.of(2));
        return check.one(x.tensorType().element(), result);
    }

    /** The size of the result along the axis. */
    public Dim bins() {
        Dim length = x.tensorType().dim(axis);
        return oneSided ? length.floorDiv(2).plus(1) : length;
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }

    /** Products with the matrix of the roots of unity. */
    @Override
    public List<Value> expandAll(Builder b) {
        int last = x.tensorType().rank() - 1;
        ElementType type = x.tensorType().element();
        Dim length = x.tensorType().dim(axis);
        // The angle is computed from the product modulo the length, which stays exact.
        Value product = b.multiply(b.expandRight(b.iota(length), 2), b.iota(bins()));
        Value turn = b.cast(b.binary(BinaryFunction.MOD, product, b.dim(length)), ElementType.F64);
        Value angle = b.divide(b.multiply(turn, b.scalar(turn, 2 * Math.PI)), b.cast(b.dim(length), ElementType.F64));
        Value cos = b.cast(b.unary(UnaryFunction.COS, angle), type);
        Value sin = b.cast(b.unary(UnaryFunction.SIN, angle), type);
        if (inverse) {
            sin = b.negate(sin);
        }
        Value re = part(b, 0);
        Value real = b.matMul(re, cos);
        Value imaginary = b.negate(b.matMul(re, sin));
        if (x.tensorType().dim(last).isConstant(2)) {
            Value im = part(b, 1);
            real = b.add(real, b.matMul(im, sin));
            imaginary = b.add(imaginary, b.matMul(im, cos));
        }
        Value y = b.concat(List.of(back(b, real), back(b, imaginary)), last);
        return List.of(inverse ? b.divide(y, b.cast(b.dim(length), type)) : y);
    }

    /** One part of the numbers, with the axis moved to the end and at least two axes. */
    private Value part(Builder b, int part) {
        int rank = x.tensorType().rank();
        Value one = b.slice(x, rank - 1, Dim.of(part), Dim.ONE);
        List<Integer> perm = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        perm.remove(Integer.valueOf(axis));
        perm.add(axis);
        return b.transpose(one, perm);
    }

    /** Undoes {@link #part}. */
    private Value back(Builder b, Value y) {
        int rank = y.tensorType().rank();
        List<Integer> perm =
                new ArrayList<>(IntStream.range(0, rank - 1).boxed().toList());
        perm.add(axis, rank - 1);
        return b.transpose(y, perm);
    }
}
