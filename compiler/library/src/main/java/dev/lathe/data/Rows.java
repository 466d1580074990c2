package dev.lathe.data;

import dev.lathe.ir.tensor.Tensor;

/** Parts of what a file has for all samples. */
final class Rows {
    private Rows() {}

    /** Some elements, as i64. */
    static Tensor integers(Tensor t, long from, long count) {
        long[] all = new long[Math.toIntExact(count)];
        for (int i = 0; i < all.length; i++) {
            all[i] = t.getLong(from + i);
        }
        return Tensor.vector(all);
    }
}
