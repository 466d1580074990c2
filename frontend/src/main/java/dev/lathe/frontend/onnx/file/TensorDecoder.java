package dev.lathe.frontend.onnx.file;

import com.google.protobuf.ByteString;
import dev.lathe.grammar.onnx.StringStringEntryProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * ONNX tensors to tensors: raw bytes shared with the file, typed fields copied, external data mapped from the model's
 * folder.
 */
public final class TensorDecoder {
    private final @Nullable Path folder;
    private final Map<Path, MemorySegment> mapped = new HashMap<>();

    /** {@code folder} is where external data may be; null if there can be none. */
    public TensorDecoder(@Nullable Path folder) {
        this.folder = folder;
    }

    /**
     * @throws InvalidOpException if the tensor is not what it says
     */
    public Tensor decode(TensorProto proto) {
        ElementType type = ElementTypes.of(proto.getDataType());
        long[] dims = new long[proto.getDimsCount()];
        long size = 1;
        for (int i = 0; i < dims.length; i++) {
            dims[i] = proto.getDims(i);
            if (dims[i] < 0) {
                throw bad(proto, "has the negative dimension " + dims[i]);
            }
            try {
                size = Math.multiplyExact(size, dims[i]);
            } catch (ArithmeticException e) {
                throw bad(proto, "has too many elements");
            }
        }
        if (type.isString()) {
            return strings(proto, dims, size);
        }
        if (size > Long.MAX_VALUE / 16) {
            throw bad(proto, "has too many elements");
        }
        if (proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
            return Tensor.of(type, dims, external(proto, type.bytes(size)));
        }
        if (proto.hasRawData()) {
            ByteString raw = proto.getRawData();
            if (raw.size() != type.bytes(size)) {
                throw bad(proto, "needs " + type.bytes(size) + " bytes, but has " + raw.size());
            }
            return Tensor.of(type, dims, segment(raw));
        }
        return typed(proto, type, dims, size);
    }

    private static MemorySegment segment(ByteString bytes) {
        return MemorySegment.ofBuffer(bytes.asReadOnlyByteBuffer());
    }

    private static Tensor strings(TensorProto proto, long[] dims, long size) {
        if (proto.getStringDataCount() != size) {
            throw bad(proto, "needs " + size + " strings, but has " + proto.getStringDataCount());
        }
        return Tensor.ofStrings(
                proto.getStringDataList().stream().map(ByteString::toStringUtf8).toArray(String[]::new), dims);
    }

    private static Tensor typed(TensorProto proto, ElementType type, long[] dims, long size) {
        int given = switch (type) {
            case F32, C64 -> proto.getFloatDataCount();
            case F64, C128 -> proto.getDoubleDataCount();
            case I64 -> proto.getInt64DataCount();
            case U32, U64 -> proto.getUint64DataCount();
            default -> proto.getInt32DataCount();
        };
        // Elements that fill a byte together share one number; complex ones take two.
        boolean shared = type.bits() < 8 && 8 % type.bits() == 0;
        long needed = type.isComplex() ? 2 * size : shared ? type.bytes(size) : size;
        if (given != needed) {
            throw bad(proto, "needs " + needed + " numbers, but has " + given);
        }
        Tensor out = Tensor.zeros(type, dims);
        for (int i = 0; i < given; i++) {
            switch (type) {
                case F32 -> out.setFloat(i, proto.getFloatData(i));
                case F64 -> out.setDouble(i, proto.getDoubleData(i));
                case I64 -> out.setLong(i, proto.getInt64Data(i));
                case U32, U64 -> out.setLong(i, proto.getUint64Data(i));
                case C64 -> {
                    if (i % 2 == 1) {
                        out.setComplex(i / 2, proto.getFloatData(i - 1), proto.getFloatData(i));
                    }
                }
                case C128 -> {
                    if (i % 2 == 1) {
                        out.setComplex(i / 2, proto.getDoubleData(i - 1), proto.getDoubleData(i));
                    }
                }
                default -> {
                    if (shared) {
                        out.data().set(ValueLayout.JAVA_BYTE, i, (byte) proto.getInt32Data(i));
                    } else if (type.bits() < 8 && proto.getInt32Data(i) >>> type.bits() != 0) {
                        throw bad(proto, "has the number " + proto.getInt32Data(i) + ", which is no " + type.text());
                    } else {
                        out.setBits(i, proto.getInt32Data(i));
                    }
                }
            }
        }
        return out;
    }

    private MemorySegment external(TensorProto proto, long bytes) {
        Map<String, String> entries = new HashMap<>();
        for (StringStringEntryProto e : proto.getExternalDataList()) {
            entries.put(e.getKey(), e.getValue());
        }
        String location = entries.getOrDefault("location", "");
        long offset = number(proto, entries.getOrDefault("offset", "0"));
        long length = number(proto, entries.getOrDefault("length", Long.toString(bytes)));
        MemorySegment file = map(proto, location);
        if (length < bytes || offset > file.byteSize() || bytes > file.byteSize() - offset) {
            throw bad(
                    proto,
                    "needs " + bytes + " bytes at " + offset + " of \"" + location + "\", which has "
                            + file.byteSize());
        }
        return file.asSlice(offset, bytes);
    }

    private static long number(TensorProto proto, String text) {
        try {
            long n = Long.parseLong(text);
            if (n >= 0) {
                return n;
            }
        } catch (NumberFormatException e) {
            // told below
        }
        throw bad(proto, "has external data at \"" + text + "\", which is not a position");
    }

    private MemorySegment map(TensorProto proto, String location) {
        if (folder == null) {
            throw bad(proto, "is in the file \"" + location + "\", but the model has no folder");
        }
        try {
            Path root = folder.toRealPath();
            Path named = Path.of(location);
            Path file = root.resolve(named).normalize();
            if (location.isEmpty() || named.isAbsolute() || !file.startsWith(root)) {
                throw bad(proto, "is in \"" + location + "\", outside of the model's folder");
            }
            if (!Files.isRegularFile(file)) {
                throw bad(proto, "is in the file \"" + location + "\", which is not beside the model");
            }
            Path real = file.toRealPath();
            if (!real.startsWith(root)) {
                throw bad(proto, "is in \"" + location + "\", which links out of the model's folder");
            }
            MemorySegment known = mapped.get(real);
            if (known == null) {
                try (FileChannel channel = FileChannel.open(real)) {
                    known = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
                }
                mapped.put(real, known);
            }
            return known;
        } catch (IOException | InvalidPathException e) {
            throw bad(proto, "is in \"" + location + "\", which cannot be read: " + e.getMessage());
        }
    }

    private static InvalidOpException bad(TensorProto proto, String what) {
        return new InvalidOpException("tensor \"" + proto.getName() + "\" " + what);
    }
}
