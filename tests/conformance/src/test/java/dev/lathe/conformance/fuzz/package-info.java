/** Differential fuzzing: random graphs that run, in the reference evaluator before and after passes and in the Java backend. */
@NullMarked
package dev.lathe.conformance.fuzz;

import org.jspecify.annotations.NullMarked;
