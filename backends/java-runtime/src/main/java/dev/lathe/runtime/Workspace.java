package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;

/**
 * Room that the kernels of an execution share, since one of them runs at a time: for each worker some arrays, as large
 * as the largest kernel needs. So what a kernel writes is still in the cache from the kernel before, and memory does
 * not grow with their number. What is in it lasts until the kernel returns.
 *
 * <p>Arrays lie further apart than those of {@link Scratch}. Processors fetch ahead what lies behind an array that is
 * read from one end to the other, in strides too, and so would take lines from the worker that writes there.
 */
public final class Workspace {
    /** Bytes between arrays of different workers. With 8 KB between them, two workers still took half as long again. */
    private static final int APART = 1 << 16;

    /** Arrays of each worker. */
    private static final int ARRAYS = 4;
    /** The number of the array that all workers share. */
    private static final int SHARED = ARRAYS;

    private final int[] workers = new int[ARRAYS + 1];
    private final int[] sizes = new int[ARRAYS + 1];
    private final float[][][] arrays = new float[ARRAYS + 1][0][];

    /**
     * Sees to it that each of so many workers has room for {@code each} floats in array {@code number}.
     *
     * @throws dev.lathe.ir.diag.LatheException {@code run.too-large} if an array or the heap cannot hold it
     */
    void reserve(int number, int newWorkers, long each) {
        workers[number] = Math.max(workers[number], newWorkers);
        int size = Sizes.index(each + (newWorkers == 1 ? 0 : APART / Float.BYTES));
        sizes[number] = Math.max(sizes[number], size);
        Sizes.fit("the workspace of a kernel", (long) Float.BYTES * workers[number] * sizes[number]);
    }

    /** As {@link #reserve}, for the array that all workers share. */
    void reserveShared(long size) {
        reserve(SHARED, 1, size);
    }

    /** The array that all workers share. */
    float[] shared() {
        return floats(SHARED)[0];
    }

    /** Array {@code number} of each worker. */
    float[][] floats(int number) {
        float[][] all = arrays[number];
        if (all.length < workers[number] || all.length > 0 && all[0].length < sizes[number]) {
            arrays[number] = new float[0][]; // two need not fit
            all = new float[workers[number]][sizes[number]];
            arrays[number] = all;
        }
        return all;
    }
}
