package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.tensor.Tensor;
import java.util.Map;

/**
 * Whether outputs are near those expected: no element is off by more than {@link #LIMIT} of the greatest magnitude in
 * its output.
 */
final class Closeness {
    static final double LIMIT = 1e-4;

    private Closeness() {}

    static void assertClose(Map<String, Tensor> actual, Map<String, Tensor> expected) {
        assertClose(actual, expected, LIMIT);
    }

    static void assertClose(Map<String, Tensor> actual, Map<String, Tensor> expected, double limit) {
        assertThat(actual.keySet()).as("outputs").isEqualTo(expected.keySet());
        expected.forEach((name, tensor) -> assertClose(name, Tensor.named(actual, name), tensor, limit));
    }

    static void assertClose(String name, Tensor actual, Tensor expected) {
        assertClose(name, actual, expected, LIMIT);
    }

    private static void assertClose(String name, Tensor actual, Tensor expected, double limit) {
        assertThat(actual.type()).as(name).isEqualTo(expected.type());
        double scale = 0;
        double worst = 0;
        long at = 0;
        for (long i = 0; i < expected.size(); i++) {
            scale = Math.max(scale, Math.abs(expected.getDouble(i)));
            double off = Math.abs(actual.getDouble(i) - expected.getDouble(i));
            if (!(off <= worst)) {
                worst = off;
                at = i;
            }
        }
        assertThat(worst)
                .as("%s: element %d is %s, expected %s", name, at, actual.elementText(at), expected.elementText(at))
                .isLessThanOrEqualTo(limit * scale);
    }
}
