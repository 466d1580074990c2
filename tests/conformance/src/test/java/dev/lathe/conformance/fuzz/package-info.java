/**
 * Fuzzing. {@code GraphFuzzer}: random graphs that run, the same in the reference evaluator before and after passes,
 * in the Java backend, and in ONNX Runtime. {@code FileFuzzer}: examples of every format that Lathe reads, changed.
 * {@code RepeatFuzzer}: models that are called from the start of a JVM on, whose results must keep their bits. Graphs
 * and models are also called by callers that stop the call ({@code CancelledCall}). Each is a command; the tests run a
 * few fixed seeds. A new kind of graph is a step in one of the {@code …Steps} classes.
 */
@NullMarked
package dev.lathe.conformance.fuzz;

import org.jspecify.annotations.NullMarked;
