package dev.lathe.frontend.onnx.file;

import dev.lathe.grammar.onnx.SparseTensorProto;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import org.jspecify.annotations.Nullable;

/** Sparse tensors, which become dense, and large dense ones that are smaller as sparse ones. */
public final class SparseTensors {
    /** The most elements that a sparse tensor may unfold to for each byte of its own. */
    private static final long EXPANSION_LIMIT = 1 << 16;

    /** Tensors of fewer bytes stay dense. */
    private static final long LEAST = 1024;

    private SparseTensors() {}

    /**
     * A tensor as its elements that are not zero, in order, each with its place among all; null if the tensor is small
     * or would not be smaller so. A negative zero counts as an element, so that all bits come back.
     */
    public static @Nullable SparseTensorProto smaller(Tensor t) {
        ElementType element = t.element();
        boolean hasBytes = element.bits() >= 8 && element != ElementType.C128 && !element.isString();
        if (!hasBytes || t.byteSize() < LEAST) {
            return null;
        }
        long count = 0;
        for (long i = 0; i < t.size(); i++) {
            count += t.getBits(i) == 0 ? 0 : 1;
        }
        // An index takes a byte or more, and the reader's limit holds for what is written, too.
        if (count * (element.bits() / 8 + 1) >= t.byteSize() || t.size() > EXPANSION_LIMIT * (1 + count)) {
            return null;
        }
        Tensor values = Tensor.zeros(element, count);
        long[] places = new long[Math.toIntExact(count)];
        int n = 0;
        for (long i = 0; i < t.size(); i++) {
            if (t.getBits(i) != 0) {
                values.copyElement(n, t, i);
                places[n++] = i;
            }
        }
        SparseTensorProto.Builder proto = SparseTensorProto.newBuilder()
                .setValues(TensorEncoder.proto(values, ""))
                .setIndices(TensorEncoder.compact(Tensor.of(places, count), ""));
        for (long d : t.dims()) {
            proto.addDims(d);
        }
        SparseTensorProto made = proto.build();
        return made.getSerializedSize() < t.byteSize() ? made : null;
    }

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
