package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;

/** Where numbers are among keys: a table with a free place behind each group of those that share one. */
public final class KeyTable {
    private final long[] keys;
    /** One more than the place of a key; 0 is free. */
    private final int[] table;

    /** @param t keys of any type of numbers */
    public KeyTable(Tensor t) {
        int n = Sizes.index(t.size());
        keys = new long[n];
        table = new int[Integer.highestOneBit(Math.max(1, Math.min(n, 1 << 28))) * 4];
        for (int i = 0; i < n; i++) {
            keys[i] = bits(t, i);
            table[slot(keys[i])] = i + 1; // the last of equal ones counts
        }
    }

    static long bits(Tensor t, long i) {
        return t.element().isFloat() ? bits(t.getDouble(i)) : t.getLong(i);
    }

    /** Equal for equal numbers: adding 0 makes -0 equal to 0, and NaN has the same bits everywhere. */
    static long bits(double x) {
        return Double.doubleToLongBits(x + 0.0);
    }

    /** Where a key is in the table, or would be. */
    private int slot(long key) {
        int mask = table.length - 1;
        int at = (int) (key * 0x9e3779b97f4a7c15L >>> 32) & mask;
        while (table[at] != 0 && keys[table[at] - 1] != key) {
            at = at + 1 & mask;
        }
        return at;
    }

    /** The place of a key; the number of keys for one that is none of them. */
    int of(long key) {
        int found = table[slot(key)];
        return found == 0 ? keys.length : found - 1;
    }
}
