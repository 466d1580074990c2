/**
 * Losses, gradients and the steps of optimizers. {@code GradientOps} differentiates the ops that a value was made of.
 * Start at {@code LossOps}.
 */
@NullMarked
package dev.lathe.frontend.onnx.ops.training;

import org.jspecify.annotations.NullMarked;
