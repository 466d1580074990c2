package dev.lathe.backend.plan;

import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;

/**
 * A value that is known when the model is loaded.
 *
 * @param type its type, static
 * @param computed whether loading computes it; else the model stores it
 * @param number its number among those that are computed, or stored
 * @param value the name of the value; of the first one, where several are one weight
 */
public record Weight(TensorType type, boolean computed, int number, String value) {
    public int rank() {
        return type.rank();
    }

    public long dim(int axis) {
        return type.dim(axis).constant();
    }

    public long size() {
        return type.shape().elements().constant();
    }

    public ElementType element() {
        return type.element();
    }
}
