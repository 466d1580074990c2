package dev.lathe.backend.tensorrt;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A tensor of a network.
 *
 * @param number counts the tensors of a network from 0, inputs first
 * @param dims the dimensions; -1 for one that only a run tells
 */
record NetworkTensor(int number, DataType type, List<Long> dims) {
    /** A dimension that only a run tells. */
    static final long UNKNOWN = -1;

    NetworkTensor {
        dims = List.copyOf(dims);
    }

    int rank() {
        return dims.size();
    }

    /** {@code FLOAT[1, 8, ?]}. */
    String typeText() {
        return type
                + dims.stream().map(d -> d == UNKNOWN ? "?" : d.toString()).collect(Collectors.joining(", ", "[", "]"));
    }

    @Override
    public String toString() {
        return "%" + number;
    }
}
