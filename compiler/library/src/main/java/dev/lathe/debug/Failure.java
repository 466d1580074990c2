package dev.lathe.debug;

/**
 * How a case fails.
 *
 * @param what tells it from other failures: the same in a smaller case
 * @param message for people
 */
public record Failure(Kind kind, String what, String message) {
    /** What happens. */
    public enum Kind {
        /** Compiling or running throws. */
        EXCEPTION,
        /** A result differs from that of the reference. */
        DIFFERENCE,
        /** A result is NaN or infinite, in the reference too. */
        NOT_FINITE
    }

    /** Whether this is the same failure, in another case. */
    public boolean isSame(Failure other) {
        return kind == other.kind && what.equals(other.what);
    }
}
