package dev.lathe.frontend.onnx.ops.microsoft;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.Optional;

/** Rows taken out of tables of quantized numbers. */
public final class MicrosoftGatherOps {
    private MicrosoftGatherOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.MICROSOFT + "GatherBlockQuantized").since(1, MicrosoftGatherOps::gather);
    }

    /**
     * Elements of a table with a scale and a zero point for each block of a row. What is not taken is not
     * dequantized.
     */
    private static Value gather(OnnxNode n) {
        int rank = n.rank(0);
        int axis = OnnxNode.axis(n.i("gather_axis", 0), rank);
        int blocked = OnnxNode.axis(n.i("quantize_axis", 1), rank);
        long block = n.i("block_size", 128);
        if (block < 16 || Long.bitCount(block) != 1) {
            throw new InvalidOpException("blocks of " + block + ", where a power of 2 from 16 on is needed");
        }
        if (axis == blocked) {
            throw new InvalidOpException("axis " + axis + " is both gathered and in blocks");
        }
        boolean bytes = n.element(0) == ElementType.U8;
        long bits = bytes ? n.i("bits", 4) : 4;
        if (bits != 2 && bits != 4 && bits != 8) {
            throw MicrosoftOps.unsupported(
                    "numbers of " + bits + " bits, where 2, 4 or 8 are known", "quantize the model with 4 or 8 bits");
        }
        if (bytes && bits < 8 && (blocked != rank - 1 || axis == rank - 1)) {
            throw new InvalidOpException("numbers that share bytes must lie in blocks along the last axis");
        }
        Value data = taken(n, n.in(0), axis);
        Value scales = taken(n, n.in(2), axis);
        Optional<Value> zeros = n.opt(3).map(z -> taken(n, z, axis));
        if (bytes && bits < 8) {
            data = unpacked(n.b, data, bits, data.tensorType().dim(-1).times(8 / bits));
            Dim blocks = scales.tensorType().dim(-1);
            zeros = zeros.map(z -> unpacked(n.b, z, bits, blocks));
        }
        if (bytes && zeros.isEmpty()) {
            zeros = Optional.of(n.b.constant(Tensor.scalar(ElementType.U8, 1L << (bits - 1))));
        }
        int to = blocked < axis ? blocked : blocked + n.rank(1) - 1;
        return n.b.add(new Dequantize(data, scales, zeros, n.element(2), to, block));
    }

    private static Value taken(OnnxNode n, Value table, int axis) {
        return n.b.gather(table, n.in(1), axis);
    }

    private static Value unpacked(Builder b, Value packed, long bits, Dim count) {
        Shape s = packed.tensorType().shape();
        int last = s.rank() - 1;
        Value lines = b.reshape(packed, Shape.of(s.slice(0, last).elements(), s.dim(last)));
        return b.reshape(MicrosoftLinearOps.unpacked(b, lines, bits, count), s.with(last, count));
    }
}
