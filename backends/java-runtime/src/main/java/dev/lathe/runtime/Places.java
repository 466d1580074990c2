package dev.lathe.runtime;

import dev.lathe.ir.op.InvalidOpException;

/** Elements at places that integers name. */
final class Places {
    /** How many places are known at a time. */
    static final int BLOCK = 1024;

    private Places() {}

    /**
     * Adds to {@code places} what {@code n} indices stand for, {@code stride} elements each; a negative one counts from
     * the end.
     *
     * @param indices of 32 or 64 bits, {@code step} apart
     * @throws InvalidOpException if an index is not in {@code [-count, count)}
     */
    static void add(Object indices, int at, int step, int n, int count, int stride, int[] places) {
        boolean outside = false;
        if (indices instanceof long[] a && step == 1) {
            long bad = 0;
            for (int i = 0; i < n; i++) {
                long index = a[at + i];
                long place = index + (index >> 63 & count);
                bad |= place | count - 1L - place;
                places[i] += (int) place * stride;
            }
            outside = bad < 0;
        } else if (indices instanceof long[] a) {
            for (int i = 0; i < n; i++) {
                long index = a[at + i * step];
                outside |= index < -count || index >= count;
                places[i] += (int) (index < 0 ? index + count : index) * stride;
            }
        } else {
            int[] a = (int[]) indices;
            for (int i = 0; i < n; i++) {
                int index = a[at + i * step];
                outside |= index < -count || index >= count;
                places[i] += (index < 0 ? index + count : index) * stride;
            }
        }
        if (outside) {
            throw outside(indices, at, step, n, count);
        }
    }

    private static InvalidOpException outside(Object indices, int at, int step, int n, int count) {
        for (int i = 0; i < n; i++) {
            long index = indices instanceof long[] a ? a[at + i * step] : ((int[]) indices)[at + i * step];
            if (index < -count || index >= count) {
                return new InvalidOpException("index " + index + " is outside of an axis of " + count + " elements");
            }
        }
        throw new IllegalStateException("the indices changed while they were read");
    }

    /** Copies the elements at the places, which are counted from {@code from} on. */
    static void gather(Object x, int from, int[] places, int n, Object y, int to) {
        switch (x) {
            case float[] a -> {
                float[] b = (float[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + i] = a[from + places[i]];
                }
            }
            case double[] a -> {
                double[] b = (double[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + i] = a[from + places[i]];
                }
            }
            case long[] a -> {
                long[] b = (long[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + i] = a[from + places[i]];
                }
            }
            case int[] a -> {
                int[] b = (int[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + i] = a[from + places[i]];
                }
            }
            case short[] a -> {
                short[] b = (short[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + i] = a[from + places[i]];
                }
            }
            case byte[] a -> {
                byte[] b = (byte[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + i] = a[from + places[i]];
                }
            }
            default -> throw new IllegalStateException("no elements in " + x.getClass());
        }
    }

    /** Stores elements at the places, which are counted from {@code to} on, in order. */
    static void scatter(Object x, int from, int[] places, int n, Object y, int to) {
        switch (x) {
            case float[] a -> {
                float[] b = (float[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + places[i]] = a[from + i];
                }
            }
            case double[] a -> {
                double[] b = (double[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + places[i]] = a[from + i];
                }
            }
            case long[] a -> {
                long[] b = (long[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + places[i]] = a[from + i];
                }
            }
            case int[] a -> {
                int[] b = (int[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + places[i]] = a[from + i];
                }
            }
            case short[] a -> {
                short[] b = (short[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + places[i]] = a[from + i];
                }
            }
            case byte[] a -> {
                byte[] b = (byte[]) y;
                for (int i = 0; i < n; i++) {
                    b[to + places[i]] = a[from + i];
                }
            }
            default -> throw new IllegalStateException("no elements in " + x.getClass());
        }
    }
}
