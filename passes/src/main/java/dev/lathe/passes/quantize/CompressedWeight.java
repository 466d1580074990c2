package dev.lathe.passes.quantize;

import dev.lathe.passes.PassContext;
import java.util.function.Consumer;

/**
 * A constant that a pass stores in fewer bits.
 *
 * @param name of the constant's value
 * @param use what it is used for: {@code product}, {@code convolution} or {@code table}
 * @param elements how many numbers it has
 * @param bits of each number
 * @param sqnr its signal to noise ratio in decibels: how much larger the numbers are than what rounding changed
 */
public record CompressedWeight(String name, String use, long elements, int bits, double sqnr) {
    /** Who is told of each constant that is compressed. */
    public static final PassContext.Key<Consumer<CompressedWeight>> LISTENER = PassContext.key("compressed-weights");

    static void tell(PassContext context, CompressedWeight weight) {
        context.get(LISTENER).ifPresent(l -> l.accept(weight));
    }
}
