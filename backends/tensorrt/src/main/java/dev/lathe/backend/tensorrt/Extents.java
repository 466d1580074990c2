package dev.lathe.backend.tensorrt;

import java.util.List;
import java.util.stream.Collectors;

/** A list of integers that a layer takes: numbers, or a tensor that is computed when the network runs. */
sealed interface Extents {
    /** What is known of the integers when the network is built; {@link NetworkTensor#UNKNOWN} for the others. */
    List<Long> known();

    /** Numbers. */
    record Fixed(List<Long> values) implements Extents {
        public Fixed {
            values = List.copyOf(values);
        }

        @Override
        public List<Long> known() {
            return values;
        }

        @Override
        public String toString() {
            return values.toString();
        }
    }

    /** A tensor of INT64, whose constant parts TensorRT finds out. */
    record Computed(NetworkTensor tensor, List<Long> known) implements Extents {
        public Computed {
            known = List.copyOf(known);
        }

        @Override
        public String toString() {
            return tensor
                    + known.stream()
                            .map(d -> d == NetworkTensor.UNKNOWN ? "?" : d.toString())
                            .collect(Collectors.joining(", ", "=[", "]"));
        }
    }
}
