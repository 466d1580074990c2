package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;

/**
 * A kernel that treats the lines along the middle axis of {@code [outer, length, inner]} each for itself: one after the
 * other where they are contiguous, else blocks of them side by side. Contiguous lines that are short may be treated
 * side by side, too.
 */
abstract class AxisKernel implements WorkerPool.Body {
    /** A task is at least so many elements, if there are as many. */
    private static final int GRAIN = 16_384;
    /** The most lines side by side. */
    static final int BLOCK = 512;

    int outer;
    int length;
    int inner;
    /** How far elements of a line are from each other, and lines that lie side by side. */
    int step = 1;

    int lineStep = 1;
    int workers = 1;
    private int blocks = 1;
    private int perTask = 1;
    private int pieces;

    /** Sets the size; {@link #resized} follows. */
    public final void prepare(int newOuter, int newLength, int newInner, int newWorkers) {
        boolean isShort = newInner == 1 && newLength <= shortLine();
        outer = isShort ? 1 : newOuter;
        length = newLength;
        inner = isShort ? newOuter : newInner;
        step = newInner;
        lineStep = isShort ? length : 1;
        workers = newWorkers;
        Sizes.index((long) outer * Math.max(1, length) * inner);
        blocks = Math.ceilDiv(inner, BLOCK);
        pieces = outer * blocks;
        int each = Math.max(1, length) * Math.min(inner, BLOCK);
        perTask = Math.clamp(GRAIN / Math.max(1, each), 1, Math.max(1, pieces));
        resized();
    }

    /** The length up to which contiguous lines are treated side by side, where they are {@link #lineStep} apart. */
    int shortLine() {
        return 0;
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
