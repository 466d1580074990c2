package dev.lathe.ir.tensor;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code .safetensors} files: named tensors behind a JSON header. Their element types are all but 4-bit and 2-bit
 * integers, {@code c128} and {@code string}.
 */
public final class SafeTensors {
    /** The limit of the format's own library. */
    private static final long HEADER_LIMIT = 100_000_000;

    private SafeTensors() {}

    /**
     * The tensors of a file by name, in the order of its header. The file is mapped, not copied, for as long as a
     * tensor of it is in use.
     *
     * @throws LatheException if the file cannot be read or is not what its header says
     */
    public static Map<String, Tensor> read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw failure(
                    Files.exists(file) ? file + " is not a file" : "there is no file " + file,
                    "give the path of a .safetensors file");
        }
        try (FileChannel channel = FileChannel.open(file)) {
            return read(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto()), file.toString());
        } catch (IOException e) {
            throw failure(file + " cannot be read: " + WholeFile.reason(e), "check the file's permissions");
        }
    }

    static Map<String, Tensor> read(MemorySegment bytes, String name) {
        long length = bytes.byteSize() < 8 ? -1 : bytes.get(Tensor.LONG, 0);
        if (length < 2 || length > HEADER_LIMIT || length > bytes.byteSize() - 8) {
            throw failure(
                    name + " is not a .safetensors file, or is cut off",
                    "give a .safetensors file, and compare its size with the original's");
        }
        String header;
        try {
            byte[] text = bytes.asSlice(8, length).toArray(ValueLayout.JAVA_BYTE);
            header = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(text))
                    .toString();
        } catch (CharacterCodingException e) {
            throw failure(name + " has a header that is not UTF-8 text", "download or write the file again");
        }
        MemorySegment data = bytes.asSlice(8 + length);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (SafeTensorsHeader.Entry entry : new SafeTensorsHeader(header, name).read()) {
            if (tensors.put(entry.name(), tensor(entry, data, name)) != null) {
                throw failure(name + " has two tensors named \"" + entry.name() + "\"", "write the file again");
            }
        }
        return tensors;
    }

    private static Tensor tensor(SafeTensorsHeader.Entry entry, MemorySegment data, String file) {
        String name = file + ": tensor \"" + entry.name() + "\"";
        ElementType element = element(entry.type(), name);
        if (entry.begin() > entry.end() || entry.end() > data.byteSize()) {
            throw failure(
                    name + " is at bytes " + entry.begin() + " to " + entry.end() + " of " + data.byteSize(),
                    "the file is cut off: download or write it again");
        }
        long size = 1;
        for (long d : entry.dims()) {
            if (d != 0 && size > Long.MAX_VALUE / d / 128) {
                throw failure(name + " has the shape " + Arrays.toString(entry.dims()), "write the file again");
            }
            size *= Math.max(d, 1);
        }
        size = Arrays.stream(entry.dims()).anyMatch(d -> d == 0) ? 0 : size;
        if (element.bytes(size) != entry.end() - entry.begin()) {
            throw failure(
                    name + " with " + size + " elements of " + element.text() + " needs " + element.bytes(size)
                            + " bytes, but has " + (entry.end() - entry.begin()),
                    "write the file again");
        }
        return Tensor.of(element, entry.dims(), data.asSlice(entry.begin(), entry.end() - entry.begin()));
    }

    private static ElementType element(String type, String name) {
        for (ElementType element : ElementType.values()) {
            if (isStorable(element) && typeName(element).equals(type)) {
                return element;
            }
        }
        throw failure(
                name + " has elements of the type " + type + ", which Lathe does not know",
                "write it as one of "
                        + Arrays.stream(ElementType.values())
                                .filter(SafeTensors::isStorable)
                                .map(SafeTensors::typeName)
                                .collect(Collectors.joining(", ")));
    }

    /** Whether a file can hold elements of this type. */
    public static boolean isStorable(ElementType element) {
        return switch (element) {
            case I4, I2, U4, U2, C128, STRING -> false;
            default -> true;
        };
    }

    private static String typeName(ElementType element) {
        return switch (element) {
            case F8E4M3FN -> "F8_E4M3";
            case F8E4M3FNUZ -> "F8_E4M3FNUZ";
            case F8E5M2 -> "F8_E5M2";
            case F8E5M2FNUZ -> "F8_E5M2FNUZ";
            case F8E8M0 -> "F8_E8M0";
            case F6E2M3 -> "F6_E2M3";
            case F6E3M2 -> "F6_E3M2";
            case F4E2M1 -> "F4";
            default -> element.name();
        };
    }

    /**
     * Writes a file, the tensors with the widest elements first, so that all are aligned.
     *
     * @throws LatheException if the format has no such element type, or the file cannot be written
     */
    public static void write(Map<String, Tensor> tensors, Path file) {
        tensors.forEach((name, t) -> {
            if (!isStorable(t.element())) {
                throw failure(
                        "tensor \"" + name + "\" has elements of " + t.element().text()
                                + ", for which .safetensors has no type",
                        "store the packed bytes as u8 (a c128 as pairs of f64)");
            }
        });
        List<Map.Entry<String, Tensor>> order = tensors.entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<String, Tensor> e) ->
                                -e.getValue().element().bits())
                        .thenComparing(Map.Entry.comparingByKey()))
                .toList();
        byte[] header = SafeTensorsHeader.text(order, SafeTensors::typeName).getBytes(StandardCharsets.US_ASCII);
        byte[] start = new byte[8 + Math.ceilDiv(header.length, 8) * 8];
        Arrays.fill(start, (byte) ' ');
        MemorySegment.ofArray(start).set(Tensor.LONG, 0, start.length - 8L);
        System.arraycopy(header, 0, start, 8, header.length);
        WholeFile.write(file, channel -> {
            WholeFile.put(channel, MemorySegment.ofArray(start));
            for (Map.Entry<String, Tensor> e : order) {
                Tensor t = e.getValue();
                WholeFile.put(channel, t.data().asSlice(0, t.byteSize()));
            }
        });
    }

    static LatheException failure(String what, String fix) {
        return new LatheException(Diagnostic.error("safetensors.file", what, fix));
    }
}
