package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Lays buffers of different lifetimes into one array: the greatest first, each at the lowest place where it does not
 * meet a buffer that lives at the same time.
 */
public final class Arena {
    /** Buffers start at multiples of this many elements. */
    private static final int ALIGNMENT = 16;

    private final int[] first;
    private final int[] last;
    /** Where each buffer starts. */
    public final int[] at;

    private long size;

    /** {@code first} and {@code last} are the steps at which each buffer is written first and read last. */
    public Arena(int[] first, int[] last) {
        this.first = first;
        this.last = last;
        this.at = new int[first.length];
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
        int[] placed = new int[order.length]; // by their place
        long[] places = new long[order.length];
        long start = aligned(reserved);
        long top = reserved;
        for (int n = 0; n < order.length; n++) {
            int buffer = order[n];
            long place = start;
            for (int m = 0; m < n; m++) {
                int other = placed[m];
                if (first[buffer] <= last[other] && first[other] <= last[buffer]) {
                    if (places[other] >= Sizes.plus(place, sizes[buffer])) {
                        break; // fits below this one, and below all that follow
                    }
                    place = Math.max(place, aligned(Sizes.plus(places[other], sizes[other])));
                }
            }
            places[buffer] = place;
            at[buffer] = (int) Math.min(place, Integer.MAX_VALUE);
            top = Math.max(top, Sizes.plus(place, sizes[buffer]));
            int m = n;
            for (; m > 0 && places[placed[m - 1]] > place; m--) {
                placed[m] = placed[m - 1];
            }
            placed[m] = buffer;
        }
        size = Sizes.plus(top, Machine.LANES);
    }

    private static long aligned(long place) {
        return Sizes.times(Math.ceilDiv(place, (long) ALIGNMENT), ALIGNMENT);
    }
}
