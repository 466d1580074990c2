package dev.lathe.backend;

/** Whether a machine can run a target. */
public sealed interface Availability {

    /** It can, on {@code device}. */
    record Ready(String device) implements Availability {}

    /** It cannot, for want of {@code what}; {@code howToFix} says in one sentence how to get it. */
    record Missing(String what, String howToFix) implements Availability {}
}
