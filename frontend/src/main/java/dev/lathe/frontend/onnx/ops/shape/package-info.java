/**
 * Operators that move elements or make tensors: reshapes, slices, pads, gathers. Where axes are an operand that only
 * a run tells, {@code RuntimeAxes} computes with them. Start at {@code ShapeOps}.
 */
@NullMarked
package dev.lathe.frontend.onnx.ops.shape;

import org.jspecify.annotations.NullMarked;
