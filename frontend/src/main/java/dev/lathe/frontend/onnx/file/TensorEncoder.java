package dev.lathe.frontend.onnx.file;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.lang.foreign.ValueLayout;

/** Tensors as files have them. */
public final class TensorEncoder {
    private TensorEncoder() {}

    /** The elements as raw bytes. */
    public static TensorProto.Builder proto(Tensor t, String name) {
        TensorProto.Builder proto =
                TensorProto.newBuilder().setName(name).setDataType(ElementTypes.number(t.element()));
        for (long d : t.dims()) {
            proto.addDims(d);
        }
        if (t.element().isString()) {
            for (String s : t.toStringArray()) {
                proto.addStringData(ByteString.copyFromUtf8(s));
            }
        } else {
            proto.setRawData(
                    ByteString.copyFrom(t.data().asSlice(0, t.byteSize()).toArray(ValueLayout.JAVA_BYTE)));
        }
        return proto;
    }

    /** As {@link #proto}, with small integers in fewer bytes. */
    public static TensorProto.Builder compact(Tensor t, String name) {
        if (variableSize(t) >= t.byteSize()) {
            return proto(t, name);
        }
        TensorProto.Builder proto =
                TensorProto.newBuilder().setName(name).setDataType(ElementTypes.number(t.element()));
        for (long d : t.dims()) {
            proto.addDims(d);
        }
        for (long i = 0; i < t.size(); i++) {
            if (t.element() == ElementType.I64) {
                proto.addInt64Data(t.getLong(i));
            } else {
                proto.addInt32Data((int) t.getLong(i));
            }
        }
        return proto;
    }

    /** The bytes of the elements as integers of variable size, where the format has these. */
    private static long variableSize(Tensor t) {
        if (t.element() != ElementType.I64 && t.element() != ElementType.I32) {
            return Long.MAX_VALUE;
        }
        long sum = 0;
        for (long i = 0; i < t.size(); i++) {
            sum += CodedOutputStream.computeInt64SizeNoTag(t.getLong(i));
        }
        return sum;
    }

    /** About how many bytes {@link #compact} takes, without a name. */
    public static long size(Tensor t) {
        if (t.element().isString()) {
            return proto(t, "").build().getSerializedSize();
        }
        long elements = Math.min(t.byteSize(), variableSize(t));
        long sum = 6 + elements;
        for (long d : t.dims()) {
            sum += 1 + CodedOutputStream.computeInt64SizeNoTag(d);
        }
        return sum;
    }
}
