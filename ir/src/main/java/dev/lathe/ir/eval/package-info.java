/** The reference meaning of the core ops: slow and obviously right, for every element type. {@link dev.lathe.ir.eval.ReferenceEvaluator} runs a graph
 * by it; every pass and backend is tested against it. */
@NullMarked
package dev.lathe.ir.eval;

import org.jspecify.annotations.NullMarked;
