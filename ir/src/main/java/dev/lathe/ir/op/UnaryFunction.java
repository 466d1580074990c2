package dev.lathe.ir.op;

import java.util.Locale;

/** The functions of {@link Unary}. */
public enum UnaryFunction implements OpFunction {
    /** {@code -x}; unsigned integers wrap. */
    NEGATE,
    ABS,
    /** -1, 0 or 1; NaN for NaN. */
    SIGN,
    EXP,
    LOG,
    SQRT,
    /** {@code 1 / x}. */
    RECIPROCAL,
    SIN,
    COS,
    TAN,
    ASIN,
    ACOS,
    ATAN,
    SINH,
    COSH,
    TANH,
    ASINH,
    ACOSH,
    ATANH,
    /** The error function. */
    ERF,
    FLOOR,
    CEIL,
    /** To the nearest integer, ties to even. */
    ROUND,
    /** {@code max(x, 0)}; NaN stays NaN. */
    RELU,
    /** {@code 1 / (1 + exp(-x))}. */
    SIGMOID,
    /** Logical negation of booleans. */
    NOT,
    /** Bitwise negation of integers. */
    BIT_NOT,
    /** Whether a float is NaN; the result is bool. */
    IS_NAN;

    @Override
    public String mnemonic() {
        return name().toLowerCase(Locale.ROOT);
    }
}
