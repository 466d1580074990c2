/**
 * Fuzzing. {@code GraphFuzzer}: random graphs that run, the same in the reference evaluator before and after passes, in the Java backend, and in ONNX Runtime.
 * {@code FileFuzzer}: examples of every format that Lathe reads, changed. Each is a command; the tests run a few fixed seeds. A new kind of graph is a step in one of the
 * {@code …Steps} classes.
 */
@NullMarked
package dev.lathe.conformance.fuzz;

import org.jspecify.annotations.NullMarked;
