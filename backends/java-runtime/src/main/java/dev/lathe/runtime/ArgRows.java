package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/** Where the largest or smallest element of each line is: the first or the last of equals. */
public final class ArgRows extends AxisKernel {
    /** The length up to which lines are compared side by side. */
    private static final int SHORT = 16;

    private final OrderedElements order;
    private final KeySearch search = KeySearch.best();
    private final boolean largest;
    private final boolean last;
    private Scratch[] scratch = {};
    private Object x = new byte[0];
    private int xAt;
    private long[] y = {};
    private int yAt;

    private static final class Scratch {
        final int[] keys = new int[BLOCK];
        final int[] best = new int[BLOCK];
        final int[] places = new int[BLOCK];
        final long[] wideKeys = new long[BLOCK];
        final long[] wideBest = new long[BLOCK];
    }

    /** @param last whether the last of equals is meant */
    public ArgRows(ElementType type, boolean largest, boolean last) {
        this.order = new OrderedElements(type);
        this.largest = largest;
        this.last = last;
    }

    @Override
    int shortLine() {
        return SHORT;
    }

    @Override
    void resized() {
        if (scratch.length != workers) {
            scratch = new Scratch[workers];
            Arrays.setAll(scratch, _ -> new Scratch());
        }
    }

    /** {@code x} is an array of the element type. */
    public void run(Object newX, int newXAt, long[] newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        start();
    }

    @Override
    void lines(int row, int column, int n, int worker) {
        Scratch s = scratch[worker];
        int from = xAt + row * length * inner + column * lineStep;
        int to = yAt + row * inner + column;
        if (inner == 1) {
            y[to] = order.isWide() ? wideLine(from, s) : line(from, s);
        } else if (order.isWide()) {
            wideLines(from, n, to, s);
        } else {
            lines(from, n, to, s);
        }
    }

    private int line(int from, Scratch s) {
        int[] keys = s.keys;
        int best = Integer.MAX_VALUE;
        int place = 0;
        for (int at = 0; at < length; at += BLOCK) {
            int n = Math.min(BLOCK, length - at);
            order.load(x, from + at, 1, n, largest ? -1 : 0, keys);
            int found = search.smallest(keys, n);
            if (found < best || last && found == best) {
                best = found;
                place = at + (last ? lastPlace(keys, n, found) : search.below(keys, 0, n, found + 1));
            }
        }
        return place;
    }

    private static int lastPlace(int[] keys, int n, int key) {
        int i = n - 1;
        while (keys[i] != key) {
            i--;
        }
        return i;
    }

    private void lines(int from, int n, int to, Scratch s) {
        int[] keys = s.keys;
        int[] best = s.best;
        int[] places = s.places;
        int flip = largest ? 0 : -1;
        int ties = last ? -1 : 0;
        Arrays.fill(best, 0, n, Integer.MIN_VALUE);
        Arrays.fill(places, 0, n, 0);
        for (int j = 0; j < length; j++) {
            order.load(x, from + j * step, lineStep, n, keys);
            for (int i = 0; i < n; i++) {
                int key = keys[i] ^ flip;
                int now = Math.max(best[i], key);
                int more = now ^ best[i];
                int other = now ^ key;
                // All bits where the key is greater, or equal to the best and that counts.
                int greater = (more | -more) >> 31;
                int equal = ~((other | -other) >> 31) & ties;
                int taken = greater | equal;
                best[i] = now;
                places[i] = places[i] & ~taken | j & taken;
            }
        }
        for (int i = 0; i < n; i++) {
            y[to + i] = places[i];
        }
    }

    private int wideLine(int from, Scratch s) {
        long[] keys = s.wideKeys;
        long flip = largest ? 0 : -1;
        long best = Long.MIN_VALUE;
        int place = 0;
        for (int at = 0; at < length; at += BLOCK) {
            int n = Math.min(BLOCK, length - at);
            order.load(x, from + at, 1, n, keys);
            long found = Long.MIN_VALUE;
            for (int i = 0; i < n; i++) {
                found = Math.max(found, keys[i] ^ flip);
            }
            if (found > best || last && found == best) {
                best = found;
                place = at + place(keys, n, found ^ flip);
            }
        }
        return place;
    }

    private int place(long[] keys, int n, long key) {
        int i = last ? n - 1 : 0;
        while (keys[i] != key) {
            i += last ? -1 : 1;
        }
        return i;
    }

    private void wideLines(int from, int n, int to, Scratch s) {
        long[] keys = s.wideKeys;
        long[] best = s.wideBest;
        long flip = largest ? 0 : -1;
        Arrays.fill(best, 0, n, Long.MIN_VALUE);
        Arrays.fill(y, to, to + n, 0);
        for (int j = 0; j < length; j++) {
            order.load(x, from + j * step, lineStep, n, keys);
            for (int i = 0; i < n; i++) {
                long key = keys[i] ^ flip;
                if (key > best[i] || last && key == best[i]) {
                    best[i] = key;
                    y[to + i] = j;
                }
            }
        }
    }
}
