package dev.lathe.serve;

import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The elements of tensors as bytes: little-endian, without gaps; a string as its length, an unsigned integer of 32
 * bits, and its UTF-8.
 */
final class BinaryElements {
    private static final int PIECE = 32 << 10;
    private static final int LENGTH = 4;

    private BinaryElements() {}

    /**
     * Fills a tensor with {@code size} bytes from {@code at} on.
     *
     * @throws Refusal if so many bytes are not what the tensor needs, or do not say elements of its type
     */
    static void read(byte[] bytes, int at, int size, String input, Tensor into) {
        if (into.element().isString()) {
            strings(ByteBuffer.wrap(bytes, at, size).order(ByteOrder.LITTLE_ENDIAN), input, into);
            return;
        }
        if (size != into.byteSize()) {
            throw Refusal.badRequest(
                    "input \"" + input + "\" is " + into.type() + " of " + into.byteSize()
                            + " bytes, and \"binary_data_size\" says " + size,
                    "give the bytes of all elements, and no others");
        }
        if (into.element().isBool()) {
            for (int i = at; i < at + size; i++) {
                if ((bytes[i] & ~1) != 0) {
                    throw Refusal.badRequest(
                            "a byte of input \"" + input + "\" is " + bytes[i], "give 0 or 1 for each BOOL");
                }
            }
        }
        MemorySegment.copy(MemorySegment.ofArray(bytes), at, into.data(), 0, size);
    }

    private static void strings(ByteBuffer from, String input, Tensor into) {
        for (long i = 0; i < into.size(); i++) {
            long length = from.remaining() < LENGTH ? Long.MAX_VALUE : Integer.toUnsignedLong(from.getInt());
            if (length > from.remaining()) {
                throw Refusal.badRequest(
                        "the binary data of input \"" + input + "\" end in string " + i,
                        "give each string as its length in 4 bytes, and so many bytes");
            }
            into.setString(i, text(from.slice(from.position(), (int) length), input, i));
            from.position(from.position() + (int) length);
        }
        if (from.hasRemaining()) {
            throw Refusal.badRequest(
                    "the binary data of input \"" + input + "\" go on after its last string",
                    "give as many strings as the shape says");
        }
    }

    private static String text(ByteBuffer utf8, String input, long i) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw Refusal.badRequest("string " + i + " of input \"" + input + "\" is no UTF-8", "send text in UTF-8");
        }
    }

    /** How many bytes {@link #write} writes. */
    static long size(Tensor t) {
        if (!t.element().isString()) {
            return t.byteSize();
        }
        long size = 0;
        for (String s : t.toStringArray()) {
            size += LENGTH + s.getBytes(StandardCharsets.UTF_8).length;
        }
        return size;
    }

    static void write(OutputStream out, Tensor t) throws IOException {
        if (t.element().isString()) {
            for (String s : t.toStringArray()) {
                byte[] utf8 = s.getBytes(StandardCharsets.UTF_8);
                out.write(ByteBuffer.allocate(LENGTH)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(utf8.length)
                        .array());
                out.write(utf8);
            }
            return;
        }
        byte[] piece = new byte[(int) Math.min(PIECE, t.byteSize())];
        for (long at = 0; at < t.byteSize(); at += piece.length) {
            int n = (int) Math.min(piece.length, t.byteSize() - at);
            MemorySegment.copy(t.data(), ValueLayout.JAVA_BYTE, at, piece, 0, n);
            out.write(piece, 0, n);
        }
    }
}
