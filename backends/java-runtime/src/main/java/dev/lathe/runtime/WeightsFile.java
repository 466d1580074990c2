package dev.lathe.runtime;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The constants of a compiled model as a stream: the number of bytes of the index and their CRC32C; the index, which
 * is the number of weights and of each the element type, the rank, the dimensions and the number of bytes; then for
 * each its bytes, as {@link Tensor} stores them, or of strings each with its length, and their CRC32C. Numbers of the
 * format itself are big-endian.
 */
public final class WeightsFile {
    /** What follows the class name in the name of its weights. */
    public static final String SUFFIX = ".weights";

    private static final int MAGIC = 0x4c575402;
    private static final int CHUNK = 1 << 18;

    private WeightsFile() {}

    /**
     * The weights beside a model's class.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code artifact.corrupt} if they are missing or damaged
     */
    public static Weights of(Class<?> model) {
        String name = model.getSimpleName() + SUFFIX;
        try (InputStream in = model.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("they are not there");
            }
            return read(in)::get;
        } catch (IOException | IllegalArgumentException e) {
            throw ModelArchive.corrupt("the weights " + name + " of the model are damaged: " + e.getMessage());
        }
    }

    public static void write(Iterable<Tensor> weights, OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        byte[] index = index(weights);
        data.writeInt(MAGIC);
        data.writeInt(index.length);
        CRC32C sum = new CRC32C();
        sum.update(index);
        data.writeInt((int) sum.getValue());
        data.write(index);
        byte[] chunk = new byte[CHUNK];
        for (Tensor t : weights) {
            sum.reset();
            MemorySegment bytes = t.element().isString() ? MemorySegment.ofArray(strings(t)) : t.data();
            long size = t.element().isString() ? bytes.byteSize() : t.byteSize();
            for (long at = 0; at < size; at += CHUNK) {
                int n = (int) Math.min(CHUNK, size - at);
                MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, chunk, 0, n);
                sum.update(chunk, 0, n);
                data.write(chunk, 0, n);
            }
            data.writeInt((int) sum.getValue());
        }
        data.flush();
    }

    private static byte[] index(Iterable<Tensor> weights) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        int count = 0;
        for (Tensor _ : weights) {
            count++;
        }
        data.writeInt(count);
        for (Tensor t : weights) {
            data.writeByte(t.element().ordinal());
            data.writeByte(t.rank());
            for (long d : t.dims()) {
                data.writeLong(d);
            }
            data.writeLong(t.element().isString() ? strings(t).length : t.byteSize());
        }
        return bytes.toByteArray();
    }

    private static byte[] strings(Tensor t) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        for (String s : t.toStringArray()) {
            byte[] text = s.getBytes(StandardCharsets.UTF_8);
            data.writeInt(text.length);
            data.write(text);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads what {@link #write} wrote, and compares the checksums.
     *
     * @throws IOException if it is something else, cut off, or damaged; the message says what of it
     */
    public static List<Tensor> read(InputStream in) throws IOException {
        DataInputStream data = new DataInputStream(new BufferedInputStream(in, CHUNK));
        try {
            if (data.readInt() != MAGIC) {
                throw new IOException("they are not of this version of Lathe, or their first bytes are damaged");
            }
            return List.of(read(index(data), data));
        } catch (EOFException e) {
            throw new IOException("they are cut off", e);
        }
    }

    private static DataInputStream index(DataInputStream data) throws IOException {
        int length = data.readInt();
        int sum = data.readInt();
        byte[] index = data.readNBytes(Math.max(0, length));
        CRC32C actual = new CRC32C();
        actual.update(index);
        if (index.length != length || (int) actual.getValue() != sum) {
            throw new IOException("the checksum of their index differs");
        }
        return new DataInputStream(new ByteArrayInputStream(index));
    }

    private static Tensor[] read(DataInputStream index, DataInputStream data) throws IOException {
        Tensor[] all = new Tensor[index.readInt()];
        byte[] chunk = new byte[CHUNK];
        for (int i = 0; i < all.length; i++) {
            ElementType element = ElementType.values()[index.readUnsignedByte()];
            long[] dims = new long[index.readUnsignedByte()];
            for (int k = 0; k < dims.length; k++) {
                dims[k] = index.readLong();
            }
            Tensor t = Tensor.zeros(element, dims);
            all[i] = t;
            long size = index.readLong();
            byte[] strings = new byte[element.isString() ? Math.toIntExact(size) : 0];
            MemorySegment bytes = element.isString() ? MemorySegment.ofArray(strings) : t.data();
            CRC32C sum = new CRC32C();
            for (long at = 0; at < size; at += CHUNK) {
                int n = (int) Math.min(CHUNK, size - at);
                data.readFully(chunk, 0, n);
                sum.update(chunk, 0, n);
                MemorySegment.copy(chunk, 0, bytes, ValueLayout.JAVA_BYTE, at, n);
            }
            if (data.readInt() != (int) sum.getValue()) {
                throw new IOException(
                        "the checksum of weight " + i + " of " + all.length + ", " + t.type() + ", differs");
            }
            if (element.isString()) {
                read(t, new DataInputStream(new ByteArrayInputStream(strings)));
            }
        }
        return all;
    }

    private static void read(Tensor t, DataInputStream strings) throws IOException {
        for (long k = 0; k < t.size(); k++) {
            t.setString(k, new String(strings.readNBytes(strings.readInt()), StandardCharsets.UTF_8));
        }
    }
}
