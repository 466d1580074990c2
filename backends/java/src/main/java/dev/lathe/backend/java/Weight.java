package dev.lathe.backend.java;

import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;

/** A value that is known when the model is loaded: its type, static, and its number among the weights. */
record Weight(TensorType type, int number) {
    int rank() {
        return type.rank();
    }

    long dim(int axis) {
        return type.dim(axis).constant();
    }

    long size() {
        return type.shape().elements().constant();
    }

    ElementType element() {
        return type.element();
    }

    /** The elements as floats, where the model is made. */
    String floats() {
        return "weights.floats(" + number + ")";
    }
}
