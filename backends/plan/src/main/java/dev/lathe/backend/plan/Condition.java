package dev.lathe.backend.plan;

import dev.lathe.ir.type.Dim;

/** What must hold of sizes where types leave it open. */
public sealed interface Condition {

    record Equal(Dim a, Dim b) implements Condition {}

    record NonNegative(Dim size) implements Condition {}

    /** An axis of {@code own} elements is as long as {@code all}, or repeats its one element. */
    record Broadcasts(Dim own, Dim all) implements Condition {}

    /** There are elements to take from, or none to make. */
    record Available(Dim elements, Dim made) implements Condition {}

    /** Index {@code at} is below {@code bound} and not negative, unless there are no elements. */
    record Inside(Dim elements, Dim at, Dim bound) implements Condition {}
}
