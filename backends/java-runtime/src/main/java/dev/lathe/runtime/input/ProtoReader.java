package dev.lathe.runtime.input;

import dev.lathe.ir.op.InvalidOpException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The wire format of Protocol Buffers: fields one after the other, each with a number and a wire type. */
final class ProtoReader {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteBuffer in;
    private int wire;

    ProtoReader(byte[] bytes) {
        this(ByteBuffer.wrap(bytes));
    }

    ProtoReader(ByteBuffer in) {
        this.in = in.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The number of the next field; 0 at the end. */
    int next() {
        if (!in.hasRemaining()) {
            return 0;
        }
        long tag = varint();
        wire = (int) (tag & 7);
        long field = tag >>> 3;
        if (field == 0 || field > 1 << 29) {
            throw cutOff();
        }
        return (int) field;
    }

    /** Whether the current field has bytes: a string, a message, or packed numbers. */
    boolean isBytes() {
        return wire == BYTES;
    }

    ByteBuffer bytes() {
        if (wire != BYTES) {
            throw new InvalidOpException("a field has the wrong kind");
        }
        long length = varint();
        if (length < 0 || length > in.remaining()) {
            throw cutOff();
        }
        ByteBuffer part = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
        in.position(in.position() + (int) length);
        return part;
    }

    /** An integer field, or the next of packed integers. */
    long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (!in.hasRemaining()) {
                throw cutOff();
            }
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw cutOff();
    }

    float float32() {
        require(4);
        return in.getFloat();
    }

    double float64() {
        require(8);
        return in.getDouble();
    }

    boolean hasMore() {
        return in.hasRemaining();
    }

    /** Passes over the current field. */
    void skip() {
        switch (wire) {
            case VARINT -> varint();
            case FIXED64 -> float64();
            case BYTES -> bytes();
            case FIXED32 -> float32();
            default -> throw cutOff();
        }
    }

    private void require(int count) {
        if (in.remaining() < count) {
            throw cutOff();
        }
    }

    private static InvalidOpException cutOff() {
        return new InvalidOpException("it is cut off, or no such file");
    }
}
