package dev.lathe.backend;

import java.util.List;

/**
 * The best that a machine does: no step is faster than its operations at the peak, nor than its bytes at the bandwidth
 * of the memory that holds them (Williams, Waterman, Patterson: Roofline, 2009).
 *
 * @param flopsPerSecond multiply-adds of {@code f32}, each two operations, at best. Products of bytes may be faster,
 *     and a kernel that needs fewer operations than the definition, such as Winograd's, may seem so
 * @param bandwidths by the size of what is read and written again and again, the smallest first; the last is that of
 *     main memory
 */
public record Roofline(double flopsPerSecond, List<Bandwidth> bandwidths) {
    /** A bandwidth this much above that of main memory is a cache's. */
    private static final double CACHE = 1.3;

    /**
     * How fast memory is.
     *
     * @param bytes the largest set that is so fast
     * @param bytesPerSecond read and written
     */
    public record Bandwidth(double bytes, double bytesPerSecond) {}

    /** What keeps a step from being faster. */
    public enum Bound {
        ARITHMETIC,
        CACHE,
        MEMORY
    }

    /**
     * The least time of a step.
     *
     * @param seconds how long it takes at least
     * @param bound why
     */
    public record Least(double seconds, Bound bound) {}

    public Roofline {
        bandwidths = List.copyOf(bandwidths);
        if (bandwidths.isEmpty()) {
            throw new IllegalArgumentException("no bandwidth");
        }
    }

    /** The bandwidth for a set of so many bytes. */
    public double bandwidth(double bytes) {
        return bandwidths.stream()
                .filter(b -> b.bytes() >= bytes)
                .findFirst()
                .orElse(bandwidths.getLast())
                .bytesPerSecond();
    }

    /** The bandwidth of main memory. */
    public double memoryBandwidth() {
        return bandwidths.getLast().bytesPerSecond();
    }

    /** The bandwidth of the fastest cache. */
    public double cacheBandwidth() {
        return bandwidths.getFirst().bytesPerSecond();
    }

    /**
     * The least time of a step that does some of both.
     *
     * @param flops its operations
     * @param bytes what it reads and writes; what other steps have made is where so many bytes fit
     * @param weightBytes those of them that are weights
     * @param allWeights the weights of the whole model: a step's own are where all of them fit, for all are read before
     *     it runs again
     */
    public Least least(double flops, double bytes, double weightBytes, double allWeights) {
        double arithmetic = flops / flopsPerSecond;
        double moving = (bytes - weightBytes) / bandwidth(bytes)
                + (weightBytes == 0 ? 0 : weightBytes / bandwidth(Math.max(bytes, allWeights)));
        if (arithmetic >= moving) {
            return new Least(arithmetic, Bound.ARITHMETIC);
        }
        return new Least(moving, bytes / moving > CACHE * memoryBandwidth() ? Bound.CACHE : Bound.MEMORY);
    }
}
