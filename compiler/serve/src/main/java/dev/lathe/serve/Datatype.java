package dev.lathe.serve;

import dev.lathe.ir.type.ElementType;
import java.util.Optional;

/** The element types of the protocol, by the names that it has for them. */
enum Datatype {
    BOOL(ElementType.BOOL),
    UINT8(ElementType.U8),
    UINT16(ElementType.U16),
    UINT32(ElementType.U32),
    UINT64(ElementType.U64),
    INT8(ElementType.I8),
    INT16(ElementType.I16),
    INT32(ElementType.I32),
    INT64(ElementType.I64),
    FP16(ElementType.F16),
    BF16(ElementType.BF16),
    FP32(ElementType.F32),
    FP64(ElementType.F64),
    BYTES(ElementType.STRING);

    private final ElementType element;

    Datatype(ElementType element) {
        this.element = element;
    }

    ElementType element() {
        return element;
    }

    /** Bytes of one element in binary data; 0 for {@code BYTES}, whose elements differ. */
    int bytes() {
        return element.bits() / 8;
    }

    /** The protocol's name for {@code element}; empty for one that it does not have. */
    static Optional<Datatype> of(ElementType element) {
        for (Datatype type : values()) {
            if (type.element == element) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    static Optional<Datatype> named(String name) {
        for (Datatype type : values()) {
            if (type.name().equals(name)) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }
}
