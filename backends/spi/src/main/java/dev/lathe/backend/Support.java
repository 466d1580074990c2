package dev.lathe.backend;

/** What becomes of an op on a target. */
public sealed interface Support {
    Support NATIVE = new Native();
    Support EXPAND = new Expand();

    /** The backend has code for it. */
    record Native() implements Support {}

    /** A composite that is replaced by its expansion. */
    record Expand() implements Support {}

    /** It cannot run, because of {@code reason}. */
    record No(String reason) implements Support {}
}
