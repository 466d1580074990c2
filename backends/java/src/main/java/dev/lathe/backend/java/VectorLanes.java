package dev.lathe.backend.java;

import dev.lathe.ir.type.ElementType;
import java.util.Collection;
import java.util.Optional;

/** What the lanes of a kernel's vectors are: all vectors of a kernel have the same number. */
enum VectorLanes {
    /** Bytes, for kernels of booleans alone. */
    BYTE("?", "?", "Byte", "ByteVector", "B"),
    /** Floats and integers of at most 32 bits, and booleans. */
    SINGLE("FloatVector", "IntVector", "Float", "FloatVector", "F"),
    /** Floats and integers of 64 bits, and booleans. */
    DOUBLE("DoubleVector", "LongVector", "Double", "DoubleVector", "D");

    /** The class of vectors of floats. */
    final String floats;
    /** The class of vectors of integers, whose species begins as it does. */
    final String integers;
    /** The element type that masks have. */
    final String mask;
    /** The class of the vectors whose lanes all others have. */
    final String vector;
    /** The species of that class. */
    final String species;

    VectorLanes(String floats, String integers, String mask, String vector, String species) {
        this.floats = floats;
        this.integers = integers;
        this.mask = mask;
        this.vector = vector;
        this.species = species;
    }

    /** The narrowest lanes that hold elements of all these types, if there are any. */
    static Optional<VectorLanes> of(Collection<ElementType> types) {
        for (VectorLanes lanes : values()) {
            if (types.stream().allMatch(lanes::holds)) {
                return Optional.of(lanes);
            }
        }
        return Optional.empty();
    }

    /** Whether lanes can hold elements of a type. */
    boolean holds(ElementType type) {
        return switch (this) {
            case BYTE -> type.isBool();
            case SINGLE ->
                switch (type) {
                    case F32, F16, BF16, I32, I16, U16, I8, U8, BOOL -> true;
                    default -> false;
                };
            case DOUBLE ->
                switch (type) {
                    case F64, I64, BOOL -> true;
                    default -> false;
                };
        };
    }

    /** The bits of a lane. */
    int bits() {
        return switch (this) {
            case BYTE -> Byte.SIZE;
            case SINGLE -> Float.SIZE;
            case DOUBLE -> Double.SIZE;
        };
    }

    /** The type of a vector of elements. */
    String type(ElementType type) {
        return type.isBool() ? "VectorMask<" + mask + ">" : type.isFloat() ? floats : integers;
    }

    /** The species of vectors of integers. */
    String integerSpecies() {
        return integers.substring(0, 1);
    }

    /** The kernel's condition for vectors; with bytes, of which a vector of four lanes would have too few. */
    String machine(boolean hasBytes) {
        return switch (this) {
            case BYTE -> "Machine.VECTOR";
            case SINGLE -> hasBytes ? "Machine.LANES >= 8" : "Machine.VECTOR";
            case DOUBLE -> hasBytes ? "Machine.LANES >= 16" : "Machine.LANES >= 8";
        };
    }
}
