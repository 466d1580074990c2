package dev.lathe.backend.java;

import dev.lathe.backend.plan.Buffer;
import dev.lathe.ir.type.ElementType;
import java.util.Optional;

/** The Java arrays that hold elements, by the name of their arena in an execution. */
enum Kind {
    FLOATS("floats", "float"),
    DOUBLES("doubles", "double"),
    LONGS("longs", "long"),
    INTS("ints", "int"),
    SHORTS("shorts", "short"),
    BYTES("bytes", "byte");

    final String arena;
    final String java;

    Kind(String arena, String java) {
        this.arena = arena;
        this.java = java;
    }

    /** The kind of array that a buffer is part of. */
    static Kind of(Buffer buffer) {
        return of(buffer.element()).orElseThrow(() -> new IllegalStateException("no array of " + buffer.element()));
    }

    /** The kind of array for elements of a type; none for those that share bytes or are objects. */
    static Optional<Kind> of(ElementType type) {
        return Optional.ofNullable(
                switch (type) {
                    case F32 -> FLOATS;
                    case F64 -> DOUBLES;
                    case I64, U64 -> LONGS;
                    case I32, U32 -> INTS;
                    case I16, U16, F16, BF16 -> SHORTS;
                    case BOOL, I8, U8, F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F8E8M0 -> BYTES;
                    default -> null;
                });
    }
}
