package dev.lathe.backend.plan;

import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.Optional;

/**
 * A value that is known when the model is loaded.
 *
 * @param type its type, static
 * @param computed whether loading computes it; else the model stores it
 * @param number its number among those that are computed, or stored
 * @param value the name of the value; of the first one, where several are one weight
 * @param scaling what makes floats of its elements, if they are codes of floats; only products take such weights
 */
public record Weight(TensorType type, boolean computed, int number, String value, Optional<Scaling> scaling) {
    /** {@code (weight - zero) * scale}; see {@link dev.lathe.ir.composite.Dequantize}. */
    public record Scaling(Weight scale, Optional<Weight> zero, int axis, long blockSize) {}

    public Weight(TensorType type, boolean computed, int number, String value) {
        this(type, computed, number, value, Optional.empty());
    }

    Weight with(Scaling own) {
        return new Weight(type, computed, number, value, Optional.of(own));
    }

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
