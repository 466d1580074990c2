package dev.lathe.ir.op;

/**
 * A tensor, size or offset is larger than any machine could hold: the fault of the model or of the sizes given for
 * it, even where a pass meets it first.
 */
public final class TooLargeException extends InvalidOpException {
    private static final long serialVersionUID = 1;

    public TooLargeException(String message) {
        super(message);
    }
}
