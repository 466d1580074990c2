package dev.lathe.frontend.onnx.file;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** The numbers that ONNX gives to element types: {@code TensorProto.DataType}. */
public final class ElementTypes {
    /** By number; 0 is undefined. */
    private static final List<ElementType> BY_NUMBER = List.of(
            ElementType.F32, // stands at 0, where it is never read
            ElementType.F32,
            ElementType.U8,
            ElementType.I8,
            ElementType.U16,
            ElementType.I16,
            ElementType.I32,
            ElementType.I64,
            ElementType.STRING,
            ElementType.BOOL,
            ElementType.F16,
            ElementType.F64,
            ElementType.U32,
            ElementType.U64,
            ElementType.C64,
            ElementType.C128,
            ElementType.BF16,
            ElementType.F8E4M3FN,
            ElementType.F8E4M3FNUZ,
            ElementType.F8E5M2,
            ElementType.F8E5M2FNUZ,
            ElementType.U4,
            ElementType.I4,
            ElementType.F4E2M1,
            ElementType.F8E8M0,
            ElementType.U2,
            ElementType.I2,
            ElementType.F6E2M3,
            ElementType.F6E3M2);

    private ElementTypes() {}

    public static ElementType of(long number) {
        if (number <= 0 || number >= BY_NUMBER.size()) {
            throw new InvalidOpException("there is no element type with the number " + number);
        }
        return BY_NUMBER.get((int) number);
    }

    /** The first opset that knows a type; 1 for those that all opsets know that are written. */
    public static int since(ElementType type) {
        return switch (type) {
            case F4E2M1 -> 23;
            case F8E8M0 -> 24;
            case U2, I2 -> 25;
            case F6E2M3, F6E3M2 -> 28;
            default -> 1;
        };
    }

    public static int number(ElementType type) {
        return BY_NUMBER.lastIndexOf(type);
    }
}
