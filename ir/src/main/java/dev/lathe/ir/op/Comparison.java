package dev.lathe.ir.op;

import java.util.Locale;

/** The functions of {@link Compare}. */
public enum Comparison implements OpFunction {
    EQUAL,
    NOT_EQUAL,
    LESS,
    LESS_OR_EQUAL,
    GREATER,
    GREATER_OR_EQUAL;

    @Override
    public String mnemonic() {
        return name().toLowerCase(Locale.ROOT);
    }
}
