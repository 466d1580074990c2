package dev.lathe.runtime;

import dev.lathe.ir.tensor.Tensor;
import java.util.Objects;

/** The constants of a compiled model, by number. */
public interface Weights {
    Tensor tensor(int number);

    /** The elements as floats; not to be changed. */
    default float[] floats(int number) {
        return tensor(number).toFloatArray();
    }

    /** The elements in the array natural to their type; not to be changed. */
    default Object array(int number) {
        Tensor t = tensor(number);
        Object array = t.array();
        if (array != null) {
            return array;
        }
        Tensor copy = Tensor.zeros(t.element(), t.dims());
        copy.data().copyFrom(t.data().asSlice(0, t.byteSize()));
        return Objects.requireNonNull(copy.array());
    }
}
