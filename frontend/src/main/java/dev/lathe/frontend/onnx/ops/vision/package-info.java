/**
 * Operators on images: resizing, sampling, regions, boxes. Start at {@code ResizeOps}.
 */
@NullMarked
package dev.lathe.frontend.onnx.ops.vision;

import org.jspecify.annotations.NullMarked;
