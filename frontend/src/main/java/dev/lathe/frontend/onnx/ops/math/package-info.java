/**
 * Arithmetic: elementwise functions, reductions, what goes along an axis, sums of products in words
 * ({@code Einsum}), random numbers, and transforms of signals. Start at {@code ElementwiseOps}.
 */
@NullMarked
package dev.lathe.frontend.onnx.ops.math;

import org.jspecify.annotations.NullMarked;
