package dev.lathe.ir.op;

/**
 * An op that breaks its own rules: a wrong operand type, rank or attribute. The message says which, without the
 * node's name.
 */
public sealed class InvalidOpException extends RuntimeException permits TooLargeException {
    private static final long serialVersionUID = 1;

    public InvalidOpException(String message) {
        super(message);
    }
}
