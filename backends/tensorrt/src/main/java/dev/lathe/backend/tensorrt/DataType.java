package dev.lathe.backend.tensorrt;

import dev.lathe.ir.type.ElementType;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The element types of TensorRT's tensors that lowering uses, by TensorRT's names without the {@code k}. */
enum DataType {
    FLOAT(ElementType.F32),
    HALF(ElementType.F16),
    BF16(ElementType.BF16),
    FP8(ElementType.F8E4M3FN),
    INT4(ElementType.I4),
    INT8(ElementType.I8),
    UINT8(ElementType.U8),
    INT32(ElementType.I32),
    INT64(ElementType.I64),
    BOOL(ElementType.BOOL);

    /** What arithmetic computes with. */
    static final Set<DataType> FLOATS = EnumSet.of(FLOAT, HALF, BF16);

    static final Set<DataType> INTEGERS = EnumSet.of(INT32, INT64);
    static final Set<DataType> NUMBERS = EnumSet.of(FLOAT, HALF, BF16, INT32, INT64);
    static final Set<DataType> NUMBERS_AND_BOOL = EnumSet.of(FLOAT, HALF, BF16, INT32, INT64, BOOL);
    /** What a Quantize layer makes and a Dequantize layer reads. */
    static final Set<DataType> QUANTIZED = EnumSet.of(INT8, FP8, INT4);
    /** What may be moved. */
    static final Set<DataType> MOVABLE = EnumSet.of(FLOAT, HALF, BF16, FP8, INT4, INT8, UINT8, INT32, INT64, BOOL);

    private final ElementType element;

    DataType(ElementType element) {
        this.element = element;
    }

    /** The element type of Lathe that has the same values and bytes. */
    ElementType element() {
        return element;
    }

    /** What every number of the type is at most. */
    double greatest() {
        return switch (this) {
            case INT32 -> Integer.MAX_VALUE;
            case INT64 -> Long.MAX_VALUE;
            default -> Double.POSITIVE_INFINITY;
        };
    }

    /** What every number of the type is at least. */
    double least() {
        return switch (this) {
            case INT32 -> Integer.MIN_VALUE;
            case INT64 -> Long.MIN_VALUE;
            default -> Double.NEGATIVE_INFINITY;
        };
    }

    boolean isFloat() {
        return FLOATS.contains(this);
    }

    boolean isInteger() {
        return INTEGERS.contains(this);
    }

    /**
     * The type that values of {@code element} are computed in: one that holds all of them. Integers of less than 32
     * bits are computed in INT32, since TensorRT has INT8, UINT8 and INT4 for weights, inputs and quantized values
     * only. INT64 has the bits of unsigned integers of 64 bits, see {@link UnsignedLongs}. Empty if there is none.
     */
    static Optional<DataType> carrier(ElementType element) {
        return Optional.ofNullable(
                switch (element) {
                    case F32 -> FLOAT;
                    case F16 -> HALF;
                    case BF16 -> BF16;
                    case F8E4M3FN -> FP8;
                    case I64, U32, U64 -> INT64;
                    case I32, I16, I8, I4, I2, U16, U8, U4, U2 -> INT32;
                    case BOOL -> BOOL;
                    case F64, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0, F6E2M3, F6E3M2, F4E2M1, STRING, C64, C128 -> null;
                });
    }

    /** The type of an input or output of {@code element}: its own where TensorRT has it, else the carrier. */
    static Optional<DataType> port(ElementType element) {
        return switch (element) {
            case I8 -> Optional.of(INT8);
            case U8 -> Optional.of(UINT8);
            default -> carrier(element);
        };
    }
}
