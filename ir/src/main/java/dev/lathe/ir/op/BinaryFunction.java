package dev.lathe.ir.op;

import java.util.Locale;

/** The functions of {@link Binary}. */
public enum BinaryFunction implements OpFunction {
    /** Integers wrap. */
    ADD,
    SUBTRACT,
    MULTIPLY,
    /** Integers truncate towards zero. */
    DIVIDE,
    /** The remainder with the sign of the divisor. */
    MOD,
    /** The remainder with the sign of the dividend, as in C. */
    FMOD,
    POW,
    /** NaN if either is NaN. */
    MIN,
    /** NaN if either is NaN. */
    MAX,
    /** Of booleans. */
    AND,
    /** Of booleans. */
    OR,
    /** Of booleans. */
    XOR,
    BIT_AND,
    BIT_OR,
    BIT_XOR,
    /** Zero for amounts that are negative or not below the width. */
    SHIFT_LEFT,
    /**
     * Signed integers keep their sign. For amounts that are negative or not below the width only the sign is left: 0,
     * or -1 for negative numbers.
     */
    SHIFT_RIGHT;

    @Override
    public String mnemonic() {
        return name().toLowerCase(Locale.ROOT);
    }
}
