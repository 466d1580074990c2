package dev.lathe.runtime;

import dev.lathe.ir.tensor.Tensor;

/** The constants of a compiled model, by number. */
public interface Weights {
    Tensor tensor(int number);

    /** The elements as floats; not to be changed. */
    default float[] floats(int number) {
        return tensor(number).toFloatArray();
    }
}
