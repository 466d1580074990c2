package dev.lathe.ir.op;

import java.util.Locale;

/** The functions of {@link Pool}. */
public enum PoolFunction implements OpFunction {
    /** The padding does not take part. */
    MAX_POOL,
    /** The mean of the window's elements, padding left out. */
    AVERAGE_POOL,
    /** The mean with padding counted as zeros. */
    AVERAGE_POOL_PADDED,
    SUM_POOL;

    @Override
    public String mnemonic() {
        return name().toLowerCase(Locale.ROOT);
    }
}
