/**
 * Compares what models compute with what they should: {@link dev.lathe.verify.TestDirectory} is a test in ONNX's
 * layout, {@link dev.lathe.verify.ResultComparison} says whether two values agree, within the
 * {@link dev.lathe.verify.Tolerances} that follow from the ops of a graph.
 */
@NullMarked
package dev.lathe.verify;

import org.jspecify.annotations.NullMarked;
