package dev.lathe.ir.type;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The element types of tensors: every type the ONNX standard knows, with its width in bits.
 *
 * <p>Types narrower than a byte are stored packed, the first element in the low bits; one of six bits may begin in a
 * byte and end in the next.
 */
public enum ElementType {
    F64(64, Kind.FLOAT),
    F32(32, Kind.FLOAT),
    F16(16, Kind.FLOAT),
    BF16(16, Kind.FLOAT),
    F8E4M3FN(8, Kind.FLOAT),
    F8E4M3FNUZ(8, Kind.FLOAT),
    F8E5M2(8, Kind.FLOAT),
    F8E5M2FNUZ(8, Kind.FLOAT),
    F8E8M0(8, Kind.FLOAT),
    F6E2M3(6, Kind.FLOAT),
    F6E3M2(6, Kind.FLOAT),
    F4E2M1(4, Kind.FLOAT),
    I64(64, Kind.SIGNED),
    I32(32, Kind.SIGNED),
    I16(16, Kind.SIGNED),
    I8(8, Kind.SIGNED),
    I4(4, Kind.SIGNED),
    I2(2, Kind.SIGNED),
    U64(64, Kind.UNSIGNED),
    U32(32, Kind.UNSIGNED),
    U16(16, Kind.UNSIGNED),
    U8(8, Kind.UNSIGNED),
    U4(4, Kind.UNSIGNED),
    U2(2, Kind.UNSIGNED),
    BOOL(8, Kind.BOOLEAN),
    STRING(0, Kind.TEXT),
    C64(64, Kind.COMPLEX),
    C128(128, Kind.COMPLEX);

    /** What arithmetic an element type has. */
    public enum Kind {
        FLOAT,
        SIGNED,
        UNSIGNED,
        BOOLEAN,
        TEXT,
        COMPLEX
    }

    private static final Map<String, ElementType> BY_TEXT = new HashMap<>();

    static {
        for (ElementType type : values()) {
            BY_TEXT.put(type.text, type);
        }
    }

    private final int bits;
    private final Kind kind;
    private final String text = name().toLowerCase(Locale.ROOT);

    ElementType(int bits, Kind kind) {
        this.bits = bits;
        this.kind = kind;
    }

    /** Width of one element in bits; 0 for strings, which have no fixed width. */
    public int bits() {
        return bits;
    }

    public Kind kind() {
        return kind;
    }

    /** The name in IR text: {@code f32}, {@code i64}, {@code bf16}. */
    public String text() {
        return text;
    }

    /** The element type of that name in IR text. */
    public static Optional<ElementType> ofText(String text) {
        return Optional.ofNullable(BY_TEXT.get(text));
    }

    public boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    /** Signed or unsigned integer; booleans are not integers. */
    public boolean isInteger() {
        return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
    }

    public boolean isSigned() {
        return kind == Kind.SIGNED;
    }

    public boolean isUnsigned() {
        return kind == Kind.UNSIGNED;
    }

    public boolean isBool() {
        return this == BOOL;
    }

    public boolean isString() {
        return this == STRING;
    }

    public boolean isComplex() {
        return kind == Kind.COMPLEX;
    }

    /** Integers and floats. */
    public boolean isNumeric() {
        return isFloat() || isInteger();
    }

    /** Bytes that {@code count} elements occupy when packed; 0 for strings. */
    public long bytes(long count) {
        return Math.ceilDiv(Math.multiplyExact(count, (long) bits), 8L);
    }
}
