package dev.lathe.ir.eval;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The meaning of the random ops: SplitMix64 of a counter, so that every number depends on the seed and its position
 * alone.
 */
public final class RandomEvaluation {
    private static final long GAMMA = 0x9e3779b97f4a7c15L;

    private RandomEvaluation() {}

    private static long state(Optional<Double> seed) {
        return seed.map(Double::doubleToLongBits)
                .orElseGet(() -> ThreadLocalRandom.current().nextLong());
    }

    private static long mix(long z) {
        long y = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        y = (y ^ y >>> 27) * 0x94d049bb133111ebL;
        return y ^ y >>> 31;
    }

    /** In {@code [0, 1)}. */
    private static double unit(long state, long i) {
        return (mix(state + (i + 1) * GAMMA) >>> 11) * 0x1p-53;
    }

    public static Tensor uniform(ElementType element, double low, double high, Optional<Double> seed, long[] dims) {
        long state = state(seed);
        Tensor out = Tensor.zeros(element, dims);
        for (long i = 0; i < out.size(); i++) {
            out.setDouble(i, low + unit(state, i) * (high - low));
        }
        return out;
    }

    /** By the method of Box and Muller. */
    public static Tensor normal(ElementType element, double mean, double scale, Optional<Double> seed, long[] dims) {
        long state = state(seed);
        Tensor out = Tensor.zeros(element, dims);
        for (long i = 0; i < out.size(); i++) {
            double radius = Math.sqrt(-2 * Math.log(1 - unit(state, 2 * i)));
            double normal = radius * Math.cos(2 * Math.PI * unit(state, 2 * i + 1));
            out.setDouble(i, mean + normal * scale);
        }
        return out;
    }
}
