package dev.lathe.runtime;

/** {@code exp(x - max) / sum} of each row. */
public final class SoftmaxRows extends RowKernel {
    @Override
    void row(int from, int to) {
        float max = primitives.max(x, from, length);
        float sum = primitives.exponentials(x, from, length, 1, max, y, to);
        primitives.scale(y, to, length, 1 / sum, y, to);
    }
}
