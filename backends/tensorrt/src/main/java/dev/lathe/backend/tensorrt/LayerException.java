package dev.lathe.backend.tensorrt;

/** What TensorRT does not take: a layer that breaks its rules, or a node that no layers stand for. */
final class LayerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String reason;
    private final String remedy;

    /** {@code message} is what about the node is too much, in a few words. */
    LayerException(String message, String remedy) {
        super(message);
        this.reason = message;
        this.remedy = remedy;
    }

    LayerException(String message) {
        this(message, "let target java run it (--allow-fallback), or change this part of the model");
    }

    String reason() {
        return reason;
    }

    String remedy() {
        return remedy;
    }
}
