package dev.lathe.ir.op;

import java.util.Locale;

/** The functions of {@link Reduce}. */
public enum ReduceFunction implements OpFunction {
    /** 0 over nothing. */
    REDUCE_SUM,
    /** 1 over nothing. */
    REDUCE_PROD,
    /** The largest value of the type over nothing. */
    REDUCE_MIN,
    /** The least value of the type over nothing. */
    REDUCE_MAX,
    /** NaN over nothing. */
    REDUCE_MEAN;

    @Override
    public String mnemonic() {
        return name().toLowerCase(Locale.ROOT);
    }
}
