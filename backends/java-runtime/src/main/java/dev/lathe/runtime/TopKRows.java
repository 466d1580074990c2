package dev.lathe.runtime;

import dev.lathe.ir.type.ElementType;
import java.util.Arrays;

/** The largest or smallest elements of each line with their indices, in order; of equals the first come first. */
public final class TopKRows extends AxisKernel {
    /** How many candidates are looked at together, beside the best so far. */
    private static final int CANDIDATES = 256;
    /** Up to so many are kept in order, each new one is moved to its place. */
    private static final int FEW = 32;

    private final OrderedElements order;
    private final KeySearch search = KeySearch.best();
    private final boolean largest;
    private int k;
    private Scratch[] scratch = {};
    private Object x = new byte[0];
    private int xAt;
    private Object values = new byte[0];
    private int valuesAt;
    private long[] indices = {};
    private int indicesAt;

    /** What a worker needs: keys with the best first, and which elements are the best. */
    private static final class Scratch {
        final int[] keys = new int[BLOCK];
        final long[] wideBlock = new long[BLOCK];
        final long[] few = new long[FEW];
        long[] candidates = {};
        long[] wideKeys = {};
        long[] sorted = {};
        int[] best = {};
        int[] other = {};
    }

    public TopKRows(ElementType type, boolean largest) {
        this.order = new OrderedElements(type);
        this.largest = largest;
    }

    /** Must follow each {@link #prepare}; {@code newK} is not more than the length. */
    public void prepare(int newK) {
        k = newK;
        if (scratch.length != workers) {
            scratch = new Scratch[workers];
            Arrays.setAll(scratch, _ -> new Scratch());
        }
    }

    /** {@code x} and {@code values} are arrays of the element type. */
    public void run(Object newX, int newXAt, Object newValues, int newValuesAt, long[] newIndices, int newIndicesAt) {
        x = newX;
        xAt = newXAt;
        values = newValues;
        valuesAt = newValuesAt;
        indices = newIndices;
        indicesAt = newIndicesAt;
        if (k > 0) {
            start();
        }
    }

    @Override
    void lines(int row, int column, int n, int worker) {
        Scratch s = scratch[worker];
        if (s.best.length < k) {
            s.best = new int[k];
        }
        for (int i = column; i < column + n; i++) {
            int from = xAt + row * length * inner + i;
            if (order.isWide() && k <= FEW) {
                fewWide(from, s);
            } else if (order.isWide()) {
                wide(from, s);
            } else if (k <= FEW) {
                few(from, s);
            } else {
                narrow(from, s);
            }
            int to = row * k * inner + i;
            for (int j = 0; j < k; j++) {
                indices[indicesAt + to + j * inner] = s.best[j];
            }
            copy(from, s.best, to);
        }
    }

    private void copy(int from, int[] best, int to) {
        int at = valuesAt + to;
        switch (x) {
            case float[] a -> {
                float[] y = (float[]) values;
                for (int j = 0; j < k; j++) {
                    y[at + j * inner] = a[from + best[j] * inner];
                }
            }
            case double[] a -> {
                double[] y = (double[]) values;
                for (int j = 0; j < k; j++) {
                    y[at + j * inner] = a[from + best[j] * inner];
                }
            }
            case long[] a -> {
                long[] y = (long[]) values;
                for (int j = 0; j < k; j++) {
                    y[at + j * inner] = a[from + best[j] * inner];
                }
            }
            case int[] a -> {
                int[] y = (int[]) values;
                for (int j = 0; j < k; j++) {
                    y[at + j * inner] = a[from + best[j] * inner];
                }
            }
            case short[] a -> {
                short[] y = (short[]) values;
                for (int j = 0; j < k; j++) {
                    y[at + j * inner] = a[from + best[j] * inner];
                }
            }
            case byte[] a -> {
                byte[] y = (byte[]) values;
                for (int j = 0; j < k; j++) {
                    y[at + j * inner] = a[from + best[j] * inner];
                }
            }
            default -> throw new IllegalStateException("no elements in " + x.getClass());
        }
    }

    /** Keys before indices, as candidates; the best so far are in order. */
    private void few(int from, Scratch s) {
        int[] keys = s.keys;
        long[] few = s.few;
        int flip = largest ? -1 : 0;
        int count = 0;
        int bound = Integer.MAX_VALUE;
        for (int at = 0; at < length; at += BLOCK) {
            int n = Math.min(BLOCK, length - at);
            order.load(x, from + at * inner, inner, n, flip, keys);
            for (int i = 0; i < n; i++) {
                i = count < k ? i : search.below(keys, i, n, bound);
                if (i < n) {
                    int key = keys[i];
                    long candidate = (long) key << 32 | at + i;
                    int place = Math.min(count, k - 1);
                    for (; place > 0 && few[place - 1] > candidate; place--) {
                        few[place] = few[place - 1];
                    }
                    few[place] = candidate;
                    count = Math.min(k, count + 1);
                    bound = count == k ? (int) (few[k - 1] >> 32) : bound;
                }
            }
        }
        for (int j = 0; j < k; j++) {
            s.best[j] = (int) few[j];
        }
    }

    private void fewWide(int from, Scratch s) {
        long[] keys = s.wideBlock;
        long[] few = s.few;
        int[] best = s.best;
        long flip = largest ? -1 : 0;
        int count = 0;
        long bound = Long.MAX_VALUE;
        for (int at = 0; at < length; at += BLOCK) {
            int n = Math.min(BLOCK, length - at);
            order.load(x, from + at * inner, inner, n, keys);
            for (int i = 0; i < n; i++) {
                long key = keys[i] ^ flip;
                if (key < bound || count < k) {
                    int place = Math.min(count, k - 1);
                    for (; place > 0 && few[place - 1] > key; place--) {
                        few[place] = few[place - 1];
                        best[place] = best[place - 1];
                    }
                    few[place] = key;
                    best[place] = at + i;
                    count = Math.min(k, count + 1);
                    bound = count == k ? few[k - 1] : bound;
                }
            }
        }
    }

    /**
     * A candidate is the complement of its key, if the largest are wanted, before its index: the smallest are the best,
     * and all are different. The best so far and some more candidates are sorted whenever there is no room for another;
     * what is no better than the worst of the best is none.
     */
    private void narrow(int from, Scratch s) {
        int room = (int) Math.min(length, 2L * k + CANDIDATES);
        if (s.candidates.length < room) {
            s.candidates = new long[room];
        }
        long[] found = s.candidates;
        int[] keys = s.keys;
        int flip = largest ? -1 : 0;
        int count = 0;
        int bound = Integer.MAX_VALUE;
        for (int at = 0; at < length; at += BLOCK) {
            int n = Math.min(BLOCK, length - at);
            order.load(x, from + at * inner, inner, n, flip, keys);
            for (int i = 0; i < n; i++) {
                i = at + i < room ? i : search.below(keys, i, n, bound);
                int key = i < n ? keys[i] : bound;
                if (i < n && (key < bound || at + i < room)) {
                    if (count == room) {
                        Arrays.sort(found, 0, count);
                        count = k;
                        bound = (int) (found[k - 1] >> 32);
                        if (key >= bound) {
                            continue;
                        }
                    }
                    found[count++] = (long) key << 32 | at + i;
                }
            }
        }
        Arrays.sort(found, 0, count);
        for (int j = 0; j < k; j++) {
            s.best[j] = (int) found[j];
        }
    }

    /** Sorts the keys to learn which is the last that counts, and then the indices of those that do. */
    private void wide(int from, Scratch s) {
        if (s.wideKeys.length < length) {
            s.wideKeys = new long[length];
            s.sorted = new long[length];
        }
        long[] keys = s.wideKeys;
        order.load(x, from, inner, length, keys);
        if (largest) {
            for (int i = 0; i < length; i++) {
                keys[i] = ~keys[i];
            }
        }
        System.arraycopy(keys, 0, s.sorted, 0, length);
        Arrays.sort(s.sorted, 0, length);
        long bound = s.sorted[k - 1];
        int equal = 0;
        for (int j = k - 1; j >= 0 && s.sorted[j] == bound; j--) {
            equal++;
        }
        int count = 0;
        for (int i = 0; i < length && count < k; i++) {
            if (keys[i] < bound || keys[i] == bound && equal-- > 0) {
                s.best[count++] = i;
            }
        }
        if (s.other.length < k) {
            s.other = new int[k];
        }
        s.best = sorted(s, keys);
    }

    /** The best by their keys, those of equal ones as they are: runs of growing length are merged. */
    private int[] sorted(Scratch s, long[] keys) {
        int[] from = s.best;
        int[] to = s.other;
        for (int run = 1; run < k; run = run > k / 2 ? k : 2 * run) {
            for (int start = 0; start < k; ) {
                int middle = start + Math.min(run, k - start);
                int end = middle + Math.min(run, k - middle);
                for (int at = start, i = start, j = middle; at < end; at++) {
                    boolean first = i < middle && (j >= end || keys[from[i]] <= keys[from[j]]);
                    to[at] = first ? from[i++] : from[j++];
                }
                start = end;
            }
            int[] swapped = from;
            from = to;
            to = swapped;
        }
        s.other = to;
        return from;
    }
}
