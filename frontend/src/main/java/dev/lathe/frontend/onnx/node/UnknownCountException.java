package dev.lathe.frontend.onnx.node;

import dev.lathe.ir.Value;

/** A node needs to know how many sizes or axes a value lists, which only a run tells. */
public final class UnknownCountException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Value value;

    UnknownCountException(Value value, String message) {
        super(message);
        this.value = value;
    }

    /** What lists them. */
    public Value value() {
        return value;
    }
}
