package dev.lathe.runtime;

/** {@code exp(x - max) / sum} of each row. */
public final class SoftmaxRows extends RowKernel {
    private final Softmax softmax = new Softmax();

    @Override
    void rows(int count, int from, int to) {
        softmax.rows(count, length, x, from, 1, null, 0, 0, 0, y, to);
    }
}
