package dev.lathe.backend.plan;

import dev.lathe.ir.analysis.IntegerRanges;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The bytes that hold the left operand of a product with integers of a byte with a sign; it is stored as floats. */
public enum ByteOperand {
    /** One without sign for each element. */
    UNSIGNED,
    /** One with a sign for each element. */
    SIGNED,
    /** Two without sign, of which the element is the difference: one of them is 0. */
    DIFFERENCE;

    /** So many products of bytes at most are added up, so that no sum leaves 32 bits. */
    private static final long MOST_PRODUCTS = 1 << 16;

    /** Those for ranges of both operands, null where they are no integers; empty if such bytes do not hold them. */
    static Optional<ByteOperand> of(
            IntegerRanges.@Nullable Range x, IntegerRanges.@Nullable Range weights, long products) {
        if (x == null
                || weights == null
                || weights.least() < Byte.MIN_VALUE
                || weights.greatest() > Byte.MAX_VALUE
                || x.magnitude() > 255
                || products >= MOST_PRODUCTS) {
            return Optional.empty();
        }
        return Optional.of(
                x.least() >= 0
                        ? UNSIGNED
                        : x.least() >= Byte.MIN_VALUE && x.greatest() <= Byte.MAX_VALUE ? SIGNED : DIFFERENCE);
    }
}
