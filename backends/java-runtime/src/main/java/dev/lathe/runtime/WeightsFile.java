package dev.lathe.runtime;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * The constants of a compiled model as a stream: their number, then of each the element type, the rank, the dimensions and the elements as {@link Tensor} stores
 * them; strings with their lengths. Numbers of the format itself are big-endian.
 */
public final class WeightsFile {
    /** What follows the class name in the name of its weights. */
    public static final String SUFFIX = ".weights";

    private static final int MAGIC = 0x4c575401;
    private static final int CHUNK = 1 << 18;

    private WeightsFile() {}

    /** The weights beside a model's class. */
    public static Weights of(Class<?> model) {
        String name = model.getSimpleName() + SUFFIX;
        try (InputStream in = model.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("there is no " + name + " beside its classes");
            }
            return read(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void write(Iterable<Tensor> weights, OutputStream out) throws IOException {
        DataOutputStream data = new DataOutputStream(out);
        data.writeInt(MAGIC);
        int count = 0;
        for (Tensor _ : weights) {
            count++;
        }
        data.writeInt(count);
        byte[] chunk = new byte[CHUNK];
        for (Tensor t : weights) {
            data.writeByte(t.element().ordinal());
            data.writeByte(t.rank());
            for (long d : t.dims()) {
                data.writeLong(d);
            }
            if (t.element().isString()) {
                for (String s : t.toStringArray()) {
                    byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
                    data.writeInt(bytes.length);
                    data.write(bytes);
                }
                continue;
            }
            long size = t.byteSize();
            for (long at = 0; at < size; at += CHUNK) {
                int n = (int) Math.min(CHUNK, size - at);
                MemorySegment.copy(t.data(), ValueLayout.JAVA_BYTE, at, chunk, 0, n);
                data.write(chunk, 0, n);
            }
        }
        data.flush();
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IOException if it is something else, or cut off
     */
    public static Weights read(InputStream in) throws IOException {
        DataInputStream data = new DataInputStream(new BufferedInputStream(in, CHUNK));
        if (data.readInt() != MAGIC) {
            throw new IOException("the weights are not of this version of Lathe");
        }
        Tensor[] all = new Tensor[data.readInt()];
        byte[] chunk = new byte[CHUNK];
        for (int i = 0; i < all.length; i++) {
            ElementType element = ElementType.values()[data.readUnsignedByte()];
            long[] dims = new long[data.readUnsignedByte()];
            for (int k = 0; k < dims.length; k++) {
                dims[k] = data.readLong();
            }
            all[i] = Tensor.zeros(element, dims);
            if (element.isString()) {
                for (long k = 0; k < all[i].size(); k++) {
                    all[i].setString(k, new String(data.readNBytes(data.readInt()), StandardCharsets.UTF_8));
                }
                continue;
            }
            long size = all[i].byteSize();
            for (long at = 0; at < size; at += CHUNK) {
                int n = (int) Math.min(CHUNK, size - at);
                data.readFully(chunk, 0, n);
                MemorySegment.copy(chunk, 0, all[i].data(), ValueLayout.JAVA_BYTE, at, n);
            }
        }
        return number -> all[number];
    }
}
