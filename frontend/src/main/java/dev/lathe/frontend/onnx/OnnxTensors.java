package dev.lathe.frontend.onnx;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.lathe.frontend.onnx.file.DatumEncoder;
import dev.lathe.frontend.onnx.file.TensorDecoder;
import dev.lathe.grammar.onnx.MapProto;
import dev.lathe.grammar.onnx.OptionalProto;
import dev.lathe.grammar.onnx.SequenceProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Values in ONNX's own format, as test data holds them: {@code .pb} files. */
public final class OnnxTensors {
    private OnnxTensors() {}

    public static Tensor readTensor(Path file) {
        return (Tensor) parse(file, bytes -> tensor(TensorProto.parseFrom(bytes)));
    }

    /** The value in {@code file}, which must be of the kind that {@code expected} is: the format does not tell. */
    public static Datum read(Path file, Type expected) {
        return parse(file, bytes -> datum(bytes, expected));
    }

    /** A value of any kind as the bytes of a {@code .pb} file. */
    public static byte[] write(Datum value, String name) {
        return DatumEncoder.proto(value, name).toByteArray();
    }

    private interface Parser {
        Datum parse(byte[] bytes) throws InvalidProtocolBufferException;
    }

    private static Datum parse(Path file, Parser parser) {
        try {
            return parser.parse(Files.readAllBytes(file));
        } catch (InvalidProtocolBufferException
                | InvalidOpException
                | IllegalArgumentException
                | ArithmeticException e) {
            throw failure(file + " holds no ONNX tensor: " + e.getMessage());
        } catch (IOException e) {
            throw failure(file + " cannot be read: " + e.getMessage());
        }
    }

    private static LatheException failure(String what) {
        return new LatheException(
                LatheException.Fault.INPUT,
                List.of(Diagnostic.error("onnx.tensor-file", what, "give a .pb file of the right kind")));
    }

    private static Tensor tensor(TensorProto proto) {
        return new TensorDecoder(null).decode(proto);
    }

    private static Datum datum(byte[] bytes, Type expected) throws InvalidProtocolBufferException {
        return switch (expected) {
            case TensorType _ -> tensor(TensorProto.parseFrom(bytes));
            case SequenceType s -> sequence(SequenceProto.parseFrom(bytes), s);
            case MapType m -> map(MapProto.parseFrom(bytes), m);
            case OptionalType o -> {
                OptionalProto proto = OptionalProto.parseFrom(bytes);
                // A model may declare a sequence where its graph gives an optional one; the two formats are alike up to
                // here.
                yield o.element() instanceof SequenceType s
                                && proto.getElemType() == OptionalProto.DataType.TENSOR_VALUE
                        ? sequence(SequenceProto.parseFrom(bytes), s)
                        : optional(proto, o);
            }
        };
    }

    private static Datum sequence(SequenceProto proto, SequenceType type) {
        List<Datum> items = new ArrayList<>();
        proto.getTensorValuesList().forEach(t -> items.add(tensor(t)));
        if (type.element() instanceof SequenceType inner) {
            proto.getSequenceValuesList().forEach(s -> items.add(sequence(s, inner)));
        }
        if (type.element() instanceof MapType inner) {
            proto.getMapValuesList().forEach(m -> items.add(map(m, inner)));
        }
        return new Datum.Sequence(type.element(), items);
    }

    private static Datum map(MapProto proto, MapType type) {
        List<Object> keys = new ArrayList<>(proto.getKeysList());
        proto.getStringKeysList().forEach(key -> keys.add(key.toStringUtf8()));
        SequenceType items = new SequenceType(type.value());
        List<Datum> values = ((Datum.Sequence) sequence(proto.getValues(), items)).items();
        if (keys.size() != values.size()) {
            throw new InvalidOpException(keys.size() + " keys for " + values.size() + " values");
        }
        Map<Object, Datum> entries = new HashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            boolean scalar = type.value() instanceof TensorType t && t.isRanked() && t.rank() == 0;
            Datum value = scalar && values.get(i) instanceof Tensor t && t.size() == 1 ? t.reshape() : values.get(i);
            if (entries.put(keys.get(i), value) != null) {
                throw new InvalidOpException("the key " + keys.get(i) + " is there twice");
            }
        }
        return new Datum.Mapping(type.key(), type.value(), entries);
    }

    private static Datum optional(OptionalProto proto, OptionalType type) {
        Optional<Datum> element = switch (type.element()) {
            case TensorType _ when proto.hasTensorValue() -> Optional.of(tensor(proto.getTensorValue()));
            case SequenceType s when proto.hasSequenceValue() -> Optional.of(sequence(proto.getSequenceValue(), s));
            case MapType m when proto.hasMapValue() -> Optional.of(map(proto.getMapValue(), m));
            default -> Optional.empty();
        };
        return new Datum.Maybe(type.element(), element);
    }
}
