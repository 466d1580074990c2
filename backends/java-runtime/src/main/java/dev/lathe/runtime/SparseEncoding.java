package dev.lathe.runtime;

import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Stored elements without zeros: for each {@link #BLOCK} of them a bit for each, the lowest of a byte first, that says
 * whether it is there, and then the bytes of those that are. An element is left out if all its bits are zero, so what
 * is read has the bits of what was written. Elements of fewer than 8 bits share bytes, and a byte counts as one.
 */
final class SparseEncoding {
    /** Elements of a block; a multiple of 8. */
    private static final int BLOCK = 1 << 14;
    /** Weights of fewer bytes are not looked at. */
    private static final int LEAST = 1024;

    /** Takes bytes. */
    interface Sink {
        void write(byte[] bytes, int n) throws IOException;
    }

    /** Gives the next {@code n} bytes. */
    interface Source {
        void read(byte[] bytes, int n) throws IOException;
    }

    private SparseEncoding() {}

    private static int width(Tensor t) {
        return Math.max(1, t.element().bits() / 8);
    }

    /** The bytes that a tensor takes so; 0 if it is not worth it: if they are not an eighth fewer than it has. */
    static long size(Tensor t) {
        long size = t.byteSize();
        if (t.element().isString() || size < LEAST) {
            return 0;
        }
        int width = width(t);
        long encoded = Math.ceilDiv(size / width, 8L) + width * nonZero(t.data(), size, width);
        return encoded <= size - size / 8 ? encoded : 0;
    }

    /** How many elements of {@code width} bytes have a bit that is not zero. */
    private static long nonZero(MemorySegment data, long size, int width) {
        long count = 0;
        if (width == 4) {
            for (long at = 0; at < size; at += 4) {
                count += data.get(ValueLayout.JAVA_INT_UNALIGNED, at) == 0 ? 0 : 1;
            }
            return count;
        }
        byte[] bytes = new byte[BLOCK * width];
        for (long at = 0; at < size; at += bytes.length) {
            int n = (int) Math.min(bytes.length, size - at);
            MemorySegment.copy(data, ValueLayout.JAVA_BYTE, at, bytes, 0, n);
            for (int i = 0; i < n; i += width) {
                count += isZero(bytes, i, width) ? 0 : 1;
            }
        }
        return count;
    }

    private static boolean isZero(byte[] bytes, int at, int width) {
        int bits = 0;
        for (int i = 0; i < width; i++) {
            bits |= bytes[at + i];
        }
        return bits == 0;
    }

    static void write(Tensor t, Sink out) throws IOException {
        long size = t.byteSize();
        int width = width(t);
        byte[] bytes = new byte[BLOCK * width];
        byte[] there = new byte[BLOCK / 8];
        for (long at = 0; at < size; at += bytes.length) {
            int n = (int) Math.min(bytes.length, size - at);
            MemorySegment.copy(t.data(), ValueLayout.JAVA_BYTE, at, bytes, 0, n);
            Arrays.fill(there, (byte) 0);
            int kept = 0;
            for (int i = 0; i < n / width; i++) {
                if (!isZero(bytes, i * width, width)) {
                    there[i / 8] |= (byte) (1 << i % 8);
                    for (int k = 0; k < width; k++) {
                        bytes[kept++] = bytes[i * width + k];
                    }
                }
            }
            out.write(there, Math.ceilDiv(n / width, 8));
            out.write(bytes, kept);
        }
    }

    /** Reads what {@link #write} wrote of so many bytes into {@code t}, whose bytes are zero. */
    static void read(Tensor t, long stored, Source in) throws IOException {
        long size = t.byteSize();
        int width = width(t);
        byte[] bytes = new byte[BLOCK * width];
        byte[] kept = new byte[BLOCK * width];
        byte[] there = new byte[BLOCK / 8];
        for (long at = 0; at < size; at += bytes.length) {
            int n = (int) Math.min(bytes.length, size - at);
            int bits = Math.ceilDiv(n / width, 8);
            stored -= bits;
            in.read(there, stored < 0 ? 0 : bits);
            int count = 0;
            for (int i = 0; i < bits; i++) {
                count += Integer.bitCount(there[i] & 0xff);
            }
            stored -= (long) count * width;
            if (stored < 0 || n / width % 8 != 0 && (there[bits - 1] & 0xff) >>> n / width % 8 != 0) {
                throw new IOException("the bits of a weight, " + t.type() + ", do not fit its bytes");
            }
            in.read(kept, count * width);
            Arrays.fill(bytes, (byte) 0);
            for (int i = 0, from = 0; i < n / width; i++) {
                if ((there[i / 8] >>> i % 8 & 1) != 0) {
                    for (int k = 0; k < width; k++) {
                        bytes[i * width + k] = kept[from++];
                    }
                }
            }
            MemorySegment.copy(bytes, 0, t.data(), ValueLayout.JAVA_BYTE, at, n);
        }
        if (stored != 0) {
            throw new IOException("the bits of a weight, " + t.type() + ", do not fit its bytes");
        }
    }
}
