package dev.lathe.runtime;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Lays buffers of different lifetimes into one array: the greatest first, each at the lowest place where it does not meet a buffer that lives at the same time.
 */
public final class Arena {
    /** Buffers start at multiples of this many elements. */
    private static final int ALIGNMENT = 16;

    private final int[] first;
    private final int[] last;
    /** Where each buffer starts. */
    public final int[] at;

    private int size;

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

    /** Elements that the array needs, with room for the rest of a vector whose last elements are masked out: a masked access over the end of an array is a slow one. */
    public int size() {
        return size;
    }

    /**
     * Lays out buffers of the given sizes behind {@code reserved} elements.
     *
     * @throws ArithmeticException if an array cannot hold them
     */
    public void plan(long[] sizes, int reserved) {
        Integer[] order = IntStream.range(0, sizes.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingLong((Integer i) -> sizes[i]).reversed());
        int[] placed = new int[order.length]; // by their place
        long start = aligned(reserved);
        long top = reserved;
        for (int n = 0; n < order.length; n++) {
            int buffer = order[n];
            long place = start;
            for (int m = 0; m < n; m++) {
                int other = placed[m];
                if (first[buffer] <= last[other] && first[other] <= last[buffer]) {
                    if (at[other] >= place + sizes[buffer]) {
                        break; // fits below this one, and below all that follow
                    }
                    place = Math.max(place, end(other, sizes));
                }
            }
            at[buffer] = Math.toIntExact(place);
            top = Math.max(top, place + sizes[buffer]);
            int m = n;
            for (; m > 0 && at[placed[m - 1]] > place; m--) {
                placed[m] = placed[m - 1];
            }
            placed[m] = buffer;
        }
        size = Math.toIntExact(top + Machine.LANES);
    }

    private long end(int buffer, long[] sizes) {
        return aligned(at[buffer] + sizes[buffer]);
    }

    private static long aligned(long place) {
        return Math.ceilDiv(place, (long) ALIGNMENT) * ALIGNMENT;
    }
}
