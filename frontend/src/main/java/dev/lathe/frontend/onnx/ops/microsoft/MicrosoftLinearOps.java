package dev.lathe.frontend.onnx.ops.microsoft;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.nn.QuantizationOps;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.DynamicQuantize;
import dev.lathe.ir.composite.IntegerMatMul;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.List;
import java.util.Optional;

/** Matrix products and convolutions of quantized numbers. */
public final class MicrosoftLinearOps {
    private MicrosoftLinearOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.MICROSOFT + "MatMulIntegerToFloat").since(1, MicrosoftLinearOps::matMulIntegerToFloat);
        t.on(Domains.MICROSOFT + "DynamicQuantizeMatMul").since(1, MicrosoftLinearOps::dynamicQuantizeMatMul);
        t.on(Domains.MICROSOFT + "QGemm").since(1, MicrosoftLinearOps::qGemm);
        t.on(Domains.MICROSOFT + "QLinearConv")
                .since(
                        1,
                        n -> MicrosoftQuantizationOps.channelsFirst(
                                n, n.in(0), (m, _) -> QuantizationOps.qLinearConv(m)));
        t.on(Domains.MICROSOFT + "MatMulNBits").since(1, MicrosoftLinearOps::matMulBits);
    }

    private static Value toFloats(Builder b, Value sum, Value scale) {
        return b.multiply(b.cast(sum, scale.tensorType().element()), scale);
    }

    private static Value matMulIntegerToFloat(OnnxNode n) {
        Builder b = n.b;
        Value sum = b.add(new IntegerMatMul(n.in(0), n.in(1), n.opt(4), n.opt(5)));
        Value scale = b.multiply(IntegerMatMul.aligned(b, n.in(2), n.in(0), true), n.in(3));
        return MicrosoftOps.biased(n, toFloats(b, sum, scale), 6);
    }

    private static Value dynamicQuantizeMatMul(OnnxNode n) {
        Builder b = n.b;
        List<Value> x = b.addAll(new DynamicQuantize(n.in(0)));
        Value sum = b.add(new IntegerMatMul(x.get(0), n.in(1), Optional.of(x.get(2)), n.opt(3)));
        return MicrosoftOps.biased(n, toFloats(b, sum, b.multiply(x.get(1), n.in(2))), 4);
    }

    private static Value transposed(OnnxNode n, Value x, String attribute) {
        return n.flag(attribute, false) ? n.b.transpose(x, List.of(1, 0)) : x;
    }

    /** A product of quantized matrices with an integer bias; quantized if the result has a scale, else floats. */
    private static Value qGemm(OnnxNode n) {
        Builder b = n.b;
        Value product = b.add(new IntegerMatMul(
                transposed(n, n.in(0), "transA"), transposed(n, n.in(3), "transB"), n.opt(2), n.opt(5)));
        Value sum = MicrosoftOps.biased(n, product, 6);
        Value scale = b.multiply(b.multiply(n.in(1), n.in(4)), b.scalar(n.in(1), n.f("alpha", 1)));
        if (n.opt(7).isEmpty()) {
            return toFloats(b, sum, scale);
        }
        Value zero = n.opt(8).orElseGet(() -> b.constant(Tensor.scalar(n.element(0), 0)));
        return QuantizationOps.requantized(b, sum, b.divide(scale, n.in(7)), zero);
    }

    /**
     * The {@code count} numbers of {@code bits} bits in each row of {@code packed}, {@code [rows, bytes]}, the first
     * in the low bits.
     */
    static Value unpacked(Builder b, Value packed, long bits, Dim count) {
        Shape s = packed.tensorType().shape();
        if (bits == 8) {
            return b.slice(packed, 1, Dim.ZERO, count);
        }
        int each = (int) (8 / bits);
        Tensor shifts = Tensor.zeros(ElementType.U8, each);
        for (int i = 0; i < each; i++) {
            shifts.setLong(i, i * bits);
        }
        Value moved = b.binary(BinaryFunction.SHIFT_RIGHT, b.expandRight(packed, 3), b.constant(shifts));
        Value mask = b.constant(Tensor.scalar(ElementType.U8, (1L << bits) - 1));
        Value low = b.binary(BinaryFunction.BIT_AND, moved, mask);
        Value all = b.reshape(low, Shape.of(s.dim(0), s.dim(1).times(each)));
        return b.slice(all, 1, Dim.ZERO, count);
    }

    /**
     * The numbers of {@code bits} bits in {@code packed}, of which each row of {@code shape} fills whole bytes; as
     * bytes each, or, if {@code asStored}, as the elements of a constant that has no more bytes than {@code packed}.
     */
    private static Value fewBits(Builder b, Value packed, boolean asStored, long bits, Shape shape) {
        long rows = shape.dim(0).constant();
        long elements = packed.tensorType().shape().elements().constant() / Math.max(1, rows) * 8 / bits;
        if (!asStored || bits == 8) {
            return unpacked(b, b.reshape(packed, Shape.of(rows, elements * bits / 8)), bits, shape.dim(1));
        }
        ElementType type = bits == 4 ? ElementType.U4 : ElementType.U2;
        Tensor bytes = b.constant(packed).orElseThrow();
        Value all = b.constant(Tensor.of(type, new long[] {rows, elements}, bytes.data()));
        return b.slice(all, 1, Dim.ZERO, shape.dim(1));
    }

    /** A product with weights of a few bits, a scale and zero point for each block of a row. */
    private static Value matMulBits(OnnxNode n) {
        Builder b = n.b;
        long bits = n.i("bits", 4);
        if (bits != 2 && bits != 4 && bits != 8) {
            throw MicrosoftOps.unsupported(
                    "weights of " + bits + " bits, where 2, 4 or 8 are known",
                    "quantize the model with 4 or 8 bits for each weight");
        }
        if (n.opt(4).isPresent()) {
            throw MicrosoftOps.unsupported(
                    "weights with an order of groups (g_idx)", "quantize the model without reordering of rows");
        }
        long k = n.size("K");
        long rows = n.size("N");
        long block = n.size("block_size");
        if (block * bits % 8 != 0) {
            throw new InvalidOpException("blocks of " + block + " weights of " + bits + " bits do not fill bytes");
        }
        long blocks = Math.ceilDiv(k, block);
        Shape perBlock = Shape.of(rows, blocks);
        ElementType type = n.element(0);
        boolean floatZeros = n.opt(3).isPresent() && n.element(3).isFloat();
        boolean asStored = b.constant(n.in(1)).isPresent()
                && (floatZeros || n.opt(3).map(z -> b.constant(z).isPresent()).orElse(true));
        Value weights = fewBits(b, n.in(1), asStored, bits, Shape.of(rows, k));
        Value scales = b.cast(b.reshape(n.in(2), perBlock), type);
        Value zeros = floatZeros
                ? b.cast(b.reshape(n.in(3), perBlock), type)
                : n.opt(3)
                        .map(z -> fewBits(b, z, asStored, bits, perBlock))
                        .orElseGet(() ->
                                b.constant(Tensor.scalar(weights.tensorType().element(), 1L << (bits - 1))));
        Value dequantized = b.add(new Dequantize(weights, scales, Optional.of(zeros), type, 1, block));
        return MicrosoftOps.biased(n, b.matMul(n.in(0), b.transpose(dequantized, List.of(1, 0))), 5);
    }
}
