package dev.lathe.conformance;

import com.google.protobuf.ByteString;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.List;

/** Parts of ONNX models for oracle tests. They are written without the exporter, which must not vouch for itself. */
public final class Protos {
    private Protos() {}

    /** An attribute whose type follows from the class of its value. */
    public static AttributeProto attribute(String name, Object value) {
        AttributeProto.Builder b = AttributeProto.newBuilder().setName(name);
        switch (value) {
            case Integer i -> b.setType(AttributeProto.AttributeType.INT).setI(i);
            case ElementType e -> b.setType(AttributeProto.AttributeType.INT).setI(number(e));
            case GraphProto g -> b.setType(AttributeProto.AttributeType.GRAPH).setG(g);
            case Float f -> b.setType(AttributeProto.AttributeType.FLOAT).setF(f);
            case String s -> b.setType(AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(s));
            case long[] l -> {
                b.setType(AttributeProto.AttributeType.INTS);
                for (long v : l) {
                    b.addInts(v);
                }
            }
            case float[] l -> {
                b.setType(AttributeProto.AttributeType.FLOATS);
                for (float v : l) {
                    b.addFloats(v);
                }
            }
            case String[] l -> {
                b.setType(AttributeProto.AttributeType.STRINGS);
                for (String v : l) {
                    b.addStrings(ByteString.copyFromUtf8(v));
                }
            }
            case Tensor t -> b.setType(AttributeProto.AttributeType.TENSOR).setT(tensor("t", t));
            default -> throw new IllegalArgumentException(value.toString());
        }
        return b.build();
    }

    public static TensorProto tensor(String name, Tensor t) {
        TensorProto.Builder b = TensorProto.newBuilder().setName(name).setDataType(number(t.element()));
        for (long d : t.dims()) {
            b.addDims(d);
        }
        if (t.element() == ElementType.STRING) {
            for (long i = 0; i < t.size(); i++) {
                b.addStringData(ByteString.copyFromUtf8(t.getString(i)));
            }
        } else {
            b.setRawData(ByteString.copyFrom(t.data().asSlice(0, t.byteSize()).toArray(ValueLayout.JAVA_BYTE)));
        }
        return b.build();
    }

    /** The declaration of an input with the sizes of {@code t}. */
    public static ValueInfoProto input(String name, Tensor t) {
        return input(name, t, Collections.nCopies(t.rank(), ""));
    }

    /**
     * As {@link #input(String, Tensor)}, where {@code symbols} has a name for every size that the model leaves open,
     * and "" for the others.
     */
    public static ValueInfoProto input(String name, Tensor t, List<String> symbols) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (int axis = 0; axis < t.rank(); axis++) {
            if (symbols.get(axis).isEmpty()) {
                shape.addDimBuilder().setDimValue(t.dim(axis));
            } else {
                shape.addDimBuilder().setDimParam(symbols.get(axis));
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(number(t.element()))
                                .setShape(shape)))
                .build();
    }

    /** The number of an element type in the standard. */
    public static int number(ElementType type) {
        return switch (type) {
            case F32 -> TensorProto.DataType.FLOAT_VALUE;
            case F64 -> TensorProto.DataType.DOUBLE_VALUE;
            case F16 -> TensorProto.DataType.FLOAT16_VALUE;
            case BF16 -> TensorProto.DataType.BFLOAT16_VALUE;
            case F8E4M3FN -> TensorProto.DataType.FLOAT8E4M3FN_VALUE;
            case F8E4M3FNUZ -> TensorProto.DataType.FLOAT8E4M3FNUZ_VALUE;
            case F8E5M2 -> TensorProto.DataType.FLOAT8E5M2_VALUE;
            case F8E5M2FNUZ -> TensorProto.DataType.FLOAT8E5M2FNUZ_VALUE;
            case F8E8M0 -> TensorProto.DataType.FLOAT8E8M0_VALUE;
            case F6E2M3 -> TensorProto.DataType.FLOAT6E2M3_VALUE;
            case F6E3M2 -> TensorProto.DataType.FLOAT6E3M2_VALUE;
            case F4E2M1 -> TensorProto.DataType.FLOAT4E2M1_VALUE;
            case I64 -> TensorProto.DataType.INT64_VALUE;
            case I32 -> TensorProto.DataType.INT32_VALUE;
            case I16 -> TensorProto.DataType.INT16_VALUE;
            case I8 -> TensorProto.DataType.INT8_VALUE;
            case I4 -> TensorProto.DataType.INT4_VALUE;
            case I2 -> TensorProto.DataType.INT2_VALUE;
            case U64 -> TensorProto.DataType.UINT64_VALUE;
            case U32 -> TensorProto.DataType.UINT32_VALUE;
            case U16 -> TensorProto.DataType.UINT16_VALUE;
            case U8 -> TensorProto.DataType.UINT8_VALUE;
            case U4 -> TensorProto.DataType.UINT4_VALUE;
            case U2 -> TensorProto.DataType.UINT2_VALUE;
            case BOOL -> TensorProto.DataType.BOOL_VALUE;
            case STRING -> TensorProto.DataType.STRING_VALUE;
            case C64 -> TensorProto.DataType.COMPLEX64_VALUE;
            case C128 -> TensorProto.DataType.COMPLEX128_VALUE;
        };
    }
}
