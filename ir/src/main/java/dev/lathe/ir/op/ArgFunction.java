package dev.lathe.ir.op;

import java.util.Locale;

/** The functions of {@link ArgReduce}. */
public enum ArgFunction implements OpFunction {
    ARG_MIN,
    ARG_MAX;

    @Override
    public String mnemonic() {
        return name().toLowerCase(Locale.ROOT);
    }
}
