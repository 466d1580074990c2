package dev.lathe.frontend.onnx.file;

import dev.lathe.grammar.onnx.SparseTensorProto;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Tensor;

/** Sparse tensors, which become dense. */
public final class SparseTensors {
    /** The most elements that a sparse tensor may unfold to for each byte of its own. */
    private static final long EXPANSION_LIMIT = 1 << 16;

    private SparseTensors() {}

    public static Tensor dense(SparseTensorProto proto, TensorDecoder decoder) {
        Tensor values = decoder.decode(proto.getValues());
        Tensor indices = decoder.decode(proto.getIndices());
        long[] dims = proto.getDimsList().stream().mapToLong(Long::longValue).toArray();
        long size = 1;
        for (long d : dims) {
            if (d < 0) {
                throw new InvalidOpException("a sparse tensor has the negative dimension " + d);
            }
            size = Math.multiplyExact(size, d);
        }
        if (size > EXPANSION_LIMIT * (1 + values.size())) {
            throw new InvalidOpException(
                    "a sparse tensor of " + values.size() + " values claims " + size + " elements");
        }
        int columns = indices.rank() == 2 ? dims.length : 1;
        if (indices.size() != values.size() * columns) {
            throw new InvalidOpException(
                    "a sparse tensor has " + values.size() + " values, but " + indices.size() + " indices");
        }
        Tensor out = Tensor.zeros(values.element(), dims);
        for (long i = 0; i < values.size(); i++) {
            long at = 0;
            for (int c = 0; c < columns; c++) {
                long index = indices.getLong(i * columns + c);
                if (columns > 1 && (index < 0 || index >= dims[c])) {
                    throw new InvalidOpException(
                            "a sparse tensor has the index " + index + " on an axis of " + dims[c] + " elements");
                }
                at = columns == 1 ? index : at * dims[c] + index;
            }
            if (at < 0 || at >= size) {
                throw new InvalidOpException("a sparse tensor has the index " + at + " of " + size + " elements");
            }
            out.copyElement(at, values, i);
        }
        return out;
    }
}
