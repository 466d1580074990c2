package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Lays buffers of different lifetimes into one array: the largest first, each at the lowest place where it does not
 * meet a buffer that lives at the same time.
 */
public final class Arena {
    /** Buffers start at multiples of this many elements: of floats, a line of a cache. */
    static final int ALIGNMENT = 16;

    private final int[] first;
    private final int[] last;
    /** Where each buffer starts. */
    public final int[] at;

    private final int steps;
    private long size;

    /** {@code first} and {@code last} are the steps at which each buffer is written first and read last. */
    public Arena(int[] first, int[] last) {
        this.first = first;
        this.last = last;
        this.at = new int[first.length];
        this.steps = Arrays.stream(first).max().orElse(0) + 1;
    }

    /** Numbers from text, separated by spaces; for more than an array initializer holds. */
    public static int[] steps(String... parts) {
        return Arrays.stream(parts)
                .flatMap(p -> Arrays.stream(p.split(" ")))
                .mapToInt(Integer::parseInt)
                .toArray();
    }

    /**
     * Elements that the array needs, with room for the rest of a vector whose last elements are masked out: a masked
     * access over the end of an array is a slow one.
     */
    public long size() {
        return size;
    }

    /**
     * Lays out buffers of the given sizes behind {@code reserved} elements. What lies beyond the end of an array
     * shows in {@link #size}.
     */
    public void plan(long[] sizes, long reserved) {
        Integer[] order = IntStream.range(0, sizes.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingLong((Integer i) -> sizes[i]).reversed());
        PlacedBuffers placed = new PlacedBuffers(steps);
        long start = aligned(reserved);
        long top = reserved;
        for (int buffer : order) {
            int end = Math.min(last[buffer], steps - 1);
            long place = placed.lowest(first[buffer], end, sizes[buffer], start);
            long after = Sizes.plus(place, sizes[buffer]);
            placed.add(first[buffer], end, place, aligned(after));
            at[buffer] = (int) Math.min(place, Integer.MAX_VALUE);
            top = Math.max(top, after);
        }
        size = Sizes.plus(top, Machine.LANES);
    }

    /** Moves all buffers by so many elements, for which there must be room behind {@link #size}. */
    public void move(int elements) {
        for (int i = 0; i < at.length; i++) {
            at[i] += elements;
        }
    }

    private static long aligned(long place) {
        return Sizes.times(Math.ceilDiv(place, (long) ALIGNMENT), ALIGNMENT);
    }
}
