package dev.lathe.tokenizers.regex;

/** A pattern that cannot be read. */
final class PatternException extends RuntimeException {
    private static final long serialVersionUID = 1;

    PatternException(String message) {
        super(message);
    }
}
