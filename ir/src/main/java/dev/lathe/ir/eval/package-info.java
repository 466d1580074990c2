/**
 * The reference meaning of the core ops: slow and obviously right, for every element type.
 * {@link dev.lathe.ir.eval.ReferenceEvaluator} runs a graph by it; every pass and backend is tested against it. The
 * evaluations take tensors and attributes, not ops, so that a compiled model that needs one holds no op.
 */
@NullMarked
package dev.lathe.ir.eval;

import org.jspecify.annotations.NullMarked;
