package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;

/** Room for what a kernel keeps for itself, one array for each worker. */
final class Scratch {
    private Scratch() {}

    /** @throws dev.lathe.ir.diag.LatheException {@code run.too-large} if an array or the heap cannot hold it */
    static float[][] floats(int workers, long each) {
        int length = Sizes.index(each);
        Sizes.fit("the scratch memory of a kernel", 4L * workers * length);
        return new float[workers][length];
    }
}
