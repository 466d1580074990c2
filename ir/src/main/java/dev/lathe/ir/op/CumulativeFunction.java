package dev.lathe.ir.op;

import java.util.Locale;

/** The functions of {@link Cumulative}. */
public enum CumulativeFunction implements OpFunction {
    CUM_SUM,
    CUM_PROD;

    @Override
    public String mnemonic() {
        return name().toLowerCase(Locale.ROOT);
    }
}
