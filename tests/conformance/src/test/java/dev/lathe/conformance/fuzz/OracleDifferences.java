package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Node;
import java.util.Optional;

/** Where ONNX Runtime is no oracle: what it gets wrong or the standard leaves open, and what it refuses, each with the reason. */
final class OracleDifferences {
    private OracleDifferences() {}

    static Optional<String> reason(Node n, boolean extreme) {
        return Optional.empty();
    }

    static Optional<String> refusal(String message) {
        return Optional.empty();
    }
}
