package dev.lathe.backend.tvm;

import dev.lathe.ir.type.ElementType;
import java.util.Optional;

/** A type of numbers in TVM. */
enum Dtype {
    BOOL("bool", 1),
    I8("int8", 8),
    U8("uint8", 8),
    I16("int16", 16),
    U16("uint16", 16),
    I32("int32", 32),
    U32("uint32", 32),
    I64("int64", 64),
    U64("uint64", 64),
    F16("float16", 16),
    F32("float32", 32),
    F64("float64", 64);

    /** Its name in TVM. */
    final String text;

    final int bits;

    Dtype(String text, int bits) {
        this.text = text;
        this.bits = bits;
    }

    boolean isFloat() {
        return this == F16 || this == F32 || this == F64;
    }

    boolean isUnsigned() {
        return this == BOOL || this == U8 || this == U16 || this == U32 || this == U64;
    }

    /** Whether memory can have elements of a type: all but those that share bytes or are objects. */
    static boolean hasArrays(ElementType type) {
        return switch (type) {
            case BOOL, I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64 -> true;
            case F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0 -> true;
            default -> false;
        };
    }

    /** The type of an element in memory; empty if no kernel computes with it. */
    static Optional<Dtype> stored(ElementType type) {
        return switch (type) {
            case BOOL, U8 -> Optional.of(U8);
            case I8 -> Optional.of(I8);
            case I16 -> Optional.of(I16);
            case U16, BF16 -> Optional.of(U16);
            case I32 -> Optional.of(I32);
            case U32 -> Optional.of(U32);
            case I64 -> Optional.of(I64);
            case U64 -> Optional.of(U64);
            case F16 -> Optional.of(F16);
            case F32 -> Optional.of(F32);
            case F64 -> Optional.of(F64);
            default -> Optional.empty();
        };
    }

    /** The type in which kernels compute: integers below 32 bits are an {@code int32} in their range. */
    static Dtype computed(ElementType type) {
        return switch (type) {
            case F16, BF16, F32 -> F32;
            case F64 -> F64;
            case U32 -> U32;
            case I64 -> I64;
            case U64 -> U64;
            case BOOL -> BOOL;
            default -> I32;
        };
    }

    /** An unsigned integer of so many bytes, for kernels that only move elements. */
    static Dtype bytes(int bytes) {
        return switch (bytes) {
            case 1 -> U8;
            case 2 -> U16;
            case 4 -> U32;
            case 8 -> U64;
            default -> throw new IllegalStateException("no integer of " + bytes + " bytes");
        };
    }
}
