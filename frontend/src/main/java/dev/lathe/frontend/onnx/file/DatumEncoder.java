package dev.lathe.frontend.onnx.file;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import dev.lathe.grammar.onnx.MapProto;
import dev.lathe.grammar.onnx.OptionalProto;
import dev.lathe.grammar.onnx.SequenceProto;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.Collection;

/** Values of any kind as files of test data have them. */
public final class DatumEncoder {
    private DatumEncoder() {}

    /** The {@code TensorProto}, {@code SequenceProto}, {@code MapProto} or {@code OptionalProto} of a value. */
    public static MessageLite proto(Datum value, String name) {
        return switch (value) {
            case Tensor t -> TensorEncoder.proto(t, name).build();
            case Datum.Sequence s -> sequence(s.itemType(), s.items(), name);
            case Datum.Mapping m -> map(m, name);
            case Datum.Maybe m -> optional(m, name);
        };
    }

    private static SequenceProto sequence(Type itemType, Collection<Datum> items, String name) {
        SequenceProto.Builder proto = SequenceProto.newBuilder()
                .setName(name)
                .setElemType(
                        switch (itemType) {
                            case TensorType _ -> SequenceProto.DataType.TENSOR_VALUE;
                            case SequenceType _ -> SequenceProto.DataType.SEQUENCE_VALUE;
                            case MapType _ -> SequenceProto.DataType.MAP_VALUE;
                            case OptionalType _ -> SequenceProto.DataType.OPTIONAL_VALUE;
                        });
        for (Datum item : items) {
            switch (item) {
                case Tensor t -> proto.addTensorValues(TensorEncoder.proto(t, ""));
                case Datum.Sequence s -> proto.addSequenceValues(sequence(s.itemType(), s.items(), ""));
                case Datum.Mapping m -> proto.addMapValues(map(m, ""));
                case Datum.Maybe m -> proto.addOptionalValues(optional(m, ""));
            }
        }
        return proto.build();
    }

    private static MapProto map(Datum.Mapping map, String name) {
        MapProto.Builder proto = MapProto.newBuilder().setName(name).setKeyType(ElementTypes.number(map.keyType()));
        for (Object key : map.entries().keySet()) {
            if (key instanceof String s) {
                proto.addStringKeys(ByteString.copyFromUtf8(s));
            } else {
                proto.addKeys((Long) key);
            }
        }
        return proto.setValues(sequence(map.valueType(), map.entries().values(), ""))
                .build();
    }

    private static OptionalProto optional(Datum.Maybe maybe, String name) {
        OptionalProto.Builder proto = OptionalProto.newBuilder().setName(name);
        if (maybe.element().isEmpty()) {
            return proto.setElemType(OptionalProto.DataType.UNDEFINED_VALUE).build();
        }
        return switch (maybe.element().get()) {
            case Tensor t ->
                proto.setElemType(OptionalProto.DataType.TENSOR_VALUE)
                        .setTensorValue(TensorEncoder.proto(t, ""))
                        .build();
            case Datum.Sequence s ->
                proto.setElemType(OptionalProto.DataType.SEQUENCE_VALUE)
                        .setSequenceValue(sequence(s.itemType(), s.items(), ""))
                        .build();
            case Datum.Mapping m ->
                proto.setElemType(OptionalProto.DataType.MAP_VALUE)
                        .setMapValue(map(m, ""))
                        .build();
            case Datum.Maybe m ->
                proto.setElemType(OptionalProto.DataType.OPTIONAL_VALUE)
                        .setOptionalValue(optional(m, ""))
                        .build();
        };
    }
}
