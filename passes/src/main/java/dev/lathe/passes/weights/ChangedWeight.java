package dev.lathe.passes.weights;

import dev.lathe.passes.PassContext;
import java.util.function.Consumer;

/**
 * A constant that a pass makes smaller.
 *
 * @param name of the constant's value
 * @param use what it is used for: {@code product}, {@code convolution} or {@code table}
 * @param elements how many numbers it has now
 * @param bits of each number
 * @param zeros the share of numbers that are 0 now, where a pass prunes
 * @param sqnr its signal to noise ratio in decibels: how much larger the numbers are than what was changed of them
 */
public record ChangedWeight(String name, String use, long elements, int bits, double zeros, double sqnr) {
    /** A constant whose numbers have fewer bits. */
    public ChangedWeight(String name, String use, long elements, int bits, double sqnr) {
        this(name, use, elements, bits, 0, sqnr);
    }

    /** Who is told of each constant that is made smaller. */
    public static final PassContext.Key<Consumer<ChangedWeight>> LISTENER = PassContext.key("changed-weights");

    /** Tells who listens. */
    public void tell(PassContext context) {
        context.get(LISTENER).ifPresent(l -> l.accept(this));
    }
}
