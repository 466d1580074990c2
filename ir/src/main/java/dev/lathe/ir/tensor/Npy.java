package dev.lathe.ir.tensor;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * NumPy's {@code .npy} files, versions 1 to 3: every element type that NumPy has and Lathe too, in either byte order,
 * in C or Fortran order. Strings are {@code U} (UTF-32) arrays; {@code S} (bytes) arrays are read as strings too.
 */
public final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    /** Far more than the header of any array needs. */
    private static final int HEADER_LIMIT = 1 << 20;
    /** NumPy's own limit. */
    static final int RANK_LIMIT = 64;

    private Npy() {}

    /**
     * Reads a tensor.
     *
     * @throws LatheException if the file cannot be read, is not whole, or holds elements that Lathe does not know
     */
    public static Tensor read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw failure(
                    Files.exists(file) ? file + " is not a file" : "there is no file " + file,
                    "give the path of a .npy file");
        }
        try (FileChannel channel = FileChannel.open(file)) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
            return read(bytes, file.toString());
        } catch (IOException e) {
            throw failure(file + " cannot be read: " + WholeFile.reason(e), "check the file's permissions");
        }
    }

    /**
     * Reads a tensor from the bytes of a {@code .npy} file.
     *
     * @throws LatheException as {@link #read(Path)}
     */
    public static Tensor read(byte[] bytes) {
        return read(MemorySegment.ofArray(bytes), "the .npy data");
    }

    private static Tensor read(MemorySegment bytes, String name) {
        if (bytes.byteSize() < 10 || bytes.asSlice(0, 6).mismatch(MemorySegment.ofArray(MAGIC)) != -1) {
            boolean zip = bytes.byteSize() > 2
                    && bytes.get(ValueLayout.JAVA_BYTE, 0) == 'P'
                    && bytes.get(ValueLayout.JAVA_BYTE, 1) == 'K';
            throw failure(
                    name + " is not a .npy file",
                    zip
                            ? "this is a zip or .npz archive: unpack the .npy files inside"
                            : "save the array with numpy.save");
        }
        int major = bytes.get(ValueLayout.JAVA_BYTE, 6);
        if (major < 1 || major > 3) {
            throw failure(name + " has the .npy format version " + major, "save the array with version 1, 2 or 3");
        }
        int start = major == 1 ? 10 : 12;
        if (bytes.byteSize() < start) {
            throw cutOff(name);
        }
        long length = major == 1 ? bytes.get(Tensor.SHORT, 8) & 0xffffL : bytes.get(Tensor.INT, 8) & 0xffff_ffffL;
        if (length > HEADER_LIMIT) {
            throw failure(name + " has a header of " + length + " bytes", "save the array again with numpy.save");
        }
        if (length > bytes.byteSize() - start) {
            throw cutOff(name);
        }
        String text = new String(
                bytes.asSlice(start, length).toArray(ValueLayout.JAVA_BYTE),
                major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
        NpyHeader header = NpyHeader.parse(text, name);
        return header.kind() == 'U' || header.kind() == 'S'
                ? strings(header, bytes.asSlice(start + length), name)
                : numbers(header, bytes.asSlice(start + length), name);
    }

    private static Tensor numbers(NpyHeader header, MemorySegment data, String name) {
        ElementType element = header.element(name);
        long size = header.size(element.bits() / 8, data.byteSize(), name);
        int itemBytes = element.bits() / 8;
        int unit = element.isComplex() ? itemBytes / 2 : itemBytes;
        boolean swap = header.bigEndian() && unit > 1;
        if (!swap && !header.fortranOrder() && !element.isBool()) {
            return natural(element, header.dims(), data.asSlice(0, size * itemBytes));
        }
        Tensor out = allocate(element, header.dims(), size * itemBytes);
        MemorySegment to = out.data();
        FortranOrder source = new FortranOrder(header.dims());
        for (long i = 0; i < size; i++) {
            long from = header.fortranOrder() ? source.next() : i;
            for (int b = 0; b < itemBytes; b++) {
                int within = swap ? b / unit * unit + unit - 1 - b % unit : b;
                byte value = data.get(ValueLayout.JAVA_BYTE, from * itemBytes + within);
                to.set(ValueLayout.JAVA_BYTE, i * itemBytes + b, element.isBool() && value != 0 ? 1 : value);
            }
        }
        return out;
    }

    /** The bytes in a Java array of the natural type, or where they are when no array can hold them. */
    private static Tensor natural(ElementType element, long[] dims, MemorySegment data) {
        if (data.byteSize() > Integer.MAX_VALUE - 16) {
            return Tensor.of(element, dims, data);
        }
        Tensor out = Tensor.zeros(element, dims);
        out.data().copyFrom(data);
        return out;
    }

    private static Tensor allocate(ElementType element, long[] dims, long bytes) {
        return bytes > Integer.MAX_VALUE - 16
                ? Tensor.of(element, dims, Arena.ofAuto().allocate(bytes, 8))
                : Tensor.zeros(element, dims);
    }

    private static Tensor strings(NpyHeader header, MemorySegment data, String name) {
        boolean wide = header.kind() == 'U';
        int width = header.width();
        long itemBytes = wide ? 4L * width : width;
        int size = Math.toIntExact(header.size(Math.max(itemBytes, 1), Math.max(data.byteSize(), 1), name));
        String[] out = new String[size];
        FortranOrder source = new FortranOrder(header.dims());
        ValueLayout.OfInt code = header.bigEndian() ? Tensor.INT.withOrder(ByteOrder.BIG_ENDIAN) : Tensor.INT;
        for (int i = 0; i < size; i++) {
            long from = (header.fortranOrder() ? source.next() : i) * itemBytes;
            out[i] = wide
                    ? wideString(data, from, width, code, name)
                    : new String(data.asSlice(from, itemBytes).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8)
                            .replaceAll("\0+$", "");
        }
        return Tensor.ofStrings(out, header.dims());
    }

    private static String wideString(MemorySegment data, long from, int width, ValueLayout.OfInt layout, String name) {
        int end = width;
        while (end > 0 && data.get(layout, from + 4L * (end - 1)) == 0) {
            end--;
        }
        StringBuilder s = new StringBuilder(end);
        for (int c = 0; c < end; c++) {
            int code = data.get(layout, from + 4L * c);
            if (!Character.isValidCodePoint(code)) {
                throw failure(
                        name + " holds the character code " + Integer.toUnsignedString(code) + ", which does not exist",
                        "save the array again");
            }
            s.appendCodePoint(code);
        }
        return s.toString();
    }

    /** Flat Fortran-order positions of the elements in C order. */
    private static final class FortranOrder {
        private final long[] dims;
        private final long[] strides;
        private final long[] index;
        private long at;

        FortranOrder(long[] dims) {
            this.dims = dims;
            this.strides = new long[dims.length];
            this.index = new long[dims.length];
            long stride = 1;
            for (int i = 0; i < dims.length; i++) {
                strides[i] = stride;
                stride *= dims[i];
            }
        }

        long next() {
            long here = at;
            for (int axis = dims.length - 1; axis >= 0; axis--) {
                at += strides[axis];
                if (++index[axis] < dims[axis]) {
                    break;
                }
                at -= strides[axis] * dims[axis];
                index[axis] = 0;
            }
            return here;
        }
    }

    /**
     * The bytes of a {@code .npy} file.
     *
     * @throws LatheException if NumPy has no such element type, or the file would have more than 2 GiB
     */
    public static byte[] bytes(Tensor tensor) {
        MemorySegment data = data(tensor);
        byte[] header = header(tensor, data);
        if (data.byteSize() > Integer.MAX_VALUE - 16 - header.length) {
            throw failure("a tensor of type " + tensor.type() + " has more than 2 GiB", "write it to a file");
        }
        byte[] all = Arrays.copyOf(header, (int) (header.length + data.byteSize()));
        MemorySegment.ofArray(all).asSlice(header.length).copyFrom(data);
        return all;
    }

    /**
     * Writes a {@code .npy} file, little-endian and in C order.
     *
     * @throws LatheException if NumPy has no such element type, or the file cannot be written
     */
    public static void write(Tensor tensor, Path file) {
        MemorySegment data = data(tensor);
        byte[] header = header(tensor, data);
        WholeFile.write(file, channel -> {
            WholeFile.put(channel, MemorySegment.ofArray(header));
            WholeFile.put(channel, data);
        });
    }

    private static MemorySegment data(Tensor tensor) {
        if (!tensor.element().isString()) {
            NpyHeader.descr(tensor.element()); // says when there is none
            return tensor.data().asSlice(0, tensor.byteSize());
        }
        int[][] codes = Arrays.stream(tensor.toStringArray())
                .map(s -> s.codePoints().toArray())
                .toArray(int[][]::new);
        int width = Arrays.stream(codes).mapToInt(c -> c.length).max().orElse(1);
        width = Math.max(width, 1);
        long total = Math.multiplyExact(Math.multiplyExact((long) codes.length, width), 4);
        if (total > Integer.MAX_VALUE - 16) {
            throw failure(
                    "a tensor of " + codes.length + " strings, the longest of " + width
                            + " characters, has more than 2 GiB as .npy, which stores all strings at one length",
                    "write fewer or shorter strings");
        }
        MemorySegment data = MemorySegment.ofArray(new byte[(int) total]);
        for (int i = 0; i < codes.length; i++) {
            for (int c = 0; c < codes[i].length; c++) {
                data.set(Tensor.INT, ((long) i * width + c) * 4, codes[i][c]);
            }
        }
        return data;
    }

    private static byte[] header(Tensor tensor, MemorySegment data) {
        String descr = tensor.element().isString()
                ? "<U" + (tensor.size() == 0 ? 1 : data.byteSize() / 4 / tensor.size())
                : NpyHeader.descr(tensor.element());
        String shape = IntStream.range(0, tensor.rank())
                .mapToObj(i -> Long.toString(tensor.dim(i)))
                .collect(Collectors.joining(", ", "(", tensor.rank() == 1 ? ",)" : ")"));
        String text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }";
        int total = Math.ceilDiv(10 + text.length() + 1, 64) * 64;
        byte[] header = new byte[total];
        Arrays.fill(header, (byte) ' ');
        System.arraycopy(MAGIC, 0, header, 0, 6);
        header[6] = 1;
        header[7] = 0;
        header[8] = (byte) (total - 10);
        header[9] = (byte) (total - 10 >> 8);
        System.arraycopy(text.getBytes(StandardCharsets.US_ASCII), 0, header, 10, text.length());
        header[total - 1] = '\n';
        return header;
    }

    static LatheException failure(String what, String fix) {
        return new LatheException(Diagnostic.error("npy.file", what, fix));
    }

    static LatheException cutOff(String name) {
        return failure(name + " is cut off", "compare its size with the original's");
    }
}
