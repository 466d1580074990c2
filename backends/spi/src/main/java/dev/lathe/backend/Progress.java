package dev.lathe.backend;

/** Hears how far a compilation is. */
@FunctionalInterface
public interface Progress {
    Progress NONE = (phase, done, total) -> {};

    /** {@code done} of {@code total} units of {@code phase} are finished; {@code total} is 0 when it is not known. */
    void report(String phase, long done, long total);
}
