package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * {@code x}, {@code [B, H, S, D]}, with pairs of entries of each head turned by an angle for each position. {@code cos}
 * and {@code sin} are {@code [B, S, P/2]} or {@code [1, S, P/2]}; the first {@code P} entries turn, of which {@code i}
 * and {@code i + P/2} are a pair, or neighbours if {@code interleaved}. ONNX RotaryEmbedding-23, after positions were
 * looked up; Su et al.: RoFormer, 2021.
 */
public record RotaryEmbedding(Value x, Value cos, Value sin, boolean interleaved) implements CompositeOp {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x)
                .sameElement(x, cos)
                .sameElement(x, sin)
                .rank(x, 4)
                .rank(cos, 3)
                .rank(sin, 3);
        Shape s = x.tensorType().shape();
        Shape angles = cos.tensorType().shape();
        check.that(angles.equals(sin.tensorType().shape()), "cosines %s and sines %s", cos.type(), sin.type());
        check.that(
                angles.dim(0).isConstant(1) || angles.dim(0).equals(s.dim(0)),
                "angles of type %s for %s",
                cos.type(),
                x.type());
        check.same(angles.dim(1), s.dim(2), "the number of positions");
        Dim left = s.dim(3).minus(angles.dim(2).times(2));
        check.that(!left.isConstant() || left.isNonNegative(), "%s turns more than all of %s", cos.type(), x.type());
        return List.of(x.type());
    }

    @Override
    public List<Value> expandAll(Builder b) {
        return List.of(expanded(b, x, cos, sin, cos.tensorType().dim(2).times(2), interleaved));
    }

    /**
     * The same written out.
     *
     * @param turned how many entries of each head turn, which is twice the last size of {@code cos}
     */
    public static Value expanded(Builder b, Value x, Value cos, Value sin, Dim turned, boolean interleaved) {
        Shape s = x.tensorType().shape();
        Dim half = turned.floorDiv(Dim.of(2));
        Value c = overHeads(b, cos);
        Value d = overHeads(b, sin);
        Value rotating = b.slice(x, 3, Dim.ZERO, turned);
        Value first;
        Value second;
        if (interleaved) {
            Value pairs = b.reshape(rotating, Shape.of(s.dim(0), s.dim(1), s.dim(2), half, Dim.of(2)));
            Shape one = Shape.of(s.dim(0), s.dim(1), s.dim(2), half);
            first = b.reshape(b.slice(pairs, 4, Dim.ZERO, Dim.ONE), one);
            second = b.reshape(b.slice(pairs, 4, Dim.ONE, Dim.ONE), one);
        } else {
            first = b.slice(rotating, 3, Dim.ZERO, half);
            second = b.slice(rotating, 3, half, half);
        }
        Value real = b.subtract(b.multiply(c, first), b.multiply(d, second));
        Value imaginary = b.add(b.multiply(d, first), b.multiply(c, second));
        Value y = interleaved
                ? b.reshape(
                        b.concat(List.of(b.expandRight(real, 5), b.expandRight(imaginary, 5)), 4),
                        Shape.of(s.dim(0), s.dim(1), s.dim(2), turned))
                : b.concat(List.of(real, imaginary), 3);
        return turned.equals(s.dim(3))
                ? y
                : b.concat(List.of(y, b.slice(x, 3, turned, s.dim(3).minus(turned))), 3);
    }

    /** {@code [B, 1, S, half]} of {@code [B, S, half]}. */
    private static Value overHeads(Builder b, Value angles) {
        Shape s = angles.tensorType().shape();
        return b.reshape(angles, Shape.of(s.dim(0), Dim.ONE, s.dim(1), s.dim(2)));
    }
}
