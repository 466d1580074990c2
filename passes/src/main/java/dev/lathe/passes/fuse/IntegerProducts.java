package dev.lathe.passes.fuse;

import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Match;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rewriter;
import dev.lathe.passes.Rule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Multiplies quantized numbers as they are: {@code mat_mul((a - za) * sa, (w - zw) * sw)} is
 * {@code mat_mul(a - za, w - zw) * (sa * sw)}, if the scales are the same along the depth. The product is one of
 * integers, or, where only the weights are quantized, one with weights that are integers, which need not be there as
 * floats. The sums round differently, so not in strict numerics. For targets, not for files: other runtimes look for
 * dequantized operands.
 */
public record IntegerProducts() implements Pass {
    private static final List<Rule<?>> RULES = List.of(
            rule(
                    "mat_mul(dequantize(a, s), dequantize(w, t)) -> mat_mul(a, w) * (s * t)",
                    MatMul.class,
                    IntegerProducts::product),
            rule(
                    "conv(dequantize(a, s), dequantize(w, t)) -> conv(a, w) * (s * t)",
                    Conv.class,
                    IntegerProducts::convolution));

    /** No integer of 32 bits is left by a sum of so many products of bytes. */
    private static final long MOST_PRODUCTS = 1L << 15;

    @Override
    public String name() {
        return "integer-products";
    }

    @Override
    public String description() {
        return "multiply quantized numbers as integers, and their scales afterwards";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return context.numerics() == Numerics.STRICT ? graph : Rewriter.run(graph, this, context, RULES);
    }

    /**
     * A dequantized operand.
     *
     * @param d what dequantizes numbers of 8 bits or less, with one scale or several along one axis
     * @param perm the axes of the operand among those of {@code d}
     */
    private record Quantized(Dequantize d, List<Integer> perm) {

        /** Null if {@code v} is something else, or has a scale for each block. */
        static @Nullable Quantized of(Value v, Match m) {
            Transpose t = m.definition(v, Transpose.class);
            Dequantize d = m.definition(t == null ? v : t.x(), Dequantize.class);
            if (d == null
                    || d.to() != ElementType.F32
                    || d.scale().tensorType().element() != ElementType.F32
                    || d.hasFloatZeroPoint()
                    || !isSmall(d.x().tensorType().element())
                    || d.x().tensorType().rank() == 0
                    || !isVector(d.scale())
                    || !d.zeroPoint().map(Quantized::isVector).orElse(true)) {
                return null;
            }
            int rank = d.x().tensorType().rank();
            boolean one = isNumber(d.scale())
                    && d.zeroPoint().map(Quantized::isNumber).orElse(true);
            // A vector whose elements are each for a block of a vector.
            return !one && d.blockSize() != 0 && rank == 1
                    ? null
                    : new Quantized(
                            d, t == null ? IntStream.range(0, rank).boxed().toList() : t.perm());
        }

        private static boolean isSmall(ElementType e) {
            return e.isInteger() && e.bits() <= 8;
        }

        private static boolean isVector(Value v) {
            return v.tensorType().rank() <= 1;
        }

        static boolean isNumber(Value v) {
            Shape s = v.tensorType().shape();
            return s.rank() == 0 || s.rank() == 1 && s.dim(0).isConstant(1);
        }

        boolean hasOneScale() {
            return isNumber(d.scale());
        }

        /** The axis along which there are several scales, if there are. */
        int axis() {
            return perm.indexOf(ownAxis());
        }

        private int ownAxis() {
            return d.x().tensorType().rank() == 1 ? 0 : d.axis();
        }

        /** The scales of an operand, laid out along {@code axis} of something of rank {@code rank}. */
        Value scale(Builder b, int rank, int axis) {
            return over(b, d.scale(), rank, axis);
        }

        /** The numbers less their zero points, as integers or as floats. */
        Value centered(Builder b, ElementType to) {
            Value wide = b.cast(d.x(), ElementType.I32);
            int rank = d.x().tensorType().rank();
            Value centered = d.zeroPoint()
                    .map(z -> b.subtract(wide, over(b, b.cast(z, ElementType.I32), rank, ownAxis())))
                    .orElse(wide);
            Value number = b.cast(centered, to);
            boolean moved = IntStream.range(0, rank).anyMatch(i -> perm.get(i) != i);
            return moved ? b.transpose(number, perm) : number;
        }
    }

    /** {@code v}, one number or a vector, so that it broadcasts along {@code axis} of a value of this {@code rank}. */
    private static Value over(Builder b, Value v, int rank, int axis) {
        TensorType t = v.tensorType();
        if (t.rank() == 0) {
            return v;
        }
        if (t.dim(0).isConstant(1)) {
            return b.reshape(v, Shape.SCALAR);
        }
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank - axis, Dim.ONE));
        dims.set(0, t.dim(0));
        return rank - axis == 1 ? v : b.reshape(v, Shape.of(dims));
    }

    private static boolean fitsIntegers(Dim products) {
        return products.isConstant() && products.constant() <= MOST_PRODUCTS;
    }

    private static @Nullable Value product(MatMul op, Match m) {
        if (op.x().tensorType().element() != ElementType.F32) {
            return null;
        }
        Quantized w = Quantized.of(op.y(), m);
        int columns = op.y().tensorType().rank() - 1;
        if (w == null || !w.hasOneScale() && (w.axis() != columns || columns == 0)) {
            return null;
        }
        Quantized x = Quantized.of(op.x(), m);
        Builder b = m.builder();
        if (x == null) {
            return m.isConstant(w.d.x())
                    ? m.ifSameType(b.multiply(b.matMul(op.x(), w.centered(b, ElementType.F32)), w.scale(b, 1, 0)))
                    : null;
        }
        int rows = op.x().tensorType().rank() - 2;
        if (!x.hasOneScale() && (x.axis() != rows || columns == 0)
                || !fitsIntegers(op.x().tensorType().dim(-1))) {
            return null;
        }
        Value sum = b.matMul(x.centered(b, ElementType.I32), w.centered(b, ElementType.I32));
        Value scale = b.multiply(x.scale(b, 2, 0), w.scale(b, 1, 0));
        return m.ifSameType(b.multiply(b.cast(sum, ElementType.F32), scale));
    }

    private static @Nullable Value convolution(Conv op, Match m) {
        if (op.x().tensorType().element() != ElementType.F32) {
            return null;
        }
        Quantized w = Quantized.of(op.weights(), m);
        if (w == null || !w.hasOneScale() && w.axis() != 0) {
            return null;
        }
        Quantized x = Quantized.of(op.x(), m);
        int rank = op.x().tensorType().rank();
        int channel = op.layout().channelAxis(rank);
        Builder b = m.builder();
        if (x == null) {
            return m.isConstant(w.d.x())
                    ? m.ifSameType(
                            b.multiply(conv(b, op, op.x(), w.centered(b, ElementType.F32)), w.scale(b, rank, channel)))
                    : null;
        }
        Dim products = op.weights().tensorType().shape().without(0).elements();
        if (!x.hasOneScale() || !fitsIntegers(products)) {
            return null;
        }
        Value sum = conv(b, op, x.centered(b, ElementType.I32), w.centered(b, ElementType.I32));
        Value scale = b.multiply(x.scale(b, rank, channel), w.scale(b, rank, channel));
        return m.ifSameType(b.multiply(b.cast(sum, ElementType.F32), scale));
    }

    private static Value conv(Builder b, Conv op, Value x, Value weights) {
        return b.add(new Conv(x, weights, op.window(), op.groups(), op.layout()));
    }
}
