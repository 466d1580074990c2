package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;

/** Where numbers or strings are among keys: a table with a free place behind each group of those that share one. */
public final class KeyTable {
    /** The keys that are numbers, or the hashes of those that are strings. */
    private final long[] keys;

    private final String[] strings;
    /** One more than the place of a key; 0 is free. */
    private final int[] table;

    /** @param t keys, numbers of any type or strings */
    public KeyTable(Tensor t) {
        int n = Sizes.index(t.size());
        boolean areStrings = t.element().isString();
        keys = new long[n];
        strings = areStrings ? t.toStringArray() : new String[0];
        table = new int[Integer.highestOneBit(Math.max(1, Math.min(n, 1 << 27))) * 8];
        for (int i = 0; i < n; i++) {
            keys[i] = areStrings ? strings[i].hashCode() : bits(t, i);
            table[areStrings ? slot(strings[i], keys[i]) : slot(keys[i])] = i + 1; // the last of equal ones counts
        }
    }

    static long bits(Tensor t, long i) {
        return t.element().isFloat() ? bits(t.getDouble(i)) : t.getLong(i);
    }

    /** Equal for equal numbers: adding 0 makes -0 equal to 0, and NaN has the same bits everywhere. */
    static long bits(double x) {
        return Double.doubleToLongBits(x + 0.0);
    }

    private int first(long key) {
        return (int) (key * 0x9e3779b97f4a7c15L >>> 32) & table.length - 1;
    }

    /** Where a key is in the table, or would be. */
    private int slot(long key) {
        int at = first(key);
        while (table[at] != 0 && keys[table[at] - 1] != key) {
            at = at + 1 & table.length - 1;
        }
        return at;
    }

    private int slot(String key, long hash) {
        int at = first(hash);
        while (table[at] != 0 && (keys[table[at] - 1] != hash || !strings[table[at] - 1].equals(key))) {
            at = at + 1 & table.length - 1;
        }
        return at;
    }

    /** The place of a key; the number of keys for one that is none of them. */
    int of(long key) {
        int found = table[slot(key)];
        return found == 0 ? keys.length : found - 1;
    }

    /** The place of a string; the number of keys for one that is none of them. */
    int of(String key) {
        int found = table[slot(key, key.hashCode())];
        return found == 0 ? keys.length : found - 1;
    }
}
