package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;

/**
 * A kernel that treats the lines along the middle axis of {@code [outer, length, inner]} each for itself: one after the
 * other where they are contiguous, else blocks of them side by side.
 */
abstract class AxisKernel implements WorkerPool.Body {
    /** A task is at least so many elements, if there are as many. */
    private static final int GRAIN = 16_384;
    /** The most lines side by side. */
    static final int BLOCK = 512;

    int outer;
    int length;
    int inner;
    int workers = 1;
    private int blocks = 1;
    private int perTask = 1;
    private int pieces;

    /** Sets the size; {@link #resized} follows. */
    public final void prepare(int newOuter, int newLength, int newInner, int newWorkers) {
        outer = newOuter;
        length = newLength;
        inner = newInner;
        workers = newWorkers;
        Sizes.index((long) outer * Math.max(1, length) * inner);
        blocks = Math.ceilDiv(inner, BLOCK);
        pieces = outer * blocks;
        int each = Math.max(1, length) * Math.min(inner, BLOCK);
        perTask = Math.clamp(GRAIN / Math.max(1, each), 1, Math.max(1, pieces));
        resized();
    }

    /** Makes what workers need; called when sizes are new. */
    void resized() {}

    final void start() {
        WorkerPool.shared().run(Math.ceilDiv(pieces, perTask), workers, this);
    }

    @Override
    public final void run(int task, int worker) {
        int first = task * perTask;
        int end = first + Math.min(perTask, pieces - first);
        for (int piece = first; piece < end; piece++) {
            int column = piece % blocks * BLOCK;
            lines(piece / blocks, column, Math.min(BLOCK, inner - column), worker);
        }
    }

    /** Treats {@code n} lines that begin side by side at column {@code column} of {@code [length, inner]}. */
    abstract void lines(int row, int column, int n, int worker);
}
