package dev.lathe.runtime.input;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Values in ONNX's own format ({@code TensorProto}, {@code SequenceProto}, {@code MapProto} and {@code OptionalProto}
 * of {@code onnx.proto}), as test data holds them. A compiled jar reads them too, so this needs no library. The
 * numbers below are the fields of these messages.
 */
final class TensorProtoFile {
    /** Element types by ONNX's numbers, {@code TensorProto.DataType}; 0 is undefined. */
    private static final String[] TYPES = {
        "",
        "f32",
        "u8",
        "i8",
        "u16",
        "i16",
        "i32",
        "i64",
        "string",
        "bool",
        "f16",
        "f64",
        "u32",
        "u64",
        "c64",
        "c128",
        "bf16",
        "f8e4m3fn",
        "f8e4m3fnuz",
        "f8e5m2",
        "f8e5m2fnuz",
        "u4",
        "i4",
        "f4e2m1",
        "f8e8m0",
        "u2",
        "i2",
        "f6e2m3",
        "f6e3m2",
    };

    private TensorProtoFile() {}

    /**
     * The value in {@code file}, which must be of the kind that {@code expected} is: the format does not tell.
     *
     * @throws LatheException if it is not
     */
    static Datum read(Path file, Type expected) {
        try {
            return datum(ByteBuffer.wrap(Files.readAllBytes(file)), expected);
        } catch (InvalidOpException | IllegalArgumentException | ArithmeticException e) {
            throw failure(file + " holds no ONNX tensor: " + e.getMessage());
        } catch (IOException e) {
            throw failure(file + " cannot be read: " + e.getMessage());
        } catch (OutOfMemoryError e) {
            throw failure(file + " is too large for the Java heap");
        }
    }

    private static LatheException failure(String what) {
        return new LatheException(Diagnostic.error("onnx.tensor-file", what, "give a .pb file of the right kind"));
    }

    private static Datum datum(ByteBuffer bytes, Type expected) {
        return switch (expected) {
            case TensorType _ -> tensor(bytes);
            case SequenceType s -> sequence(bytes, s);
            case MapType m -> map(bytes, m);
            case OptionalType o -> optional(bytes, o);
        };
    }

    private static Tensor tensor(ByteBuffer bytes) {
        ProtoReader in = new ProtoReader(bytes);
        List<Long> dims = new ArrayList<>();
        ElementType type = null;
        ByteBuffer raw = null;
        List<ByteBuffer> numbers = new ArrayList<>(); // packed, of the field that the type uses
        int numberField = 0;
        List<String> strings = new ArrayList<>();
        List<Number> loose = new ArrayList<>();
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 1 -> longs(in, dims);
                case 2 -> type = elementType(in.varint());
                case 6 -> strings.add(StandardCharsets.UTF_8.decode(in.bytes()).toString());
                case 9 -> raw = in.bytes();
                case 4, 5, 7, 10, 11 -> {
                    numberField = field;
                    if (in.isBytes()) {
                        numbers.add(in.bytes());
                    } else {
                        loose.add(number(in, field));
                    }
                }
                case 14 -> {
                    if (in.varint() == 1) {
                        throw new InvalidOpException("its data is in another file");
                    }
                }
                default -> in.skip();
            }
        }
        if (type == null) {
            throw new InvalidOpException("it has no element type");
        }
        long[] shape = new long[dims.size()];
        long size = 1;
        for (int i = 0; i < shape.length; i++) {
            shape[i] = dims.get(i);
            if (shape[i] < 0) {
                throw new InvalidOpException("it has the negative dimension " + shape[i]);
            }
            size = Math.multiplyExact(size, shape[i]);
        }
        if (type.isString()) {
            require(size, strings.size(), "strings");
            return Tensor.ofStrings(strings.toArray(String[]::new), shape);
        }
        if (raw != null) {
            require(type.bytes(size), raw.remaining(), "bytes");
            Tensor t = Tensor.zeros(type, shape);
            t.data().copyFrom(MemorySegment.ofBuffer(raw));
            return t;
        }
        for (ByteBuffer packed : numbers) {
            ProtoReader more = new ProtoReader(packed);
            while (more.hasMore()) {
                loose.add(number(more, numberField));
            }
        }
        return typed(type, shape, size, loose);
    }

    private static Number number(ProtoReader in, int field) {
        return switch (field) {
            case 4 -> in.float32();
            case 10 -> in.float64();
            default -> in.varint();
        };
    }

    private static void longs(ProtoReader in, List<Long> into) {
        if (!in.isBytes()) {
            into.add(in.varint());
            return;
        }
        ProtoReader packed = new ProtoReader(in.bytes());
        while (packed.hasMore()) {
            into.add(packed.varint());
        }
    }

    private static ElementType elementType(long number) {
        if (number <= 0 || number >= TYPES.length) {
            throw new InvalidOpException("there is no element type with the number " + number);
        }
        return ElementType.ofText(TYPES[(int) number]).orElseThrow();
    }

    private static void require(long needed, long given, String what) {
        if (needed != given) {
            throw new InvalidOpException("it needs " + needed + " " + what + ", but has " + given);
        }
    }

    /** Elements that fill a byte together share one number; complex ones take two. */
    private static Tensor typed(ElementType type, long[] shape, long size, List<Number> numbers) {
        boolean shared = type.bits() < 8 && 8 % type.bits() == 0;
        require(type.isComplex() ? 2 * size : shared ? type.bytes(size) : size, numbers.size(), "numbers");
        Tensor out = Tensor.zeros(type, shape);
        for (int i = 0; i < numbers.size(); i++) {
            Number n = numbers.get(i);
            if (type.isComplex()) {
                if (i % 2 == 1) {
                    out.setComplex(i / 2, numbers.get(i - 1).doubleValue(), n.doubleValue());
                }
            } else if (type == ElementType.F32 || type == ElementType.F64) {
                out.setDouble(i, n.doubleValue());
            } else if (type.isInteger() && type.bits() >= 32) {
                out.setLong(i, n.longValue());
            } else if (shared) {
                out.data().set(java.lang.foreign.ValueLayout.JAVA_BYTE, i, n.byteValue());
            } else {
                out.setBits(i, n.longValue());
            }
        }
        return out;
    }

    private static Datum.Sequence sequence(ByteBuffer bytes, SequenceType type) {
        ProtoReader in = new ProtoReader(bytes);
        List<Datum> items = new ArrayList<>();
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 3 -> items.add(tensor(in.bytes()));
                case 5 -> items.add(datum(in.bytes(), require(type.element(), SequenceType.class)));
                case 6 -> items.add(datum(in.bytes(), require(type.element(), MapType.class)));
                default -> in.skip();
            }
        }
        return new Datum.Sequence(type.element(), items);
    }

    private static Type require(Type type, Class<? extends Type> kind) {
        if (!kind.isInstance(type)) {
            throw new InvalidOpException("its items are not " + type);
        }
        return type;
    }

    private static Datum.Mapping map(ByteBuffer bytes, MapType type) {
        ProtoReader in = new ProtoReader(bytes);
        List<Long> numbers = new ArrayList<>();
        List<Object> keys = new ArrayList<>();
        List<Datum> values = List.of();
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 3 -> longs(in, numbers);
                case 4 -> keys.add(StandardCharsets.UTF_8.decode(in.bytes()).toString());
                case 5 ->
                    values =
                            sequence(in.bytes(), new SequenceType(type.value())).items();
                default -> in.skip();
            }
        }
        keys.addAll(numbers);
        require(keys.size(), values.size(), "values");
        Map<Object, Datum> entries = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            boolean scalar = type.value() instanceof TensorType t && t.isRanked() && t.rank() == 0;
            Datum value = scalar && values.get(i) instanceof Tensor t && t.size() == 1 ? t.reshape() : values.get(i);
            if (entries.put(keys.get(i), value) != null) {
                throw new InvalidOpException("the key " + keys.get(i) + " is there twice");
            }
        }
        return new Datum.Mapping(type.key(), type.value(), entries);
    }

    private static Datum optional(ByteBuffer bytes, OptionalType type) {
        ProtoReader in = new ProtoReader(bytes);
        @Nullable Datum element = null;
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 3 -> {
                    // A model may declare an optional sequence where its test data is a sequence; the two are alike up
                    // to here.
                    if (type.element() instanceof SequenceType s) {
                        return sequence(bytes, s);
                    }
                    element = datum(in.bytes(), require(type.element(), TensorType.class));
                }
                case 5 -> element = datum(in.bytes(), require(type.element(), SequenceType.class));
                case 6 -> element = datum(in.bytes(), require(type.element(), MapType.class));
                default -> in.skip();
            }
        }
        return new Datum.Maybe(type.element(), Optional.ofNullable(element));
    }
}
