package dev.lathe.peers;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.tensor.Tensor;
import java.util.stream.LongStream;

/** Attributes of ONNX's nodes. */
final class Attributes {
    private Attributes() {}

    private static AttributeProto.Builder of(String name, AttributeProto.AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }

    static AttributeProto integer(String name, long value) {
        return of(name, AttributeProto.AttributeType.INT).setI(value).build();
    }

    static AttributeProto integers(String name, long... values) {
        AttributeProto.Builder a = of(name, AttributeProto.AttributeType.INTS);
        LongStream.of(values).forEach(a::addInts);
        return a.build();
    }

    static AttributeProto real(String name, float value) {
        return of(name, AttributeProto.AttributeType.FLOAT).setF(value).build();
    }

    static AttributeProto reals(String name, float... values) {
        AttributeProto.Builder a = of(name, AttributeProto.AttributeType.FLOATS);
        for (float v : values) {
            a.addFloats(v);
        }
        return a.build();
    }

    static AttributeProto text(String name, String value) {
        return of(name, AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    static AttributeProto texts(String name, String... values) {
        AttributeProto.Builder a = of(name, AttributeProto.AttributeType.STRINGS);
        for (String v : values) {
            a.addStrings(ByteString.copyFromUtf8(v));
        }
        return a.build();
    }

    static AttributeProto tensor(String name, Tensor value) {
        return of(name, AttributeProto.AttributeType.TENSOR)
                .setT(proto("t", value))
                .build();
    }

    /** A tensor as initializers and attributes hold it. */
    static TensorProto proto(String name, Tensor value) {
        try {
            return TensorProto.parseFrom(OnnxTensors.write(value, name));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException(e);
        }
    }
}
