package dev.lathe.frontend.onnx;

import dev.lathe.ir.Value;

/** A node needs to know how many sizes or axes a value lists, which only a run tells. */
final class UnknownCountException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Value value;

    UnknownCountException(Value value, String message) {
        super(message);
        this.value = value;
    }

    /** What lists them. */
    Value value() {
        return value;
    }
}
