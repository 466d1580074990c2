package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which places of an arena are taken at which steps, as a tree over the steps. A node stands for a range of steps and
 * knows the places that are taken throughout, and those that are taken at some step of it. So a few nodes tell what a
 * buffer must not meet, however many buffers there are.
 */
final class PlacedBuffers {
    private final int steps;
    /** What is taken at all steps of a node, but not at all steps of its parent. */
    private final @Nullable Places[] throughout;
    /** What is taken at any step of a node. */
    private final @Nullable Places[] ever;

    /** What the buffer in question must not meet. */
    private @Nullable Places[] taken = new Places[64];

    private int count;

    /** {@code steps} are more than the first step of any buffer. */
    PlacedBuffers(int steps) {
        this.steps = steps;
        int size = 4 * Integer.highestOneBit(Math.max(1, steps));
        throughout = new Places[size];
        ever = new Places[size];
    }

    /** Notes that the places from {@code start} to {@code end} are taken from step {@code first} to {@code last}. */
    void add(int first, int last, long start, long end) {
        if (start < end) {
            add(1, 0, steps - 1, first, last, start, end);
        }
    }

    private void add(int node, int low, int high, int first, int last, long start, long end) {
        if (last < low || high < first) {
            return;
        }
        add(ever, node, start, end);
        if (first <= low && high <= last) {
            add(throughout, node, start, end);
            return;
        }
        int middle = (low + high) >>> 1;
        add(2 * node, low, middle, first, last, start, end);
        add(2 * node + 1, middle + 1, high, first, last, start, end);
    }

    private static void add(@Nullable Places[] all, int node, long start, long end) {
        Places places = all[node];
        if (places == null) {
            places = new Places();
            all[node] = places;
        }
        places.add(start, end);
    }

    /**
     * The lowest place from {@code place} on where a buffer of the steps from {@code first} to {@code last} meets none
     * that lives at the same time.
     */
    long lowest(int first, int last, long size, long place) {
        count = 0;
        collect(1, 0, steps - 1, first, last);
        long lowest = place;
        for (int k = 0, free = 0; free < count; k = (k + 1) % count) {
            long next = Places.after(taken[k], lowest, size);
            free = next == lowest ? free + 1 : 1;
            lowest = next;
        }
        return lowest;
    }

    private void collect(int node, int low, int high, int first, int last) {
        if (last < low || high < first || ever[node] == null) {
            return;
        }
        if (first <= low && high <= last) {
            note(ever[node]);
            return;
        }
        if (throughout[node] != null) {
            note(throughout[node]);
        }
        int middle = (low + high) >>> 1;
        collect(2 * node, low, middle, first, last);
        collect(2 * node + 1, middle + 1, high, first, last);
    }

    private void note(@Nullable Places places) {
        if (count == taken.length) {
            taken = Arrays.copyOf(taken, 2 * count);
        }
        taken[count++] = places;
    }

    /** Places that are taken, as ranges in order, with room between them. */
    private static final class Places {
        private int count;
        private long[] start = new long[4];
        private long[] end = new long[4];

        /** The first range that ends at {@code place} or behind it. */
        private int from(long place) {
            int low = 0;
            int high = count;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (end[middle] < place) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        void add(long newStart, long newEnd) {
            int from = from(newStart);
            int to = from; // the ranges from here to there become one with the new one
            while (to < count && start[to] <= newEnd) {
                to++;
            }
            long joinedStart = from < to ? Math.min(newStart, start[from]) : newStart;
            long joinedEnd = from < to ? Math.max(newEnd, end[to - 1]) : newEnd;
            if (count == start.length && from == to) {
                start = Arrays.copyOf(start, 2 * count);
                end = Arrays.copyOf(end, 2 * count);
            }
            System.arraycopy(start, to, start, from + 1, count - to);
            System.arraycopy(end, to, end, from + 1, count - to);
            count += from + 1 - to;
            start[from] = joinedStart;
            end[from] = joinedEnd;
        }

        /** The first place from {@code place} on with room for {@code size}. */
        static long after(@Nullable Places taken, long place, long size) {
            if (taken == null) {
                return place;
            }
            long free = place;
            long top = Sizes.plus(free, size);
            for (int k = taken.from(place); k < taken.count && taken.start[k] < top; k++) {
                if (taken.end[k] > free) {
                    free = taken.end[k];
                    top = Sizes.plus(free, size);
                }
            }
            return free;
        }
    }
}
