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
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The constants of a compiled model as a stream: the number of bytes of the index and their CRC32C; the index, which
 * is the number of weights and of each the element type, the rank, the dimensions, whether it is stored without zeros,
 * and the number of bytes; then for each its bytes and their CRC32C. They are as {@link Tensor} stores them, or without
 * the zeros ({@link SparseEncoding}), or of strings each with its length. Numbers of the format itself are big-endian.
 */
public final class WeightsFile {
    /** What follows the class name in the name of its weights. */
    public static final String SUFFIX = ".weights";

    private static final int MAGIC = 0x4c575403;
    private static final int CHUNK = 1 << 18;

    private WeightsFile() {}

    /**
     * The weights of a model.
     *
     * @param model the name of its class, for errors
     * @param stream the resource beside that class, which is closed; null if there is none
     * @throws dev.lathe.ir.diag.LatheException {@code artifact.corrupt} if they are missing or damaged
     */
    static Weights of(String model, @Nullable InputStream stream) {
        try (InputStream in = stream) {
            if (in == null) {
                throw new IOException("they are not there");
            }
            return read(in)::get;
        } catch (IOException | IllegalArgumentException e) {
            throw ModelArchive.corrupt("the weights of " + model + " are damaged: " + e.getMessage());
        }
    }

    public static void write(Iterable<Tensor> weights, OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        List<Long> sparse = new ArrayList<>();
        weights.forEach(t -> sparse.add(SparseEncoding.size(t)));
        byte[] index = index(weights, sparse);
        data.writeInt(MAGIC);
        data.writeInt(index.length);
        CRC32C sum = new CRC32C();
        sum.update(index);
        data.writeInt((int) sum.getValue());
        data.write(index);
        SparseEncoding.Sink sink = (bytes, n) -> {
            sum.update(bytes, 0, n);
            data.write(bytes, 0, n);
        };
        Iterator<Long> sizes = sparse.iterator();
        for (Tensor t : weights) {
            sum.reset();
            if (sizes.next() > 0) {
                SparseEncoding.write(t, sink);
            } else {
                write(t, sink);
            }
            data.writeInt((int) sum.getValue());
        }
        data.flush();
    }

    private static void write(Tensor t, SparseEncoding.Sink sink) throws IOException {
        byte[] chunk = new byte[CHUNK];
        MemorySegment bytes = t.element().isString() ? MemorySegment.ofArray(strings(t)) : t.data();
        long size = t.element().isString() ? bytes.byteSize() : t.byteSize();
        for (long at = 0; at < size; at += CHUNK) {
            int n = (int) Math.min(CHUNK, size - at);
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, at, chunk, 0, n);
            sink.write(chunk, n);
        }
    }

    /** {@code sparse} are the bytes of each weight without its zeros, or 0 for one that is stored with them. */
    private static byte[] index(Iterable<Tensor> weights, List<Long> sparse) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        data.writeInt(sparse.size());
        Iterator<Long> sizes = sparse.iterator();
        for (Tensor t : weights) {
            data.writeUTF(t.element().text());
            data.writeByte(t.rank());
            for (long d : t.dims()) {
                data.writeLong(d);
            }
            long encoded = sizes.next();
            data.writeBoolean(encoded > 0);
            data.writeLong(encoded > 0 ? encoded : t.element().isString() ? strings(t).length : t.byteSize());
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
            ElementType element = ElementType.ofText(index.readUTF()).orElseThrow(IllegalArgumentException::new);
            long[] dims = new long[index.readUnsignedByte()];
            for (int k = 0; k < dims.length; k++) {
                dims[k] = index.readLong();
            }
            boolean sparse = index.readBoolean();
            long size = index.readLong();
            Tensor t = Tensor.zeros(element, dims);
            all[i] = t;
            byte[] strings = new byte[element.isString() ? Math.toIntExact(size) : 0];
            MemorySegment bytes = element.isString() ? MemorySegment.ofArray(strings) : t.data();
            if (!sparse && !element.isString() && size != t.byteSize()) {
                throw new IOException("weight " + i + ", " + t.type() + ", has " + size + " bytes");
            }
            CRC32C sum = new CRC32C();
            SparseEncoding.Source source = (to, n) -> {
                data.readFully(to, 0, n);
                sum.update(to, 0, n);
            };
            if (sparse) {
                SparseEncoding.read(t, size, source);
            }
            for (long at = 0; at < size && !sparse; at += CHUNK) {
                int n = (int) Math.min(CHUNK, size - at);
                source.read(chunk, n);
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
